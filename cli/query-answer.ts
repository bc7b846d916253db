/** Runs one report: what is missing, what was lost, and then the rows. */
import { askReport } from '../library/ask-report.ts'
import type { ParamValue, Query } from '../queries/index.ts'
import type { ResultRows } from '../report/rows.ts'
import type { QueryDatabase } from './open-database.ts'
import { chooseFormat, type OutputOptions, outputRows, outputText } from './output.ts'
import { resultRows } from './result.ts'
import { say } from './safe-text.ts'

/**
 * Answers a report. Losses are named on stderr before the first row. Throws `ERR_NOT_RECORDED` when
 * the recording lacks what the report needs, or holds no events at all.
 */
export async function answerQuery(
  { database, recording: read }: Pick<QueryDatabase, 'database' | 'recording'>,
  query: Query,
  values: Readonly<Record<string, ParamValue>>,
  options: OutputOptions & { readonly plain?: boolean },
): Promise<void> {
  const { warnings, stream, silent } = await askReport(database, await read(), query, values)
  for (const line of warnings) say(`${line}\n`)
  if (stream === undefined) {
    await outputText(chooseFormat(options) === 'json' ? '[]\n' : '', options)
    say(`no ${query.empty} recorded: ${listed(silent)} did not happen\n`)
    return
  }
  const counted = countRows(resultRows(stream))
  await outputRows(counted.rows, options, options.plain ? [] : query.render)
  if (counted.count() === 0) say(`no ${query.empty} recorded\n`)
}

/** The first few of many names. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ')
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown
}

function countRows(rows: ResultRows): { rows: ResultRows; count: () => number } {
  let count = 0
  async function* chunks(): ResultRows['chunks'] {
    for await (const chunk of rows.chunks) {
      count += chunk.rowCount
      yield chunk
    }
  }
  return { rows: { columns: rows.columns, chunks: chunks() }, count: () => count }
}
