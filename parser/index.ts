/**
 * traceduck's parser as a library: open any trace.dat, look at what it holds, read its events.
 *
 * ```ts
 * const trace = await openTrace('trace.dat')
 * for await (const batch of readBatches(trace, { events: ['kmem:kmalloc'] })) console.log(batch.rows)
 * trace.close()
 * ```
 */

import { openFileSource, spoolStdin } from './container/source.ts'
import { openContainer } from './container/trace-file.ts'
import type { ByteSource, ContainerLimits } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import { Trace } from './trace.ts'

/** How to open a trace. */
export interface OpenOptions {
  /** Any damage that could be salvaged throws instead (default false). */
  readonly strict?: boolean | undefined
  /** What a file may make us allocate. */
  readonly limits?: Partial<ContainerLimits> | undefined
  /** Number of the file's first buffer in `meta.sources` (default 0). */
  readonly firstSource?: number | undefined
}

/**
 * Opens a trace.dat of version 6 or 7; `-` reads standard input. Reads no events yet. The caller
 * closes the trace. Throws a `TraceError` of the container family when the file is no sound trace.
 */
export async function openTrace(path: string, options: OpenOptions = {}): Promise<Trace> {
  return openTraceSource(path === '-' ? await spoolStdin() : openFileSource(path), options)
}

/** Opens a trace from any byte source, which it then owns. */
export function openTraceSource(source: ByteSource, options: OpenOptions = {}): Trace {
  const diagnostics = new Diagnostics(options.strict)
  try {
    return new Trace(
      openContainer(source, diagnostics, options.limits),
      diagnostics,
      options.firstSource ?? 0,
    )
  } catch (error) {
    source.close()
    throw error
  }
}

export type {
  BatchReader,
  BatchSink,
  Column,
  ColumnBatch,
  ColumnData,
  Relation,
  TableSchema,
} from './batch/column-batch.ts'
export type { ColumnType } from './batch/types.ts'
export { memorySource } from './container/source.ts'
export type {
  BufferInstance,
  ByteSource,
  ContainerLimits,
  TraceFile,
  TraceOption,
} from './container/types.ts'
export { type Diagnostic, Diagnostics, type Severity } from './diagnostics.ts'
export { ERROR_EXIT, type ErrorCode, type Place, TraceError } from './error.ts'
export type { EventFormat, FieldFormat } from './event/types.ts'
export type { EventTextRow, TextOptions } from './event-text.ts'
export {
  type EventFilter,
  type RawRecord,
  readBatches,
  readEvents,
  readRecords,
  type TraceEvent,
} from './read.ts'
export { readEventTexts } from './read-texts.ts'
export { Report } from './report.ts'
export { reportJson } from './report-json.ts'
export type { ReportOptions } from './report-options.ts'
export type { Selection } from './streams.ts'
export { Trace } from './trace.ts'
