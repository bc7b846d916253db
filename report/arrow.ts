/**
 * Arrow IPC from a DuckDB result, uncompressed: compressed bodies written by apache-arrow 21 do not
 * open in other readers.
 */
import type { DuckDBType } from '@duckdb/node-api'
import {
  type Data,
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from 'apache-arrow'
import { type ArrowColumn, arrowColumn } from './arrow-column.ts'
import type { ResultChunk } from './rows.ts'

/** Rows of one record batch: 32 of the engine's vectors. */
const BATCH_CHUNKS = 32

/** Where the bytes go; the promise holds the writer back. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>
}

/** A result with the engine's types. */
export interface TypedRows {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[]
  readonly chunks: AsyncIterable<ResultChunk>
}

/**
 * Writes a result as an Arrow IPC file or stream; one record batch is in memory at a time. `labels`
 * become the schema's metadata.
 */
export async function writeArrow(
  result: TypedRows,
  sink: ByteSink,
  layout: 'file' | 'stream',
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const columns = result.columns.map(({ type }) => arrowColumn(type))
  const schema = new Schema(
    result.columns.map(({ name }, i) => new Field(name, columns[i]!.type, true)),
    new Map(Object.entries(labels)),
  )
  const writer = layout === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter()
  writer.reset(undefined, schema)

  let lastWrite: Promise<void> = Promise.resolve()
  const pump = (async () => {
    for await (const bytes of writer) {
      lastWrite = sink.write(bytes)
      await lastWrite
    }
  })()
  for await (const values of gather(result)) {
    writer.write(recordBatch(schema, columns, values))
    // Let the pump take what was written, and wait for its sink, before making more.
    await new Promise(setImmediate)
    await lastWrite
  }
  writer.finish()
  await pump
}

/** Column values of up to `BATCH_CHUNKS` chunks at a time. */
async function* gather(result: TypedRows): AsyncIterable<unknown[][]> {
  let values: unknown[][] | undefined
  let chunks = 0
  for await (const chunk of result.chunks) {
    values ??= chunk.columns.map(() => [])
    for (const [i, column] of values.entries()) {
      for (const value of chunk.columns[i]!) column.push(value)
    }
    if (++chunks < BATCH_CHUNKS) continue
    yield values
    values = undefined
    chunks = 0
  }
  if (values) yield values
}

function recordBatch(
  schema: Schema,
  columns: readonly ArrowColumn[],
  values: unknown[][],
): RecordBatch {
  const children = columns.map((column, i): Data => column.data(values[i]!))
  const data = makeData({
    type: new Struct(schema.fields),
    length: values[0]?.length ?? 0,
    nullCount: 0,
    children,
  })
  return new RecordBatch(schema, data)
}
