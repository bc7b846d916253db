/** A relation over plain rows, for tables that are small whatever the trace's size. */
import {
  BATCH_ROWS,
  type BatchReader,
  type Column,
  type ColumnBatch,
  type Relation,
  type TableSchema,
} from './column-batch.ts'
import { ColumnBuilder } from './column-builder.ts'
import { StringPool } from './string-pool.ts'

/** A value of a scalar column; null where there is none. */
export type Cell = string | number | bigint | boolean | null | undefined

/** Makes a relation of scalar columns; `rows` is called once per scan. */
export function rowRelation(
  schema: string,
  name: string,
  columns: readonly Column[],
  rows: () => Iterable<readonly Cell[]>,
  estimatedRows: number,
): Relation {
  return {
    schema,
    name,
    columns,
    estimatedRows,
    scan(projection) {
      return new RowReader(this, projection, rows()[Symbol.iterator]())
    },
  }
}

/** A relation of the rows of one batch, which it may lend once. */
export function batchRelation(batch: ColumnBatch): Relation {
  return {
    ...batch.table,
    estimatedRows: batch.rows,
    scan(projection) {
      const columns = projection.map((i) => batch.columns[batch.projection.indexOf(i)]!)
      let next: ColumnBatch | null = { ...batch, projection, columns }
      return {
        next() {
          const only = next
          next = null
          return only
        },
        close() {
          next = null
        },
      }
    },
  }
}

class RowReader implements BatchReader {
  readonly #rows: Iterator<readonly Cell[]>
  readonly #batches: RowBatches

  constructor(relation: Relation, projection: readonly number[], rows: Iterator<readonly Cell[]>) {
    this.#rows = rows
    this.#batches = new RowBatches(relation, projection)
  }

  next(): ColumnBatch | null {
    while (!this.#batches.isFull) {
      const row = this.#rows.next()
      if (row.done) break
      this.#batches.add(row.value)
    }
    return this.#batches.take()
  }

  close(): void {
    this.#rows.return?.()
  }
}

/** Makes batches of one table of rows that come one by one. */
export class RowBatches {
  readonly #table: TableSchema
  readonly #projection: readonly number[]
  readonly #builders: ColumnBuilder[]
  readonly #pool = new StringPool()
  #rows = 0
  #taken = false

  constructor({ schema, name, columns }: TableSchema, projection: readonly number[]) {
    this.#table = { schema, name, columns }
    this.#projection = projection
    this.#builders = projection.map((i) => new ColumnBuilder(columns[i]!.type, BATCH_ROWS))
  }

  /** Whether the batch is to be taken before the next row comes. */
  get isFull(): boolean {
    return this.#rows === BATCH_ROWS
  }

  /** Adds a row, which has a cell for each column of the table. */
  add(row: readonly Cell[]): void {
    if (this.#taken) this.#begin()
    for (let k = 0; k < this.#builders.length; k++)
      this.#store(this.#builders[k]!, this.#rows, row[this.#projection[k]!])
    this.#rows++
  }

  /** The rows since the last call, if there are any; good until the next `add`. */
  take(): ColumnBatch | null {
    const rows = this.#rows
    if (rows === 0) return null
    this.#rows = 0
    this.#taken = true
    return {
      table: this.#table,
      projection: this.#projection,
      rows,
      columns: this.#builders,
      pool: this.#pool,
    }
  }

  #begin(): void {
    this.#taken = false
    if (this.#pool.isFull) this.#pool.reset()
    for (const builder of this.#builders) builder.reset()
  }

  #store(builder: ColumnBuilder, row: number, cell: Cell): void {
    if (cell === null || cell === undefined) builder.setNull(row)
    else if (typeof cell === 'string') builder.values[row] = this.#pool.internString(cell)
    else if (typeof cell === 'boolean') builder.values[row] = cell ? 1 : 0
    else if (builder.width === 8) builder.values[row] = BigInt(cell)
    else builder.values[row] = Number(cell)
  }
}
