/** Lists of reports: all there are, or those that a trace can answer. */
import { type Database, needText, type Query, Recording } from '../queries/index.ts'
import { type ResultRows, rowsInMemory } from '../report/rows.ts'

/** All reports and what they need. */
export function catalogueRows(queries: readonly Query[]): ResultRows {
  return rowsInMemory(
    ['report', 'subsystem', 'summary', 'needs'],
    queries.map((query) => [
      query.name,
      query.subsystem,
      query.summary,
      query.needs.map(needText).join(', '),
    ]),
  )
}

/** All reports, those that the recording can answer first; `missing` says why the others cannot. */
export async function answerableRows(
  database: Database,
  queries: readonly Query[],
): Promise<ResultRows> {
  const recording = await Recording.of(database)
  const rows: [string, string, string | null][] = []
  for (const query of queries) {
    const unmet = await recording.missing(query)
    const missing = unmet.length === 0 ? null : `needs ${unmet.map(needText).join(', ')}`
    rows.push([query.name, query.summary, missing])
  }
  const sorted = [
    ...rows.filter((row) => row[2] === null),
    ...rows.filter((row) => row[2] !== null),
  ]
  return rowsInMemory(['report', 'summary', 'missing'], sorted)
}
