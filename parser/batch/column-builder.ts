/** Growing arrays for one column of the batch under construction. */
import type { LoopMemory } from '../wasm/loops.ts'
import { BATCH_ROWS, type ColumnData } from './column-batch.ts'
import type { ColumnType, IntegerType } from './types.ts'

/** Bytes of one value of an integer type. */
export const INTEGER_BYTES: Record<IntegerType, 1 | 2 | 4 | 8> = {
  TINYINT: 1,
  UTINYINT: 1,
  SMALLINT: 2,
  USMALLINT: 2,
  INTEGER: 4,
  UINTEGER: 4,
  BIGINT: 8,
  UBIGINT: 8,
}

type Values = ColumnData['values']

/** A typed array of an integer type over `buffer`. */
function viewOf(type: IntegerType, buffer: ArrayBuffer, at: number, count: number): Values {
  switch (type) {
    case 'TINYINT':
      return new Int8Array(buffer, at, count)
    case 'UTINYINT':
      return new Uint8Array(buffer, at, count)
    case 'SMALLINT':
      return new Int16Array(buffer, at, count)
    case 'USMALLINT':
      return new Uint16Array(buffer, at, count)
    case 'INTEGER':
      return new Int32Array(buffer, at, count)
    case 'UINTEGER':
      return new Uint32Array(buffer, at, count)
    case 'BIGINT':
      return new BigInt64Array(buffer, at, count)
    case 'UBIGINT':
      return new BigUint64Array(buffer, at, count)
  }
}

/** The integer type a column's values array holds: elements for lists, pool ids for strings. */
export function storageType(type: ColumnType): IntegerType {
  if (type === 'BOOLEAN') return 'UTINYINT'
  if (type === 'VARCHAR' || type === 'BLOB') return 'UINTEGER'
  return (type.endsWith('[]') ? type.slice(0, -2) : type) as IntegerType
}

/**
 * One column's values. Hot loops write bits through the unsigned views `u8`, `u16`, `u32` (for
 * 8-byte values two u32 each, low half first); `values` is the same memory in the column's type.
 */
export class ColumnBuilder implements ColumnData {
  values: Values
  u8: Uint8Array
  u16: Uint16Array
  u32: Uint32Array
  validity: Uint8Array | null = null
  offsets: Uint32Array | null
  /** Elements in use, lists only. */
  elements = 0
  readonly width: 1 | 2 | 4 | 8
  readonly #storage: IntegerType
  #capacity = 0
  #spareValidity: Uint8Array | undefined

  /** Values are put into `memory`, where they cannot grow, unless they are lists. */
  constructor(type: ColumnType, rows: number, memory?: LoopMemory) {
    this.#storage = storageType(type)
    this.width = INTEGER_BYTES[this.#storage]
    this.offsets = type.endsWith('[]') ? new Uint32Array(rows + 1) : null
    this.values = this.u8 = new Uint8Array(0)
    this.u16 = new Uint16Array(0)
    this.u32 = new Uint32Array(0)
    const place = memory && !this.offsets ? memory.take(rows * this.width) : undefined
    this.#allocate(rows, place === undefined ? undefined : memory?.buffer, place)
  }

  /** Makes room for `rows` rows, keeping what is there. */
  growRows(rows: number): void {
    if (this.offsets) {
      const offsets = new Uint32Array(rows + 1)
      offsets.set(this.offsets)
      this.offsets = offsets
    } else this.#allocate(rows)
  }

  /** Makes room for `count` more list elements. */
  growElements(count: number): void {
    const need = this.elements + count
    if (need > this.#capacity) this.#allocate(Math.max(need, this.#capacity * 2))
  }

  /** Marks a row as NULL. */
  setNull(row: number): void {
    if (!this.validity) {
      this.#spareValidity ??= new Uint8Array(BATCH_ROWS / 8)
      this.#spareValidity.fill(0xff)
      this.validity = this.#spareValidity
    }
    const byte = row >>> 3
    this.validity[byte] = this.validity[byte]! & ~(1 << (row & 7))
    if (this.offsets) this.offsets[row + 1] = this.elements
    else if (this.width === 8) {
      this.u32[2 * row] = 0
      this.u32[2 * row + 1] = 0
    } else if (this.width === 4) this.u32[row] = 0
    else if (this.width === 2) this.u16[row] = 0
    else this.u8[row] = 0
  }

  /** Begins a new batch in the same memory. */
  reset(): void {
    this.validity = null
    this.elements = 0
  }

  #allocate(
    count: number,
    buffer: ArrayBuffer = new ArrayBuffer(Math.max(8, count * this.width + 7) & ~7),
    at = 0,
  ): void {
    const bytes = count * this.width
    const u8 = new Uint8Array(buffer, at, bytes)
    u8.set(this.u8)
    this.u8 = u8
    this.u16 = new Uint16Array(buffer, at, bytes >>> 1)
    this.u32 = new Uint32Array(buffer, at, bytes >>> 2)
    this.values = viewOf(this.#storage, buffer, at, count)
    this.#capacity = count
  }
}
