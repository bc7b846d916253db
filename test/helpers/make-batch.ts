/** Builds column batches and relations from plain rows, for tests of what consumes them. */
import {
  BATCH_ROWS,
  type BatchReader,
  type BytePool,
  type Column,
  type ColumnBatch,
  type ColumnData,
  type Relation,
  type TableSchema,
} from '../../parser/batch/column-batch.ts'

/** A value of any column type: integers as bigint or number, text as string, blobs as bytes. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly (number | bigint)[]

/** A pool that grows; `renew` begins another generation and overwrites the old bytes. */
export class TestPool implements BytePool {
  generation = 1
  count = 0
  bytes: Uint8Array = new Uint8Array(64)
  start: Uint32Array = new Uint32Array(8)
  readonly #ids = new Map<string, number>()

  renew(): void {
    this.generation++
    this.count = 0
    this.bytes.fill(0x58)
    this.#ids.clear()
  }

  id(value: string | Uint8Array): number {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    const key = Buffer.from(bytes).toString('latin1')
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const at = this.start[this.count] as number
    this.bytes = grown(this.bytes, at + bytes.length, (n) => new Uint8Array(n))
    this.start = grown(this.start, this.count + 2, (n) => new Uint32Array(n))
    this.bytes.set(bytes, at)
    this.start[this.count + 1] = at + bytes.length
    this.#ids.set(key, this.count)
    return this.count++
  }
}

function grown<T extends Uint8Array | Uint32Array>(
  array: T,
  length: number,
  make: (n: number) => T,
): T {
  if (array.length >= length) return array
  const copy = make(Math.max(length, array.length * 2))
  copy.set(array)
  return copy
}

/** One batch of the given columns; rows hold one value for each of them. */
export function makeBatch(
  table: TableSchema,
  rows: readonly (readonly Value[])[],
  pool: TestPool = new TestPool(),
  projection: readonly number[] = table.columns.map((_, i) => i),
): ColumnBatch {
  const columns = projection.map((index) =>
    makeColumn(
      table.columns[index] as Column,
      rows.map((row) => row[index] as Value),
      pool,
    ),
  )
  return { table, projection, rows: rows.length, columns, pool }
}

function makeColumn(column: Column, cells: readonly Value[], pool: TestPool): ColumnData {
  const { type } = column
  const validity = cells.includes(null) ? new Uint8Array(BATCH_ROWS / 8) : null
  if (validity)
    cells.forEach((cell, i) => {
      if (cell !== null) validity[i >> 3]! |= 1 << (i & 7)
    })
  if (type === 'VARCHAR' || type === 'BLOB') {
    const ids = cells.map((cell) => (cell === null ? 0xffff_ffff : pool.id(cell as string)))
    return { values: Uint32Array.from(ids), validity, offsets: null }
  }
  if (!type.endsWith('[]')) {
    return {
      values: typed(
        type,
        cells.map((cell) => cell ?? 0),
      ),
      validity,
      offsets: null,
    }
  }
  const lists = cells.map((cell) => (cell ?? []) as readonly (number | bigint)[])
  const offsets = new Uint32Array(cells.length + 1)
  lists.forEach((list, i) => {
    offsets[i + 1] = offsets[i]! + list.length
  })
  return { values: typed(type.slice(0, -2), lists.flat()), validity, offsets }
}

function typed(type: string, cells: readonly Value[]): ColumnData['values'] {
  const numbers = () => cells.map(Number)
  switch (type) {
    case 'TINYINT':
      return Int8Array.from(numbers())
    case 'UTINYINT':
    case 'BOOLEAN':
      return Uint8Array.from(numbers())
    case 'SMALLINT':
      return Int16Array.from(numbers())
    case 'USMALLINT':
      return Uint16Array.from(numbers())
    case 'INTEGER':
      return Int32Array.from(numbers())
    case 'UINTEGER':
      return Uint32Array.from(numbers())
    case 'BIGINT':
      return BigInt64Array.from(cells.map((cell) => BigInt(cell as number)))
    case 'UBIGINT':
      return BigUint64Array.from(cells.map((cell) => BigInt(cell as number)))
    default:
      throw new Error(`no array for ${type}`)
  }
}

/** A relation over generated rows, and what has been done with it. */
export interface TestRelation extends Relation {
  /** Projections of the scans started so far. */
  readonly scans: (readonly number[])[]
  /** Readers that are open. */
  open: number
}

/** A relation of `count` rows; `row(i)` gives row i. The pool is renewed every `renewEvery` batches. */
export function makeRelation(
  table: TableSchema,
  count: number,
  row: (i: number) => readonly Value[],
  more: { batchRows?: number; renewEvery?: number; failAt?: number; error?: unknown } = {},
): TestRelation {
  const size = more.batchRows ?? BATCH_ROWS
  const relation: TestRelation = {
    ...table,
    estimatedRows: count,
    scans: [],
    open: 0,
    scan(projection) {
      relation.scans.push(projection)
      relation.open++
      const pool = new TestPool()
      let at = 0
      let batches = 0
      const reader: BatchReader = {
        next() {
          if (at >= (more.failAt ?? Infinity)) throw more.error
          if (at >= count) return null
          if (more.renewEvery && batches++ % more.renewEvery === 0) pool.renew()
          const length = Math.min(size, count - at)
          const rows = Array.from({ length }, (_, k) => row(at + k))
          at += length
          return makeBatch(table, rows, pool, projection)
        },
        close() {
          relation.open--
        },
      }
      return reader
    },
  }
  return relation
}
