/**
 * Writes batches of many tables into a new database file. The file is made beside its target and
 * renamed when it is complete and on the disk, so a reader sees all of it or nothing.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ColumnBatch, Relation, TableSchema, TableSink } from '../../batch/column-batch.ts'
import type { TraceError } from '../../error.ts'
import { partPath, publishPart, refuseExisting, removeAbandonedParts } from '../../part-file.ts'
import { type Connection, duckdb, quoteName, quoteText } from './binding.ts'
import { IMPORT_CATALOGUE } from './catalogues.ts'
import { type DuckDB, openDuckDB } from './database.ts'
import { collectGarbage } from './garbage.ts'
import { importShares, loadMemory, statementsAtOnce } from './load-limits.ts'
import { Loader } from './loader.ts'
import { type ReplaySpec, replayInto } from './replay.ts'
import { sinkFailure } from './sink-failure.ts'

/** How to write a database. */
export interface DuckDBSinkOptions {
  /** Replace an existing file (default false: ERR_OUTPUT_EXISTS). */
  readonly force?: boolean | undefined
  /** Bytes of memory the process may take in all, from 400 MB (default 700 MB). */
  readonly memory?: number | undefined
  /** Tables to come, as far as known. */
  readonly tables?: number | undefined
  /** Rows after which the file is closed and opened again, which bounds memory (default 20 million). */
  readonly rowsBetweenOpenings?: number | undefined
}

/**
 * Every table begins a block of its own, so where tables are many, blocks are small: 2000 tables of a hundred
 * rows take 218 MB instead of 576.
 */
const MANY_TABLES = 500
const SMALL_BLOCK = 65_536
/**
 * Trying them on strings takes a ninth of the load; task and file names come as dictionaries anyway,
 * and texts that do not repeat are stored as they are.
 */
const COMPRESSION_NOT_TRIED = 'fsst,dict_fsst,zstd'
/**
 * The oldest format that holds estimates of how many distinct values a column has as they are, in 64 bytes; before, each
 * was turned into 3 KB: 72 MB of 2000 tables, written anew by each checkpoint. DuckDB 1.1 and later read it.
 */
const STORAGE_VERSION = 'v1.1.0'
/**
 * DuckDB remembers a kilobyte of each column of each row group that it wrote, until the file is closed: 0.4 MB of a
 * million rows. Closing and opening takes 0.3 s, most of it the checkpoint.
 */
const ROWS_BETWEEN_OPENINGS = 20e6
/** Rows of a row group in the file. */
const ROW_GROUP_ROWS = 61_440
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Opens a sink for a new database at `target`. Fails with ERR_OUTPUT_EXISTS or ERR_SINK_WRITE. */
export async function createDuckDBSink(
  target: string,
  options: DuckDBSinkOptions = {},
): Promise<DuckDBSink> {
  refuseExisting(target, options.force === true)
  removeAbandonedParts(target)
  const path = partPath(target)
  const tables = options.tables ?? MANY_TABLES
  const shares = importShares(loadMemory(options.memory), tables)
  const leftovers = new Leftovers([path, `${path}.wal`, `${path}.spill`])
  const inserts = statementsAtOnce()
  let db: DuckDB | undefined
  const connections: Connection[] = []
  const catalogue = quoteName(IMPORT_CATALOGUE)
  const how = [
    `storage_version '${STORAGE_VERSION}'`,
    `recovery_mode 'no_wal_writes'`,
    `row_group_size ${ROW_GROUP_ROWS}`,
    ...(tables > MANY_TABLES ? [`block_size ${SMALL_BLOCK}`] : []),
  ]
  const attach = `attach ${quoteText(path)} as ${catalogue} (${how.join(', ')}); use ${catalogue}`
  try {
    db = await openDuckDB(':memory:', {
      memory: shares.loading,
      threads: inserts,
      tempDirectory: `${path}.spill`,
      settings: { preserve_insertion_order: 'false', external_threads: String(inserts) },
    })
    // Each goes through all tables: those that the loader asks for are enough.
    if (tables > MANY_TABLES) await db.raw(`set checkpoint_threshold = '1TB'`)
    await db.raw(attach)
    await db.raw(`set disabled_compression_methods = ${quoteText(COMPRESSION_NOT_TRIED)}`)
    while (connections.length < inserts) connections.push(await openInFile(db))
  } catch (error) {
    for (const connection of connections) duckdb.disconnect_sync(connection)
    await db?.close()
    leftovers.remove()
    throw sinkFailure(target, error)
  }
  const opened = db
  const reopen = `checkpoint; use memory; detach ${catalogue}; ${attach}`
  const loader = new Loader(connections, {
    rowGroupRows: ROW_GROUP_ROWS,
    groupsAtOnce: 2,
    take: insertRows,
    stashBytes: shares.stashBytes,
    unwrittenBytes: shares.unwrittenBytes,
    // By this thread alone: beside one of DuckDB's own, it would wait for that in a loop. And not while a view is made.
    checkpoint: () => opened.execute(reopen),
    checkpointRows: options.rowsBetweenOpenings ?? ROWS_BETWEEN_OPENINGS,
  })
  const force = options.force === true
  return new DuckDBSink(db, connections, loader, target, path, force, leftovers, shares.loaded)
}

function insertRows(
  connection: Connection,
  { schema, name, columns }: TableSchema,
  rows: string,
): Promise<unknown> {
  const full = `${quoteName(schema)}.${quoteName(name)}`
  const names = columns.map((column) => quoteName(column.name)).join(', ')
  return duckdb.query(connection, `insert into ${full} (${names}) select * from ${rows}`)
}

async function openInFile(db: DuckDB): Promise<Connection> {
  const connection = await db.connect()
  await duckdb.query(connection, `use ${quoteName(IMPORT_CATALOGUE)}`)
  return connection
}

/** A sink over a temporary database file; made by `createDuckDBSink`. */
export class DuckDBSink implements TableSink {
  readonly #db: DuckDB
  readonly #connections: readonly Connection[]
  readonly #loader: Loader
  readonly #target: string
  readonly #path: string
  readonly #force: boolean
  readonly #leftovers: Leftovers
  readonly #loadedBytes: number
  readonly #known = new Set<TableSchema>()
  readonly #declared = new Set<string>()
  readonly #schemas = new Set<string>(['main'])
  #ended = false

  constructor(
    db: DuckDB,
    connections: readonly Connection[],
    loader: Loader,
    target: string,
    path: string,
    force: boolean,
    leftovers: Leftovers,
    loadedBytes: number,
  ) {
    this.#db = db
    this.#connections = connections
    this.#loader = loader
    this.#target = target
    this.#path = path
    this.#force = force
    this.#leftovers = leftovers
    this.#loadedBytes = loadedBytes
  }

  write(batch: ColumnBatch): void | Promise<void> {
    if (!this.#known.has(batch.table)) return this.#writeFirst(batch)
    try {
      return this.#loader.add(batch)?.catch((error: unknown) => {
        throw this.#failed(error)
      })
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /**
   * Makes sure that tables exist, rows or none. Tables of the same name are one, with the columns
   * of the first; later ones fill those they have.
   */
  async declare(tables: readonly TableSchema[]): Promise<void> {
    const statements: string[] = []
    for (const table of tables) {
      const { schema, name, columns } = table
      this.#known.add(table)
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
    if (statements.length > 0) await this.#sql(statements.join(';'), 'ERR_SINK_SCHEMA')
  }

  /** Writes a whole relation as a table. */
  async insertRelation(relation: Relation): Promise<void> {
    const { schema, name, columns } = relation
    const table: TableSchema = { schema, name, columns }
    await this.declare([table])
    const reader = relation.scan(columns.map((_, i) => i))
    try {
      for (let batch = reader.next(); batch; batch = reader.next()) {
        await this.write({ ...batch, table })
      }
    } finally {
      reader.close()
    }
  }

  settle(): void {
    this.#loader.settle()
  }

  /** Runs SQL that makes views and macros, while rows may be on their way; it names tables `schema.table`. */
  async execute(sql: string): Promise<void> {
    await this.#sql(sql, 'ERR_SINK_WRITE')
  }

  /** Columns of a table or view, types in SQL's spelling. */
  async columnsOf(schema: string, name: string): Promise<{ name: string; type: string }[]> {
    const { rows } = await this.#db.all(`describe ${quoteName(schema)}.${quoteName(name)}`)
    return rows.map(([column, type]) => ({ name: String(column), type: String(type) }))
  }

  /** Makes a table of the rows of a `select` over what is in so far. */
  async replay(schema: string, name: string, sql: string, spec: ReplaySpec): Promise<void> {
    const table: TableSchema = { schema, name, columns: spec.columns }
    await this.declare([table])
    await this.#drain()
    collectGarbage()
    await this.#db.raw(`set memory_limit = '${Math.floor(this.#loadedBytes)}B'`)
    this.#loader.mayCheckpoint = false
    const reader = await openInFile(this.#db)
    let failure: unknown
    try {
      await replayInto(table, spec.begin, this.#db.chunksOn(reader, sql), (batch) =>
        this.write(batch),
      )
    } catch (error) {
      failure = error
    }
    duckdb.disconnect_sync(reader)
    await this.#drain()
    this.#loader.mayCheckpoint = true
    if (failure === undefined) return
    await this.#db.raw(`drop table ${quoteName(schema)}.${quoteName(name)}`)
    throw failure
  }

  async close(): Promise<void> {
    try {
      await this.#drain()
      await this.#sql('checkpoint', 'ERR_SINK_WRITE')
      await this.#disconnect()
      syncToDisk(this.#path)
      publishPart(this.#path, this.#target, this.#force)
      syncToDisk(dirname(this.#target))
    } catch (error) {
      await this.abort()
      throw this.#failed(error)
    }
    this.#leftovers.keep()
  }

  async abort(): Promise<void> {
    try {
      await this.#disconnect()
    } finally {
      this.#leftovers.remove()
    }
  }

  async #writeFirst(batch: ColumnBatch): Promise<void> {
    await this.declare([batch.table])
    await this.write(batch)
  }

  async #drain(): Promise<void> {
    try {
      await this.#loader.drain()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  async #sql(sql: string, code: 'ERR_SINK_WRITE' | 'ERR_SINK_SCHEMA'): Promise<void> {
    try {
      await this.#db.execute(sql)
    } catch (error) {
      throw this.#failed(error, code)
    }
  }

  async #disconnect(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#loader.stop()
    for (const connection of this.#connections) duckdb.disconnect_sync(connection)
    await this.#db.close()
  }

  #failed(error: unknown, code?: 'ERR_SINK_WRITE' | 'ERR_SINK_SCHEMA'): TraceError {
    return sinkFailure(this.#target, error, code)
  }
}

function syncToDisk(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Files to remove unless the work is completed, whatever way the process ends but by SIGKILL. */
class Leftovers {
  readonly #files: readonly string[]
  readonly #onExit = (): void => this.#unlink()
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.remove()
    // Others who listen to the signal decide what becomes of the process; else it ends by it.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }

  constructor(files: readonly string[]) {
    this.#files = files
    this.#unlink()
    process.once('exit', this.#onExit)
    for (const signal of SIGNALS) process.once(signal, this.#onSignal)
  }

  /** Removes the files, now and for good. */
  remove(): void {
    this.#unlink()
    this.keep()
  }

  /** The files are none any more, or are to stay. */
  keep(): void {
    process.off('exit', this.#onExit)
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  #unlink(): void {
    for (const file of this.#files) rmSync(file, { force: true, recursive: true })
  }
}
