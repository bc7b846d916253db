/**
 * `meta.symbols`: kallsyms as a relation. A kernel has hundreds of thousands of symbols, so names go
 * from the file's bytes to batches without becoming strings.
 */
import {
  BATCH_ROWS,
  type BatchReader,
  type Column,
  type ColumnBatch,
  type Relation,
} from './batch/column-batch.ts'
import { ColumnBuilder } from './batch/column-builder.ts'
import { StringPool } from './batch/string-pool.ts'
import { scanParts } from './catalogue.ts'
import { SymbolTable } from './event/symbols.ts'
import type { Trace } from './trace.ts'

const COLUMNS: readonly Column[] = [
  { name: 'address', type: 'UBIGINT' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'module', type: 'VARCHAR' },
  { name: 'source', type: 'USMALLINT' },
]

/** The symbols that came with some traces, in the order of the files. */
export function symbolRelation(traces: readonly Trace[]): Relation {
  return {
    schema: 'meta',
    name: 'symbols',
    columns: COLUMNS,
    estimatedRows: 100_000,
    scan(projection) {
      return scanParts(traces.map((trace) => () => new SymbolReader(this, projection, trace)))
    },
  }
}

/** Reads the symbols of one trace. */
class SymbolReader implements BatchReader {
  readonly #relation: Relation
  readonly #projection: readonly number[]
  readonly #table: SymbolTable
  readonly #source: number | undefined
  readonly #builders: readonly ColumnBuilder[]
  readonly #pool = new StringPool()
  #at = 0

  constructor(relation: Relation, projection: readonly number[], trace: Trace) {
    this.#relation = relation
    this.#projection = projection
    this.#table = new SymbolTable(trace.file.kallsyms())
    this.#source = trace.sources[0]?.source
    this.#builders = projection.map((i) => new ColumnBuilder(COLUMNS[i]!.type, BATCH_ROWS))
  }

  next(): ColumnBatch | null {
    const rows = Math.min(BATCH_ROWS, this.#table.columns.count - this.#at)
    if (rows === 0) return null
    if (this.#pool.isFull) this.#pool.reset()
    this.#projection.forEach((column, k) => {
      const builder = this.#builders[k]!
      builder.reset()
      this.#fill(column, builder, this.#at, rows)
    })
    this.#at += rows
    const { schema, name, columns } = this.#relation
    return {
      table: { schema, name, columns },
      projection: this.#projection,
      rows,
      columns: this.#builders,
      pool: this.#pool,
    }
  }

  close(): void {
    this.#at = this.#table.columns.count
  }

  #fill(column: number, out: ColumnBuilder, from: number, rows: number): void {
    const { bytes, columns } = this.#table
    const { addresses, types, nameStart, nameEnd, module, modules } = columns
    const pool = this.#pool
    for (let row = 0, i = from; row < rows; row++, i++) {
      if (column === 0) out.values[row] = addresses[i]!
      else if (column === 1) out.u32[row] = pool.internText(bytes, nameStart[i]!, nameEnd[i]!)
      else if (column === 2) out.u32[row] = pool.intern(types, i, i + 1)
      else if (column === 3) out.u32[row] = pool.internString(modules[module[i]!]!)
      else if (this.#source === undefined) out.setNull(row)
      else out.u16[row] = this.#source
    }
  }
}
