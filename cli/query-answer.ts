/** Runs one report: what is missing, what was lost, and then the rows. */
import { TraceError } from '../parser/error.ts'
import {
  composeQuery,
  coverageWarnings,
  lossWarnings,
  notRecorded,
  type ParamValue,
  type Query,
} from '../queries/index.ts'
import type { ResultRows } from '../report/rows.ts'
import type { QueryDatabase } from './open-database.ts'
import { chooseFormat, type OutputOptions, outputRows, outputText } from './output.ts'
import { resultRows } from './result.ts'

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
  const recording = await read()
  if (recording.isEmpty) throw emptyRecording()
  const unmet = recording.missing(query.needs)
  if (unmet.length > 0) throw notRecorded(query, unmet)
  const warnings = await lossWarnings(database, windowOf(query, values))
  for (const line of [...warnings, ...coverageWarnings(recording.coverage, query)])
    process.stderr.write(`${line}\n`)
  const silent = recording.silent(query.needs)
  if (silent.length > 0) {
    await outputText(chooseFormat(options) === 'json' ? '[]\n' : '', options)
    process.stderr.write(`no ${query.empty} recorded: ${listed(silent)} did not happen\n`)
    return
  }

  const stream = await database.query(composeQuery(query, recording, values), values)
  const counted = countRows(resultRows(stream))
  await outputRows(counted.rows, options, options.plain ? [] : query.render)
  if (counted.count() === 0) process.stderr.write(`no ${query.empty} recorded\n`)
}

/** The first few of many names. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ')
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown
}

function emptyRecording(): TraceError {
  return new TraceError('ERR_NOT_RECORDED', 'no events recorded: the recording is empty', {
    hint: 'record again; the traced command may have failed to start, or another tool reset tracing',
  })
}

/** The part of the trace a report is about: its parameters `from` and `to`, when it has them. */
function windowOf(
  query: Query,
  values: Readonly<Record<string, ParamValue>>,
): { from: bigint | null; to: bigint | null } {
  const time = (name: string): bigint | null => {
    const isTime = query.params.some((param) => param.name === name && param.type === 'time')
    const value = values[name]
    return isTime && typeof value === 'bigint' ? value : null
  }
  return { from: time('from'), to: time('to') }
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
