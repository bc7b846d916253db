/** One value of a batch as JavaScript sees it; for small jobs, tests and errors, not for bulk. */
import type { ColumnBatch } from './column-batch.ts'

/**
 * Value of column `index` (of the batch's columns) in `row`: number, bigint, boolean, string,
 * Uint8Array (BLOB), array (list) or null.
 */
export function columnValue(batch: ColumnBatch, index: number, row: number): unknown {
  const { values, validity, offsets } = batch.columns[index]!
  if (validity && (validity[row >>> 3]! & (1 << (row & 7))) === 0) return null
  const { type } = batch.table.columns[batch.projection[index]!]!
  if (offsets) return [...values.subarray(offsets[row]!, offsets[row + 1]!)]
  const value = values[row]!
  if (type === 'BOOLEAN') return value !== 0
  if (type !== 'VARCHAR' && type !== 'BLOB') return value
  const { bytes, start } = batch.pool
  const text = bytes.subarray(start[Number(value)]!, start[Number(value) + 1]!)
  return type === 'BLOB' ? text.slice() : Buffer.from(text).toString('utf8')
}
