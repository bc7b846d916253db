/**
 * traceduck's parser as a library: open any trace.dat, look at what it holds, read its events.
 *
 * ```ts
 * const trace = await openTrace('trace.dat')
 * for await (const batch of readBatches(trace, { events: ['kmem:kmalloc'] })) console.log(batch.rows)
 * trace.close()
 * ```
 */

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
export { type OpenOptions, openTrace, openTraceSource } from './open.ts'
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
export { reportText, type ThreadChoice } from './report-threads.ts'
export type { Selection } from './streams.ts'
export { firstTime, type TimeChoice } from './time-choice.ts'
export { Trace } from './trace.ts'
