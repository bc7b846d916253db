/** Reports about an event that is named by a parameter: its table as the relation `subject`. */
import {
  type CatalogueColumn,
  quoteName,
  quoteTable,
  quoteText,
  splitTable,
  withRelations,
} from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import type { Query } from './header.ts'
import type { ParamValue } from './params.ts'
import type { Recording } from './recording.ts'

const COMMON = ['ts', 'common_cpu', 'common_pid', 'common_comm', 'common_flags', 'common_source']

/**
 * The report's SQL with the relation `subject` before it: the common columns; `fields`, a map of all
 * columns as text; and `value`, the field that a parameter names. Names are looked up among what the
 * recording has, so nothing of a parameter's text gets into the SQL but names that exist, quoted.
 * Throws `ERR_NOT_RECORDED` or `ERR_QUERY_PARAM`.
 */
export function withSubject(
  query: Query,
  recording: Recording,
  values: Readonly<Record<string, ParamValue>>,
): string {
  if (!query.subject) return query.sql
  const { event, field } = query.subject
  const [table, columns] = findTable(query, recording, String(values[event]))
  const value = field === undefined ? '' : `, ${findField(query, columns, String(values[field]))}`
  const keys = columns.map(({ name }) => quoteText(name)).join(', ')
  const texts = columns.map(({ name }) => `${quoteName(name)}::varchar`).join(', ')
  const subject =
    `subject as (select ${COMMON.join(', ')}, map([${keys}], [${texts}]) as fields${value} ` +
    `from ${quoteTable(table)})`
  return withRelations([subject], query.sql)
}

function findTable(
  query: Query,
  { catalogue }: Recording,
  text: string,
): [string, readonly CatalogueColumn[]] {
  const name = text.replace(':', '.')
  const found = [...catalogue.tables].filter(
    ([table]) => table === name || splitTable(table)[1] === name,
  )
  if (found.length === 1) return found[0]!
  if (found.length > 1) {
    const which = found.map(([table]) => table.replace('.', ':')).join(', ')
    throw new TraceError('ERR_QUERY_PARAM', `${query.name}: ${text} may be one of ${which}`, {
      hint: 'name the event with its system',
    })
  }
  throw new TraceError('ERR_NOT_RECORDED', `needs ${text} - not in this recording`, {
    hint: 'see what is in it with: traceduck run event-catalogue FILE',
  })
}

function findField(query: Query, columns: readonly CatalogueColumn[], text: string): string {
  if (columns.some(({ name }) => name === text)) return `${quoteName(text)} as value`
  throw new TraceError('ERR_QUERY_PARAM', `${query.name}: the event has no field ${text}`, {
    hint: `fields: ${columns.map(({ name }) => name).join(', ')}`,
  })
}
