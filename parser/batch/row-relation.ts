/** A relation over plain rows, for tables that are small whatever the trace's size. */
import {
  BATCH_ROWS,
  type BatchReader,
  type Column,
  type ColumnBatch,
  type Relation,
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

class RowReader implements BatchReader {
  readonly #relation: Relation
  readonly #projection: readonly number[]
  readonly #rows: Iterator<readonly Cell[]>
  readonly #builders: ColumnBuilder[]
  readonly #pool = new StringPool()

  constructor(relation: Relation, projection: readonly number[], rows: Iterator<readonly Cell[]>) {
    this.#relation = relation
    this.#projection = projection
    this.#rows = rows
    this.#builders = projection.map((i) => new ColumnBuilder(relation.columns[i]!.type, BATCH_ROWS))
  }

  next(): ColumnBatch | null {
    if (this.#pool.isFull) this.#pool.reset()
    for (const builder of this.#builders) builder.reset()
    let count = 0
    while (count < BATCH_ROWS) {
      const row = this.#rows.next()
      if (row.done) break
      for (let k = 0; k < this.#builders.length; k++)
        this.#store(this.#builders[k]!, count, row.value[this.#projection[k]!])
      count++
    }
    if (count === 0) return null
    const { columns, ...table } = this.#relation
    return {
      table: { ...table, columns },
      projection: this.#projection,
      rows: count,
      columns: this.#builders,
      pool: this.#pool,
    }
  }

  close(): void {
    this.#rows.return?.()
  }

  #store(builder: ColumnBuilder, row: number, cell: Cell): void {
    if (cell === null || cell === undefined) builder.setNull(row)
    else if (typeof cell === 'string') builder.values[row] = this.#pool.internString(cell)
    else if (typeof cell === 'boolean') builder.values[row] = cell ? 1 : 0
    else if (builder.width === 8) builder.values[row] = BigInt(cell)
    else builder.values[row] = Number(cell)
  }
}
