/** Integer columns of a result as JavaScript values: all of a column's bytes at once. */
import { type DataChunk, duckdb } from './binding.ts'

type Read = (buffer: ArrayBufferLike, at: number, rows: number) => ArrayLike<number | bigint>

const { Type } = duckdb
/** By the number of a type; up to 32 bits as numbers, 64 bits as bigints. */
const READS: Readonly<Record<number, readonly [bytes: number, read: Read]>> = {
  [Type.TINYINT]: [1, (buffer, at, rows) => new Int8Array(buffer, at, rows)],
  [Type.UTINYINT]: [1, (buffer, at, rows) => new Uint8Array(buffer, at, rows)],
  [Type.SMALLINT]: [2, (buffer, at, rows) => new Int16Array(buffer, at, rows)],
  [Type.USMALLINT]: [2, (buffer, at, rows) => new Uint16Array(buffer, at, rows)],
  [Type.INTEGER]: [4, (buffer, at, rows) => new Int32Array(buffer, at, rows)],
  [Type.UINTEGER]: [4, (buffer, at, rows) => new Uint32Array(buffer, at, rows)],
  [Type.BIGINT]: [8, (buffer, at, rows) => new BigInt64Array(buffer, at, rows)],
  [Type.UBIGINT]: [8, (buffer, at, rows) => new BigUint64Array(buffer, at, rows)],
}

/** The values of column `index`, null where SQL's NULL is; undefined for other types. */
export function readNumberColumn(
  chunk: DataChunk,
  index: number,
  rows: number,
  type: number,
): (number | bigint | null)[] | undefined {
  const reads = READS[type]
  if (!reads) return undefined
  const [bytes, read] = reads
  const vector = duckdb.data_chunk_get_vector(chunk, index)
  const data = duckdb.vector_get_data(vector, rows * bytes)
  const from = read(data.buffer, data.byteOffset, rows)
  const values: (number | bigint | null)[] = new Array(rows)
  for (let row = 0; row < rows; row++) values[row] = from[row]!
  const validity = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8)
  if (validity)
    for (let row = 0; row < rows; row++)
      if ((validity[row >> 3]! & (1 << (row & 7))) === 0) values[row] = null
  return values
}
