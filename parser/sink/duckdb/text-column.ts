/**
 * VARCHAR columns of a result as strings. A vector's entries are 16 bytes: a length, then the text
 * itself up to 12 bytes, else 4 bytes of it and a pointer (string_t of DuckDB 1.5). Fetching what a
 * pointer shows costs some microseconds; results keep long strings back to back, so runs of them
 * are fetched at once. A run holds nothing but bytes of its strings, so all of it may be read.
 */
import { type DataChunk, duckdb } from './binding.ts'

const ENTRY_BYTES = 16
const INLINE_BYTES = 12

/** The strings of column `index`, null where SQL's NULL is; undefined for other types. */
export function readTextColumn(
  chunk: DataChunk,
  index: number,
  rows: number,
  type: number,
): (string | null)[] | undefined {
  if (type !== duckdb.Type.VARCHAR) return undefined
  const vector = duckdb.data_chunk_get_vector(chunk, index)
  const data = duckdb.vector_get_data(vector, rows * ENTRY_BYTES)
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength >>> 2)
  const validity = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8)
  const values: (string | null)[] = new Array(rows)
  const run = new LongTexts(bytes, words, values)
  for (let row = 0; row < rows; row++) {
    const length = words[row * 4]!
    if (validity && (validity[row >> 3]! & (1 << (row & 7))) === 0) values[row] = null
    else if (length > INLINE_BYTES) run.add(row, length)
    else values[row] = inlineText(bytes, words, values, row, length)
  }
  run.fetch()
  return values
}

/** Short text; neighbours are often the same. */
function inlineText(
  bytes: Buffer,
  words: Uint32Array,
  values: readonly (string | null)[],
  row: number,
  length: number,
): string {
  const at = row * 4
  const before = row === 0 ? null : values[row - 1]
  const same =
    typeof before === 'string' &&
    words[at] === words[at - 4] &&
    words[at + 1] === words[at - 3] &&
    words[at + 2] === words[at - 2] &&
    words[at + 3] === words[at - 1]
  if (same) return before
  const start = row * ENTRY_BYTES + 4
  return bytes.toString('utf8', start, start + length)
}

/** Rows whose texts lie back to back, or are one and the same. */
class LongTexts {
  readonly #bytes: Buffer
  readonly #words: Uint32Array
  readonly #values: (string | null)[]
  #rows: number[] = []
  #start = 0
  #end = 0

  constructor(bytes: Buffer, words: Uint32Array, values: (string | null)[]) {
    this.#bytes = bytes
    this.#words = words
    this.#values = values
  }

  add(row: number, length: number): void {
    const address = this.#address(row)
    const isRepeat = address >= this.#start && address + length <= this.#end
    if (this.#rows.length === 0 || !(isRepeat || address === this.#end)) {
      this.fetch()
      this.#start = address
      this.#end = address
    }
    this.#rows.push(row)
    if (!isRepeat) this.#end = address + length
  }

  fetch(): void {
    const [first] = this.#rows
    if (first === undefined) return
    const pointerAt = this.#bytes.byteOffset + first * ENTRY_BYTES + 8
    const data = duckdb.get_data_from_pointer(
      this.#bytes.buffer as ArrayBuffer,
      pointerAt,
      this.#end - this.#start,
    )
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    for (const row of this.#rows) {
      const from = this.#address(row) - this.#start
      this.#values[row] = text.toString('utf8', from, from + this.#words[row * 4]!)
    }
    this.#rows = []
  }

  /** Addresses of user space are below 2^53. */
  #address(row: number): number {
    return this.#words[row * 4 + 3]! * 2 ** 32 + this.#words[row * 4 + 2]!
  }
}
