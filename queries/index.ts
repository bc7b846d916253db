/** The canned reports: found by name, checked against a recording, turned into one statement. */
import { readSqlFolder, withOptional } from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import { parseQuery, type Query } from './header.ts'
import type { ParamValue } from './params.ts'
import type { Recording } from './recording.ts'
import { withSubject } from './subject.ts'

const FOLDER = new URL('./', import.meta.url)

/** All reports, by name. */
export function listQueries(): Query[] {
  return readSqlFolder(FOLDER, parseQuery)
}

/** The report of that name or alias. Throws `ERR_QUERY_UNKNOWN`. */
export function findQuery(name: string): Query {
  const queries = listQueries()
  const query =
    queries.find((one) => one.name === name) ??
    queries.find(({ aliases }) => aliases.includes(name))
  if (query) return query
  const similar = queries.find((one) => one.name.startsWith(name) || one.name.includes(name))
  throw new TraceError('ERR_QUERY_UNKNOWN', `there is no report ${name}`, {
    hint: similar ? `did you mean ${similar.name}?` : 'list the reports with: traceduck run --list',
  })
}

/**
 * The report's statement for a recording. Its optional tables become relations named without their
 * system, empty where they are missing; `recorded(relation)` says which tables there are. Parameters
 * that name an event make it the relation `subject`: throws `ERR_NOT_RECORDED` or `ERR_QUERY_PARAM`.
 */
export function composeQuery(
  query: Query,
  recording: Recording,
  values: Readonly<Record<string, ParamValue>>,
): string {
  const sql = withSubject(query, recording, values)
  return withOptional(sql, query.optional, recording.catalogue)
}

export { coverageWarnings } from './coverage.ts'
export type { Database } from './database.ts'
export type { Query, QueryParam } from './header.ts'
export { lossWarnings } from './losses.ts'
export { bindParams, type ParamValue } from './params.ts'
export { needText, notRecorded, Recording } from './recording.ts'
export { RENDER_KINDS, type Render, type RenderKind } from './render.ts'
