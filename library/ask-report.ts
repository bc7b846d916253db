/** Asks a recording for a report. */
import { TraceError } from '../parser/error.ts'
import type { QueryStream, TraceDatabase } from '../parser/sink/duckdb/database.ts'
import {
  composeQuery,
  coverageWarnings,
  lossWarnings,
  notRecorded,
  type ParamValue,
  type Query,
  type Recording,
} from '../queries/index.ts'

/** What a report's question came to. */
export interface ReportAnswer {
  /** Lines about what was lost or not recorded, which the rows cannot show. */
  readonly warnings: readonly string[]
  /** Its rows; undefined where the events that it needs were recorded and none happened. */
  readonly stream: QueryStream | undefined
  /** Those events. */
  readonly silent: readonly string[]
}

/**
 * Asks for a report. Throws `ERR_NOT_RECORDED` when the recording lacks what the report needs, or
 * holds no events at all.
 */
export async function askReport(
  database: TraceDatabase,
  recording: Recording,
  query: Query,
  values: Readonly<Record<string, ParamValue>>,
): Promise<ReportAnswer> {
  if (recording.isEmpty) throw emptyRecording()
  const unmet = recording.missing(query.needs)
  if (unmet.length > 0) throw notRecorded(query, unmet)
  const lost = await lossWarnings(database, windowOf(query, values))
  const warnings = [...lost, ...coverageWarnings(recording.coverage, query)]
  const silent = recording.silent(query.needs)
  const stream =
    silent.length > 0
      ? undefined
      : await database.query(composeQuery(query, recording, values), values)
  return { warnings, stream, silent }
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
