/**
 * Writes a `ColumnBatch` into the vectors of a DuckDB data chunk. The binding's copy functions
 * check nothing, so every length is checked here against the array it comes from; a chunk always
 * has room for BATCH_ROWS rows. `vector_get_data` returns a copy, so nothing is written through it.
 */
import {
  BATCH_ROWS,
  type Column,
  type ColumnBatch,
  type ColumnData,
} from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import {
  type DataChunk,
  duckdb,
  ELEMENT_BYTES,
  elementType,
  isListType,
  logicalType,
  type Vector,
} from './binding.ts'
import { type EntryTable, INLINE_BYTES } from './string-entries.ts'

type Kind = 'fixed' | 'bool' | 'string' | 'list'

/** Writes batches of one projection of one table into chunks of the same columns. */
export class ChunkWriter {
  readonly #kinds: readonly Kind[]
  readonly #widths: readonly number[]
  readonly #columns: readonly Column[]
  readonly #gathered = new Uint32Array(BATCH_ROWS * 4)
  readonly #bytes = new Uint8Array(BATCH_ROWS)
  #longBytes = 0

  constructor(columns: readonly Column[]) {
    this.#columns = columns
    this.#kinds = columns.map(kindOf)
    this.#widths = columns.map((column) => ELEMENT_BYTES[elementType(column.type)] ?? 0)
  }

  /** A chunk with this writer's columns, to be reset before each use but the first. */
  createChunk(): DataChunk {
    return duckdb.create_data_chunk(this.#columns.map((column) => logicalType(column.type)))
  }

  /**
   * Fills an empty chunk and sets its size; returns the bytes of strings that are not in the chunk itself. The chunk's strings point into the memory of `entries`,
   * which belong to the batch's pool and must live until DuckDB is done with the chunk. Fails with ERR_SINK_WRITE when the batch contradicts itself.
   */
  write(chunk: DataChunk, batch: ColumnBatch, entries: EntryTable): number {
    const { rows, columns } = batch
    if (rows > BATCH_ROWS || columns.length !== this.#columns.length) {
      throw new TraceError('ERR_SINK_WRITE', `batch of ${rows} rows and ${columns.length} columns`)
    }
    this.#longBytes = 0
    for (let i = 0; i < columns.length; i++) {
      this.#column(chunk, i, columns[i] as ColumnData, rows, entries)
    }
    duckdb.data_chunk_set_size(chunk, rows)
    return this.#longBytes
  }

  #column(
    chunk: DataChunk,
    index: number,
    data: ColumnData,
    rows: number,
    entries: EntryTable,
  ): void {
    const vector = duckdb.data_chunk_get_vector(chunk, index)
    switch (this.#kinds[index]) {
      case 'fixed':
        this.#fixed(vector, index, data, rows)
        break
      case 'bool':
        this.#booleans(vector, index, data, rows)
        break
      case 'string':
        this.#text(vector, index, data, rows, entries)
        break
      case 'list':
        this.#list(vector, index, data, rows)
        break
    }
    if (data.validity) this.#validity(vector, index, data.validity, rows)
  }

  #fixed(vector: Vector, index: number, data: ColumnData, rows: number): void {
    const { values } = data
    const width = this.#widths[index] as number
    if (values.BYTES_PER_ELEMENT !== width || values.length < rows) this.#refuse(index, rows)
    copy(vector, values, rows * width)
  }

  /** DuckDB's booleans are 0 or 1; anything else is undefined behaviour there. */
  #booleans(vector: Vector, index: number, data: ColumnData, rows: number): void {
    const { values } = data
    if (!(values instanceof Uint8Array) || values.length < rows) this.#refuse(index, rows)
    const bytes = this.#bytes
    for (let row = 0; row < rows; row++) bytes[row] = values[row] ? 1 : 0
    copy(vector, bytes, rows)
  }

  #text(vector: Vector, index: number, data: ColumnData, rows: number, entries: EntryTable): void {
    const { values, validity } = data
    if (!(values instanceof Uint32Array) || values.length < rows) this.#refuse(index, rows)
    const { words, count } = entries
    const out = this.#gathered
    let long = 0
    for (let row = 0, to = 0; row < rows; row++, to += 4) {
      const id = values[row] as number
      if (id < count) {
        const from = id * 4
        const length = words[from] as number
        if (length > INLINE_BYTES) long += length
        out[to] = length
        out[to + 1] = words[from + 1] as number
        out[to + 2] = words[from + 2] as number
        out[to + 3] = words[from + 3] as number
      } else {
        if (validity === null || (validity[row >> 3] as number) & (1 << (row & 7))) {
          this.#refuse(index, rows)
        }
        out.fill(0, to, to + 4)
      }
    }
    this.#longBytes += long
    copy(vector, out, rows * 16)
  }

  #list(vector: Vector, index: number, data: ColumnData, rows: number): void {
    const { values, offsets } = data
    const width = this.#widths[index] as number
    if (offsets === null || offsets.length < rows + 1 || values.BYTES_PER_ELEMENT !== width) {
      this.#refuse(index, rows)
    }
    const base = offsets[0] as number
    const end = offsets[rows] as number
    const entries = this.#gathered
    for (let row = 0; row < rows; row++) {
      const from = offsets[row] as number
      const to = offsets[row + 1] as number
      if (to < from || to > end) this.#refuse(index, rows)
      entries[row * 4] = from - base
      entries[row * 4 + 1] = 0
      entries[row * 4 + 2] = to - from
      entries[row * 4 + 3] = 0
    }
    if (end > values.length) this.#refuse(index, rows)
    const size = end - base
    duckdb.list_vector_reserve(vector, size)
    duckdb.list_vector_set_size(vector, size)
    copy(vector, entries, rows * 16)
    if (size > 0)
      copy(duckdb.list_vector_get_child(vector), values.subarray(base, end), size * width)
  }

  #validity(vector: Vector, index: number, validity: Uint8Array, rows: number): void {
    const bytes = (rows + 7) >> 3
    if (validity.length < bytes) this.#refuse(index, rows)
    duckdb.vector_ensure_validity_writable(vector)
    duckdb.copy_data_to_vector_validity(
      vector,
      0,
      validity.buffer as ArrayBuffer,
      validity.byteOffset,
      bytes,
    )
  }

  #refuse(index: number, rows: number): never {
    const { name, type } = this.#columns[index] as Column
    throw new TraceError(
      'ERR_SINK_WRITE',
      `column ${name} ${type}: arrays do not hold ${rows} rows`,
    )
  }
}

function kindOf(column: Column): Kind {
  if (isListType(column.type)) return 'list'
  if (column.type === 'BOOLEAN') return 'bool'
  return column.type === 'VARCHAR' || column.type === 'BLOB' ? 'string' : 'fixed'
}

function copy(vector: Vector, from: ArrayBufferView, bytes: number): void {
  if (bytes > from.byteLength) throw new TraceError('ERR_SINK_WRITE', 'copy beyond an array')
  if (bytes > 0)
    duckdb.copy_data_to_vector(vector, 0, from.buffer as ArrayBuffer, from.byteOffset, bytes)
}
