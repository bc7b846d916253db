/** Writes batches of many tables into a folder of Arrow IPC files, one for each table. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Field, Schema } from 'apache-arrow'
import type {
  ColumnBatch,
  Relation,
  TableSchema,
  TableSink,
} from '../../parser/batch/column-batch.ts'
import { TraceError } from '../../parser/error.ts'
import { eventPath, metaPath } from '../../parser/sink/duckdb/hive-folder.ts'
import type { Labels } from '../../parser/source-labels.ts'
import { type ColumnStore, columnStore } from './column-store.ts'
import { IpcFile } from './ipc-file.ts'

/** Rows of a record batch at most: readers take one at a time. */
const BATCH_ROWS = 1 << 16
/** Bytes of rows that wait in all; beyond, the table with most of them is written. */
const WAITING_BYTES = 128 << 20
/** Ending of the files' names. */
export const EXTENSION = 'arrow'

/** A table's file, and the rows that are not in it yet. */
interface ArrowTable {
  readonly file: IpcFile
  readonly stores: readonly ColumnStore[]
  rows: number
  bytes: number
}

/** A sink over a folder, which it makes. Whoever aborts it removes the folder. */
export class ArrowSink implements TableSink {
  readonly #folder: string
  readonly #labels: Labels
  readonly #tables = new Map<TableSchema, ArrowTable>()
  #bytes = 0
  /** Record batches in files. */
  #written = 0

  /** `labels` become the metadata of the files' schemas. */
  constructor(folder: string, labels: Labels) {
    this.#folder = folder
    this.#labels = labels
  }

  write(batch: ColumnBatch): void | Promise<void> {
    const written = this.#written
    this.#guarded(() => {
      this.#add(this.#table(batch.table, eventPath(batch.table, 0, EXTENSION)), batch)
    })
    // Nothing else lets the event loop turn, which brings signals.
    if (this.#written > written) return new Promise((resolve) => setImmediate(resolve))
  }

  async declare(tables: readonly TableSchema[]): Promise<void> {
    this.#guarded(() => {
      for (const table of tables) this.#table(table, eventPath(table, 0, EXTENSION))
    })
  }

  async insertRelation(relation: Relation): Promise<void> {
    const { schema, name, columns } = relation
    const table: TableSchema = { schema, name, columns }
    this.#guarded(() => this.#table(table, metaPath(name, EXTENSION)))
    const reader = relation.scan(columns.map((_, i) => i))
    try {
      for (let batch = reader.next(); batch; batch = reader.next())
        await this.write({ ...batch, table })
    } finally {
      reader.close()
    }
  }

  async close(): Promise<void> {
    this.#guarded(() => {
      for (const table of this.#tables.values()) {
        this.#flush(table)
        table.file.finish()
      }
    })
  }

  async abort(): Promise<void> {}

  #table(schema: TableSchema, path: string): ArrowTable {
    const known = this.#tables.get(schema)
    if (known) return known
    const stores = schema.columns.map(({ type }) => columnStore(type))
    const fields = schema.columns.map(({ name }, i) => new Field(name, stores[i]!.type, true))
    const target = join(this.#folder, path)
    mkdirSync(dirname(target), { recursive: true })
    const labels = new Map(Object.entries(this.#labels))
    const table = {
      file: new IpcFile(target, new Schema(fields, labels)),
      stores,
      rows: 0,
      bytes: 0,
    }
    this.#tables.set(schema, table)
    return table
  }

  #add(table: ArrowTable, { columns, rows, pool }: ColumnBatch): void {
    if (table.rows + rows > BATCH_ROWS) this.#flush(table)
    for (const [i, store] of table.stores.entries()) store.add(columns[i]!, rows, pool)
    table.rows += rows
    const bytes = table.stores.reduce((sum, store) => sum + store.bytes, 0)
    this.#bytes += bytes - table.bytes
    table.bytes = bytes
    if (this.#bytes > WAITING_BYTES) this.#flush(this.#fattest())
  }

  #fattest(): ArrowTable {
    return [...this.#tables.values()].reduce((a, b) => (b.bytes > a.bytes ? b : a))
  }

  #flush(table: ArrowTable): void {
    if (table.rows === 0) return
    table.file.append(
      table.stores.map((store) => store.take()),
      table.rows,
    )
    this.#written++
    this.#bytes -= table.bytes
    table.rows = 0
    table.bytes = 0
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error instanceof TraceError) throw error
      throw new TraceError('ERR_SINK_WRITE', `${this.#folder}: ${(error as Error).message}`, {
        hint: 'check the free space of the disk',
        cause: error,
      })
    }
  }
}
