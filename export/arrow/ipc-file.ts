/** An Arrow IPC file that is written a record batch at a time, and is not open meanwhile. */
import { closeSync, openSync, writeSync } from 'node:fs'
import {
  AsyncByteQueue,
  type Data,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  type Schema,
  Struct,
} from 'apache-arrow'

/** Keeps what a writer writes until it is asked for; apache-arrow's own queue gives it out later. */
class Collector extends AsyncByteQueue {
  #chunks: Uint8Array[] = []

  override write(chunk: Parameters<AsyncByteQueue['write']>[0]): void {
    this.#chunks.push(chunk as Uint8Array)
  }

  override close(): void {}

  take(): Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }
}

/** Uncompressed: compressed bodies written by apache-arrow 21 do not open in other readers. */
export class IpcFile {
  readonly #path: string
  readonly #schema: Schema
  readonly #collector = new Collector()
  readonly #writer = new RecordBatchFileWriter()

  /** Makes the file. */
  constructor(path: string, schema: Schema) {
    this.#path = path
    this.#schema = schema
    this.#writer.reset(this.#collector, schema)
    this.#flush('wx')
  }

  /** Writes columns; their memory is free to be used again. */
  append(columns: readonly Data[], rows: number): void {
    const type = new Struct(this.#schema.fields)
    const data = makeData({ type, length: rows, nullCount: 0, children: [...columns] })
    this.#writer.write(new RecordBatch(this.#schema, data))
    this.#flush('a')
  }

  /** Completes the file. */
  finish(): void {
    this.#writer.finish()
    this.#flush('a')
  }

  #flush(flags: 'wx' | 'a'): void {
    const file = openSync(this.#path, flags)
    try {
      for (const chunk of gathered(this.#collector.take()))
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
    } finally {
      closeSync(file)
    }
  }
}

/** Chunks below this are joined with their neighbours. */
const SMALL_BYTES = 1 << 16

/** The same bytes in fewer chunks: headers and padding are a few bytes each. */
function* gathered(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = []
  let bytes = 0
  for (const chunk of chunks) {
    if (bytes > 0 && (bytes > SMALL_BYTES || chunk.length > SMALL_BYTES)) {
      yield Buffer.concat(small, bytes)
      small = []
      bytes = 0
    }
    if (chunk.length > SMALL_BYTES) {
      yield chunk
    } else {
      small.push(chunk)
      bytes += chunk.length
    }
  }
  if (bytes > 0) yield Buffer.concat(small, bytes)
}
