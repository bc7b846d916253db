/**
 * Writes batches of many tables into a new database file. The file is made beside its target and
 * renamed when it is complete, so a reader sees all of it or nothing. Memory stays bounded because
 * every table's appender is flushed once it holds a row group's rows, in transactions of their own.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import type { BatchSink, ColumnBatch, Relation, TableSchema } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import { type Appender, type DataChunk, duckdb, quoteName } from './binding.ts'
import { type DuckDB, openDuckDB } from './database.ts'
import { StringEntries } from './string-entries.ts'
import { ChunkWriter } from './vector.ts'

/** How to write a database. */
export interface DuckDBSinkOptions {
  /** Replace an existing file (default false: ERR_OUTPUT_EXISTS). */
  readonly force?: boolean | undefined
  /** Bytes of memory DuckDB may use (default 400 MiB). */
  readonly memory?: number | undefined
}

/** Rows of DuckDB's row group: flushing whole ones keeps them from being rewritten. */
const FLUSH_ROWS = 122_880
const DEFAULT_MEMORY = 400 << 20

/** A table that is being filled. */
interface OpenTable {
  readonly appender: Appender
  readonly writer: ChunkWriter
  readonly chunk: DataChunk
  used: boolean
  rows: number
}

/** Opens a sink for a new database at `target`. Fails with ERR_OUTPUT_EXISTS or ERR_SINK_WRITE. */
export async function createDuckDBSink(
  target: string,
  options: DuckDBSinkOptions = {},
): Promise<DuckDBSink> {
  if (existsSync(target) && !options.force)
    throw new TraceError('ERR_OUTPUT_EXISTS', `${target} exists`, {
      hint: 'name another file with -o, or overwrite it with --force',
    })
  const path = `${target}.tmp-${process.pid}`
  for (const file of [path, `${path}.wal`]) rmSync(file, { force: true })
  const db = await openDuckDB(path, {
    memory: options.memory ?? DEFAULT_MEMORY,
    settings: { checkpoint_threshold: '1TB' },
  })
  return new DuckDBSink(db, target, path)
}

/** A sink over a temporary database file. */
export class DuckDBSink implements BatchSink {
  readonly #db: DuckDB
  readonly #target: string
  readonly #path: string
  readonly #strings = new StringEntries()
  readonly #tables = new Map<TableSchema, OpenTable>()
  readonly #schemas = new Set<string>(['main'])
  #declared = new Set<string>()
  readonly #removeOnExit: () => void

  constructor(db: DuckDB, target: string, path: string) {
    this.#db = db
    this.#target = target
    this.#path = path
    this.#removeOnExit = () => this.#remove()
    process.once('exit', this.#removeOnExit)
  }

  async write(batch: ColumnBatch): Promise<void> {
    let table = this.#tables.get(batch.table)
    if (!table) {
      await this.declare([batch.table])
      table = this.#open(batch.table)
    }
    if (table.used) duckdb.data_chunk_reset(table.chunk)
    table.used = true
    table.writer.write(table.chunk, batch, this.#strings.of(batch.pool))
    try {
      duckdb.append_data_chunk(table.appender, table.chunk)
      table.rows += batch.rows
      if (table.rows >= FLUSH_ROWS) {
        duckdb.appender_flush_sync(table.appender)
        table.rows = 0
      }
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Makes sure that tables exist, rows or none. */
  async declare(tables: readonly TableSchema[]): Promise<void> {
    const statements: string[] = []
    for (const { schema, name, columns } of tables) {
      const full = `${quoteName(schema)}.${quoteName(name)}`
      if (this.#declared.has(full)) continue
      this.#declared.add(full)
      if (!this.#schemas.has(schema)) {
        this.#schemas.add(schema)
        statements.push(`create schema if not exists ${quoteName(schema)}`)
      }
      const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`)
      statements.push(`create table ${full} (${list.join(', ')})`)
    }
    if (statements.length > 0) await this.#db.execute(statements.join(';'))
  }

  /** Writes a whole relation as a table. */
  async insertRelation(relation: Relation): Promise<void> {
    const { schema, name, columns } = relation
    const table: TableSchema = { schema, name, columns }
    await this.declare([table])
    const reader = relation.scan(columns.map((_, i) => i))
    try {
      for (let batch = reader.next(); batch; batch = reader.next())
        await this.write({ ...batch, table })
    } finally {
      reader.close()
    }
  }

  /** Runs SQL, for views. */
  async execute(sql: string): Promise<void> {
    await this.#db.execute(sql)
  }

  async close(): Promise<void> {
    try {
      this.#closeAppenders()
      await this.#db.execute('checkpoint')
      await this.#db.close()
      const fd = openSync(this.#path, 'r')
      fsyncSync(fd)
      closeSync(fd)
      renameSync(this.#path, this.#target)
    } catch (error) {
      this.#remove()
      throw this.#failed(error)
    } finally {
      process.off('exit', this.#removeOnExit)
    }
  }

  async abort(): Promise<void> {
    try {
      for (const { appender } of this.#tables.values()) duckdb.appender_clear(appender)
      this.#closeAppenders()
      await this.#db.close()
    } finally {
      this.#remove()
      process.off('exit', this.#removeOnExit)
    }
  }

  #open(table: TableSchema): OpenTable {
    const writer = new ChunkWriter(table.columns)
    const appender = duckdb.appender_create(this.#db.connection, table.schema, table.name)
    const open = { appender, writer, chunk: writer.createChunk(), used: false, rows: 0 }
    this.#tables.set(table, open)
    return open
  }

  #closeAppenders(): void {
    for (const { appender } of this.#tables.values()) duckdb.appender_close_sync(appender)
    this.#tables.clear()
    this.#strings.free()
  }

  #remove(): void {
    for (const file of [this.#path, `${this.#path}.wal`]) rmSync(file, { force: true })
  }

  #failed(error: unknown): Error {
    if (error instanceof TraceError) return error
    return new TraceError('ERR_SINK_WRITE', `${this.#target}: ${(error as Error).message}`, {
      hint: 'check the free space, and raise --memory if DuckDB asks for it',
      cause: error,
    })
  }
}
