/** Copies of lent batches, kept until DuckDB asks for them. */
import type { ColumnBatch, ColumnData } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import type { Room, SlabStore } from './slabs.ts'
import type { EntryTable } from './string-entries.ts'

/** A batch of our own with the entries of its strings. */
export interface StashedBatch {
  readonly batch: ColumnBatch
  readonly entries: EntryTable
  /** Undefined for a part of another batch that gives the room back. */
  readonly room: Room | undefined
  readonly bytes: number
}

/** Copies a batch; retains `entries`. Fails with ERR_SINK_WRITE when its arrays are too short. */
export function stashBatch(
  batch: ColumnBatch,
  entries: EntryTable,
  store: SlabStore,
): StashedBatch {
  const { rows } = batch
  let bytes = 0
  for (const column of batch.columns) bytes += columnBytes(column, rows)
  const room = store.take(bytes)
  let at = room.start
  const columns = batch.columns.map((column) => {
    const copy = copyColumn(column, rows, room.slab.buffer, at)
    at += columnBytes(column, rows)
    return copy
  })
  entries.retain()
  return { batch: { ...batch, columns }, entries, room, bytes: room.bytes }
}

/** Rows `from … to` of a stashed batch in the same room, which the last part gives back. */
export function slice(whole: StashedBatch, from: number, to: number, last: boolean): StashedBatch {
  const { batch, entries, room, bytes } = whole
  const columns = batch.columns.map((column) => ({
    values: column.offsets ? column.values : column.values.subarray(from, to),
    validity: column.validity && sliceBits(column.validity, from, to),
    offsets: column.offsets?.subarray(from, to + 1) ?? null,
  }))
  if (!last) entries.retain()
  return {
    batch: { ...batch, rows: to - from, columns },
    entries,
    room: last ? room : undefined,
    bytes: last ? bytes : 0,
  }
}

function sliceBits(bits: Uint8Array, from: number, to: number): Uint8Array {
  if ((from & 7) === 0) return bits.subarray(from >> 3, (to + 7) >> 3)
  const out = new Uint8Array((to - from + 7) >> 3)
  for (let row = from; row < to; row++) {
    if ((bits[row >> 3] as number) & (1 << (row & 7)))
      out[(row - from) >> 3]! |= 1 << ((row - from) & 7)
  }
  return out
}

const align = (bytes: number): number => (bytes + 7) & ~7

function elementsOf({ values, offsets }: ColumnData, rows: number): number {
  if (!offsets) return rows
  const count = (offsets[rows] ?? Number.NaN) - (offsets[0] as number)
  return count >= 0 && (offsets[rows] as number) <= values.length ? count : Number.NaN
}

function columnBytes(column: ColumnData, rows: number): number {
  const elements = elementsOf(column, rows)
  const short = column.validity !== null && column.validity.length * 8 < rows
  if (Number.isNaN(elements) || (!column.offsets && column.values.length < rows) || short) {
    throw new TraceError('ERR_SINK_WRITE', `a column's arrays do not hold ${rows} rows`)
  }
  const lists = column.offsets ? align((rows + 1) * 4) : 0
  const validity = column.validity ? align((rows + 7) >> 3) : 0
  return align(elements * column.values.BYTES_PER_ELEMENT) + lists + validity
}

type Values = ColumnData['values']
type ValuesConstructor = new (buffer: ArrayBuffer, at: number, length: number) => Values

function copyColumn(
  column: ColumnData,
  rows: number,
  buffer: ArrayBuffer,
  start: number,
): ColumnData {
  const elements = elementsOf(column, rows)
  const first = column.offsets?.[0] ?? 0
  const values = new (column.values.constructor as ValuesConstructor)(buffer, start, elements)
  copyBytes(values, column.values.subarray(first, first + elements))
  let at = start + align(values.byteLength)
  let offsets: Uint32Array | null = null
  if (column.offsets) {
    offsets = new Uint32Array(buffer, at, rows + 1)
    for (let row = 0; row <= rows; row++) offsets[row] = (column.offsets[row] as number) - first
    at += align(offsets.byteLength)
  }
  let validity: Uint8Array | null = null
  if (column.validity) {
    validity = new Uint8Array(buffer, at, (rows + 7) >> 3)
    validity.set(column.validity.subarray(0, validity.length))
  }
  return { values, validity, offsets }
}

function copyBytes(to: Values, from: Values): void {
  new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(
    new Uint8Array(from.buffer, from.byteOffset, from.byteLength),
  )
}
