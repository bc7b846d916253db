/** Columns of decoded batches gathered into what a record batch of Arrow IPC is made of. */
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Field,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import type { BytePool, ColumnData } from '../../parser/batch/column-batch.ts'
import type { ColumnType, IntegerType } from '../../parser/batch/types.ts'
import { TraceError } from '../../parser/error.ts'

/** Rows of one column, gathered until they are written. */
export interface ColumnStore {
  readonly type: DataType
  /** Bytes gathered. */
  readonly bytes: number
  /** Copies the first `rows` values. Throws `ERR_SINK_WRITE` when the arrays do not hold them. */
  add(column: ColumnData, rows: number, pool: BytePool): void
  /** What was gathered; the store is empty afterwards. */
  take(): Data
}

type Values = ColumnData['values']

const INTEGERS: Readonly<
  Record<IntegerType, { readonly make: (length: number) => Values; readonly type: () => DataType }>
> = {
  TINYINT: { make: (n) => new Int8Array(n), type: () => new Int8() },
  SMALLINT: { make: (n) => new Int16Array(n), type: () => new Int16() },
  INTEGER: { make: (n) => new Int32Array(n), type: () => new Int32() },
  BIGINT: { make: (n) => new BigInt64Array(n), type: () => new Int64() },
  UTINYINT: { make: (n) => new Uint8Array(n), type: () => new Uint8() },
  USMALLINT: { make: (n) => new Uint16Array(n), type: () => new Uint16() },
  UINTEGER: { make: (n) => new Uint32Array(n), type: () => new Uint32() },
  UBIGINT: { make: (n) => new BigUint64Array(n), type: () => new Uint64() },
}

/** A store for a column of this type. */
export function columnStore(type: ColumnType): ColumnStore {
  if (type === 'BOOLEAN') return new BooleanStore()
  if (type === 'VARCHAR') return new BytesStore(new Utf8())
  if (type === 'BLOB') return new BytesStore(new Binary())
  if (type.endsWith('[]')) return new ListStore(type.slice(0, -2) as IntegerType)
  return new IntegerStore(type as IntegerType)
}

/** Elements that an array has room for at first. */
const FIRST_LENGTH = 1 << 8

/** An array that grows. */
class Growing<T extends Values> {
  values: T
  length = 0
  readonly #make: (length: number) => T

  constructor(make: (length: number) => T) {
    this.#make = make
    this.values = make(FIRST_LENGTH)
  }

  get bytes(): number {
    return this.length * this.values.BYTES_PER_ELEMENT
  }

  /** Makes room for `count` more. */
  reserve(count: number): void {
    if (this.length + count <= this.values.length) return
    const grown = this.#make(Math.max(this.length + count, 2 * this.values.length))
    ;(grown as Uint8Array).set((this.values as Uint8Array).subarray(0, this.length))
    this.values = grown
  }

  append(from: T): void {
    this.reserve(from.length)
    ;(this.values as Uint8Array).set(from as Uint8Array, this.length)
    this.length += from.length
  }

  /** All values; the array is empty afterwards. */
  take(): T {
    const taken = this.values.subarray(0, this.length) as T
    this.values = this.#make(FIRST_LENGTH)
    this.length = 0
    return taken
  }
}

/** Which rows hold a value; bits are kept from the first row that does not. */
class Validity {
  #bits: Uint8Array | undefined
  #rows = 0
  #nulls = 0

  add(validity: Uint8Array | null, rows: number): void {
    const start = this.#rows
    this.#rows += rows
    if (validity === null && this.#bits === undefined) return
    const bits = this.#room(start)
    for (let row = 0; row < rows; row++) {
      if (validity === null || (validity[row >> 3]! >> (row & 7)) & 1) continue
      const at = start + row
      bits[at >> 3]! &= ~(1 << (at & 7))
      this.#nulls++
    }
  }

  /** Bits for all rows, those from `start` on set. */
  #room(start: number): Uint8Array {
    const bytes = Math.ceil(this.#rows / 64) * 8
    if (this.#bits && bytes <= this.#bits.length) return this.#bits
    const grown = new Uint8Array(2 * bytes).fill(0xff)
    if (this.#bits) grown.set(this.#bits.subarray(0, Math.ceil(start / 8)))
    this.#bits = grown
    return grown
  }

  take(): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
    const nullCount = this.#nulls
    const nullBitmap = this.#bits?.subarray(0, Math.ceil(this.#rows / 64) * 8)
    this.#bits = undefined
    this.#rows = 0
    this.#nulls = 0
    return nullBitmap && nullCount > 0 ? { nullCount, nullBitmap } : { nullCount }
  }
}

function check(held: number, rows: number): void {
  if (held < rows)
    throw new TraceError('ERR_SINK_WRITE', `a column's arrays do not hold ${rows} rows`)
}

class IntegerStore implements ColumnStore {
  readonly type: DataType
  readonly #values: Growing<Values>
  readonly #validity = new Validity()

  constructor(type: IntegerType) {
    this.type = INTEGERS[type].type()
    this.#values = new Growing(INTEGERS[type].make)
  }

  get bytes(): number {
    return this.#values.bytes
  }

  add({ values, validity }: ColumnData, rows: number): void {
    check(values.length, rows)
    this.#values.append(values.subarray(0, rows))
    this.#validity.add(validity, rows)
  }

  take(): Data {
    const data = this.#values.take()
    return arrowData({ type: this.type, length: data.length, data, ...this.#validity.take() })
  }
}

class BooleanStore implements ColumnStore {
  readonly type: DataType = new Bool()
  readonly #values = new Growing<Uint8Array>((n) => new Uint8Array(n))
  readonly #validity = new Validity()

  get bytes(): number {
    return this.#values.bytes
  }

  add({ values, validity }: ColumnData, rows: number): void {
    check(values.length, rows)
    this.#values.append((values as Uint8Array).subarray(0, rows))
    this.#validity.add(validity, rows)
  }

  take(): Data {
    const values = this.#values.take()
    const data = new Uint8Array(Math.ceil(values.length / 64) * 8)
    for (let i = 0; i < values.length; i++) if (values[i]) data[i >> 3]! |= 1 << (i & 7)
    return arrowData({ type: this.type, length: values.length, data, ...this.#validity.take() })
  }
}

class BytesStore implements ColumnStore {
  readonly type: DataType
  readonly #offsets = new Growing<Int32Array>((n) => new Int32Array(n))
  readonly #bytes = new Growing<Uint8Array>((n) => new Uint8Array(n))
  readonly #validity = new Validity()

  constructor(type: DataType) {
    this.type = type
  }

  get bytes(): number {
    return this.#offsets.bytes + this.#bytes.bytes
  }

  add({ values, validity }: ColumnData, rows: number, pool: BytePool): void {
    check(values.length, rows)
    const ids = values as Uint32Array
    const { start, count } = pool
    this.#offsets.reserve(rows)
    const offsets = this.#offsets.values
    const first = this.#offsets.length
    let end = this.#bytes.length
    for (let row = 0; row < rows; row++) {
      offsets[first + row] = end
      if (validity !== null && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue
      const id = ids[row]!
      if (id >= count) check(count, id + 1)
      end += start[id + 1]! - start[id]!
    }
    this.#bytes.reserve(end - this.#bytes.length)
    this.#copy(ids, pool, offsets.subarray(first, first + rows), end)
    this.#offsets.length += rows
    this.#bytes.length = end
    this.#validity.add(validity, rows)
  }

  /** Copies each row's bytes to its place; short ones one by one, as a call costs more than they do. */
  #copy(ids: Uint32Array, { bytes, start }: BytePool, offsets: Int32Array, end: number): void {
    const to = this.#bytes.values
    for (let row = 0; row < offsets.length; row++) {
      const at = offsets[row]!
      const length = (row + 1 < offsets.length ? offsets[row + 1]! : end) - at
      if (length === 0) continue
      const from = start[ids[row]!]!
      if (length > 64) to.set(bytes.subarray(from, from + length), at)
      else for (let i = 0; i < length; i++) to[at + i] = bytes[from + i]!
    }
  }

  take(): Data {
    const { length } = this.#offsets
    this.#offsets.append(Int32Array.of(this.#bytes.length))
    return arrowData({
      type: this.type,
      length,
      valueOffsets: this.#offsets.take(),
      data: this.#bytes.take(),
      ...this.#validity.take(),
    })
  }
}

class ListStore implements ColumnStore {
  readonly type: DataType
  readonly #item: DataType
  readonly #offsets = new Growing<Int32Array>((n) => new Int32Array(n))
  readonly #items: Growing<Values>
  readonly #validity = new Validity()

  constructor(item: IntegerType) {
    this.#item = INTEGERS[item].type()
    this.type = new List(new Field('item', this.#item, true))
    this.#items = new Growing(INTEGERS[item].make)
  }

  get bytes(): number {
    return this.#offsets.bytes + this.#items.bytes
  }

  add({ values, validity, offsets }: ColumnData, rows: number): void {
    check(offsets?.length ?? 0, rows + 1)
    const first = offsets![0]!
    const last = offsets![rows]!
    check(values.length, last)
    this.#offsets.reserve(rows)
    const start = this.#offsets.length
    const base = this.#items.length - first
    for (let row = 0; row < rows; row++) this.#offsets.values[start + row] = base + offsets![row]!
    this.#offsets.length += rows
    this.#items.append(values.subarray(first, last))
    this.#validity.add(validity, rows)
  }

  take(): Data {
    const { length } = this.#offsets
    this.#offsets.append(Int32Array.of(this.#items.length))
    const data = this.#items.take()
    const child = arrowData({ type: this.#item, length: data.length, data, nullCount: 0 })
    const valueOffsets = this.#offsets.take()
    return arrowData({ type: this.type, length, valueOffsets, child, ...this.#validity.take() })
  }
}

/** `makeData` has a signature for each type, and none for a type that is chosen at run time. */
function arrowData(props: {
  readonly type: DataType
  readonly length: number
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
  readonly data?: Values
  readonly valueOffsets?: Int32Array
  readonly child?: Data
}): Data {
  return makeData(props as unknown as Parameters<typeof makeData>[0])
}
