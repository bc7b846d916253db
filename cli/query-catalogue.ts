/** Lists of reports: all there are, or those that a trace can answer. */
import { needText, type Query, type Recording } from '../queries/index.ts'
import { type ResultRows, rowsInMemory } from '../report/rows.ts'

/** A report in a list. */
export interface ListedReport {
  readonly query: Query
  /** What the recording lacks for it, `needs …`; null when it can be answered, or nobody asked. */
  readonly missing: string | null
}

/** All reports; with a recording, those that it can answer first, and what the others lack. */
export function listReports(queries: readonly Query[], recording?: Recording): ListedReport[] {
  const listed = queries.map((query): ListedReport => {
    const unmet = recording?.missing(query.needs) ?? []
    const missing = unmet.length === 0 ? null : `needs ${unmet.map(needText).join(', ')}`
    return { query, missing }
  })
  return [
    ...listed.filter(({ missing }) => missing === null),
    ...listed.filter(({ missing }) => missing !== null),
  ]
}

/** The list as rows. */
export function listRows(listed: readonly ListedReport[]): ResultRows {
  return rowsInMemory(
    ['report', 'aliases', 'subsystem', 'summary', 'needs', 'missing', 'record'],
    listed.map(({ query, missing }) => [
      query.name,
      query.aliases.join(', ') || null,
      query.subsystem,
      query.summary,
      query.needs.map(needText).join(', '),
      missing,
      query.record,
    ]),
  )
}

/** The list for people: by subsystem, and what is missing by what would record it. */
export function listText(listed: readonly ListedReport[]): string {
  const width = Math.max(0, ...listed.map(({ query }) => titleOf(query).length))
  const lineOf = ({ query }: ListedReport): string =>
    `  ${titleOf(query).padEnd(width)}  ${query.summary}`
  const answerable = listed.filter(({ missing }) => missing === null)
  const others = listed.filter(({ missing }) => missing !== null)
  const lines = sections(answerable, ({ query }) => query.subsystem).flatMap(([name, own]) => [
    name,
    ...own.map(lineOf),
    '',
  ])
  if (answerable.length === 0) lines.push('this recording answers no report', '')
  for (const [record, own] of sections(others, ({ query }) => query.record))
    lines.push(`record with ${record} for`, ...own.map(lineOf), '')
  return lines.slice(0, -1).join('\n').concat('\n')
}

function titleOf({ name, aliases }: Query): string {
  return aliases.length === 0 ? name : `${name} (${aliases.join(', ')})`
}

function sections<T>(all: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const keys = [...new Set(all.map(keyOf))].sort()
  return keys.map((key) => [key, all.filter((one) => keyOf(one) === key)])
}
