/** Says what to record when a statement names a derived relation that a recording has no events for. */
import { allViews } from '../../analysis/index.ts'
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { needText, Recording } from '../../queries/index.ts'

const NO_TABLE = /Catalog Error: Table with name "?(\w+)"? does not exist/

/**
 * `ERR_NOT_RECORDED` for an `ERR_SQL` about a derived relation that is not there; undefined when the
 * error is about something else.
 */
export async function missingRelation(
  database: TraceDatabase,
  error: unknown,
): Promise<TraceError | undefined> {
  if (!(error instanceof TraceError) || error.code !== 'ERR_SQL') return undefined
  const named = NO_TABLE.exec(error.message)?.[1]?.toLowerCase()
  const view = allViews().find(({ name }) => name === named)
  if (!view) return undefined
  try {
    const unmet = (await Recording.of(database)).missing([{ view: view.name }])
    const lacking = unmet.filter((need) => 'events' in need)
    if (lacking.length === 0) {
      return new TraceError('ERR_NOT_RECORDED', `${view.name} is not in this database`, {
        hint: 'another version of traceduck made it: import the trace again',
        cause: error,
      })
    }
    const needs = lacking.map(needText).join(', ')
    const what = `needs ${needs} - not in this recording; record with ${view.record}`
    return new TraceError('ERR_NOT_RECORDED', what, {
      hint: `${view.name}: ${view.row}`,
      cause: error,
    })
  } catch {
    return undefined
  }
}
