/** The canned reports: found by name, checked against a recording, turned into one statement. */
import { readdirSync, readFileSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { type OptionalRelation, parseQuery, type Query } from './header.ts'
import type { Recording } from './recording.ts'

const FOLDER = new URL('./', import.meta.url)

/** Columns that every event table begins with, and their types. */
const COMMON_COLUMNS: readonly (readonly [string, string])[] = [
  ['ts', 'bigint'],
  ['common_cpu', 'usmallint'],
  ['common_pid', 'integer'],
  ['common_comm', 'varchar'],
  ['common_flags', 'utinyint'],
  ['common_preempt_count', 'utinyint'],
  ['common_source', 'usmallint'],
]

/** All reports, by name. */
export function listQueries(): Query[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: subsystem }) =>
      readdirSync(new URL(`${subsystem}/`, FOLDER))
        .filter((file) => file.endsWith('.sql'))
        .map((file) => {
          const text = readFileSync(new URL(`${subsystem}/${file}`, FOLDER), 'utf8')
          return parseQuery(subsystem, file.slice(0, -'.sql'.length), text)
        }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The report of that name. Throws `ERR_QUERY_UNKNOWN`. */
export function findQuery(name: string): Query {
  const queries = listQueries()
  const query = queries.find((one) => one.name === name)
  if (query) return query
  const similar = queries.find((one) => one.name.startsWith(name) || one.name.includes(name))
  throw new TraceError('ERR_QUERY_UNKNOWN', `there is no report ${name}`, {
    hint: similar ? `did you mean ${similar.name}?` : 'list the reports with: traceduck run --list',
  })
}

/**
 * The report's statement for a recording. Its optional tables become relations named without their
 * system, empty where they are missing; `recorded(relation)` says which tables there are.
 */
export async function composeQuery(query: Query, recording: Recording): Promise<string> {
  const recorded: string[] = []
  const relations: string[] = []
  for (const relation of query.optional) {
    const columns = await recording.columns(relation)
    if (columns) recorded.push(`${relation.system}.${relation.event}`)
    relations.push(optionalRelation(relation, columns))
  }
  const names = recorded.map((name) => `('${name}')`).join(', ') || '(null)'
  const given = [
    `recorded as (select * from (values ${names}) as t(relation) where relation is not null)`,
    ...relations,
  ]
  const own = query.sql.replace(/^with\b/i, '')
  return `with ${given.join(',\n')}${own === query.sql ? '\n' : ','}${own}`
}

function optionalRelation(
  relation: OptionalRelation,
  present: ReadonlySet<string> | undefined,
): string {
  const { system, event } = relation
  const types = [
    ...COMMON_COLUMNS,
    ...relation.columns.map(({ name, type }) => [name, type] as const),
  ]
  const columns = types.map(([name, type]) =>
    present?.has(name) ? `"${name}"` : `null::${type} as "${name}"`,
  )
  const from = present ? `from "${system}"."${event}"` : 'where false'
  return `"${event}" as (select ${columns.join(', ')} ${from})`
}

export type { Query, QueryParam, RelationName } from './header.ts'
export { lossWarnings } from './losses.ts'
export { bindParams, type ParamValue } from './params.ts'
export { type Database, needText, notRecorded, Recording } from './recording.ts'
