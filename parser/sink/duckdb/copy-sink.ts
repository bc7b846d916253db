/**
 * Writes batches of many tables into the files of a folder, in a format that DuckDB writes and without
 * a database: rows of a table wait in memory until they are some row groups, and go into a file by a
 * COPY of their own, while the thread that makes rows goes on. A table's files hold its rows in the
 * order in which they came.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ColumnBatch, Relation, TableSchema, TableSink } from '../../batch/column-batch.ts'
import { type Connection, duckdb, quoteName } from './binding.ts'
import { type CopyFormat, copyStatement, PARQUET_GROUP_ROWS } from './copy-format.ts'
import { type DuckDB, openDuckDB } from './database.ts'
import { eventPath, metaPath } from './hive-folder.ts'
import { loadMemory, statementsAtOnce } from './load-limits.ts'
import { Loader } from './loader.ts'
import { SCAN_FUNCTION, Scans, type ScanTarget } from './scan.ts'
import { sinkFailure } from './sink-failure.ts'

/** How to write a folder. */
export interface CopySinkOptions {
  readonly format: CopyFormat
  /** What files of events say of themselves, where the format has a place for it. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Bytes of memory the process may take in all (default 700 MB). */
  readonly memory?: number | undefined
}

/** Row groups of a file, where a table has that many before the memory is full. */
const GROUPS_AT_ONCE = 4
/** Bytes that are appended at once. */
const PIECE_BYTES = 1 << 20

/** Opens a sink for a folder, whose parent is there. Fails with ERR_SINK_WRITE. */
export async function createCopySink(folder: string, options: CopySinkOptions): Promise<CopySink> {
  const memory = loadMemory(options.memory)
  const copies = statementsAtOnce()
  const connections: Connection[] = []
  let db: DuckDB | undefined
  try {
    db = await openDuckDB(':memory:', {
      memory: memory / 2,
      threads: copies,
      settings: { preserve_insertion_order: 'false', external_threads: String(copies) },
    })
    while (connections.length < copies) connections.push(await db.connect())
    return new CopySink(db, connections, folder, options, memory / 2)
  } catch (error) {
    for (const connection of connections) duckdb.disconnect_sync(connection)
    await db?.close()
    throw sinkFailure(folder, error)
  }
}

/** A sink over a folder; made by `createCopySink`. Whoever aborts it removes the folder. */
export class CopySink implements TableSink {
  readonly #db: DuckDB
  readonly #connections: readonly Connection[]
  readonly #loader: Loader
  readonly #folder: string
  readonly #format: CopyFormat
  readonly #labels: CopySinkOptions['labels']
  /** Files of each table, one of them still being written perhaps. */
  readonly #files = new Map<TableSchema, number>()
  readonly #scans = new Scans(() => this.#scanned)
  #scanned: ScanTarget | undefined
  #ended = false

  constructor(
    db: DuckDB,
    connections: readonly Connection[],
    folder: string,
    { format, labels }: CopySinkOptions,
    stashBytes: number,
  ) {
    this.#db = db
    this.#connections = connections
    this.#folder = folder
    this.#format = format
    this.#labels = labels
    this.#scans.register(db.connection)
    this.#loader = new Loader(connections, {
      rowGroupRows: PARQUET_GROUP_ROWS,
      groupsAtOnce: GROUPS_AT_ONCE,
      take: (connection, table, rows) => this.#copy(connection, table, rows),
      stashBytes,
    })
  }

  write(batch: ColumnBatch): void | Promise<void> {
    try {
      return this.#loader.add(batch)?.catch((error: unknown) => {
        throw sinkFailure(this.#folder, error)
      })
    } catch (error) {
      throw sinkFailure(this.#folder, error)
    }
  }

  /** Waits for all rows so far; tables without any get a file without rows. */
  async declare(tables: readonly TableSchema[]): Promise<void> {
    try {
      await this.#loader.drain()
      for (const table of new Set(tables)) {
        if (this.#files.has(table)) continue
        const none = table.columns.map(({ name, type }) => `null::${type} as ${quoteName(name)}`)
        const rows = `(select ${none.join(', ')} where false)`
        await this.#copy(this.#connections[0]!, table, rows)
      }
    } catch (error) {
      throw sinkFailure(this.#folder, error)
    }
  }

  /** Writes a relation as the table of that name in `meta`, once no rows are on their way. */
  async insertRelation(relation: Relation): Promise<void> {
    const { name, columns } = relation
    const file = join(this.#folder, metaPath(name, this.#format.extension))
    this.#scanned = { relation, scanned: false }
    this.#scans.begin()
    try {
      mkdirSync(dirname(file), { recursive: true })
      const rows = `${SCAN_FUNCTION}('', '')`
      await this.#db.raw(copyStatement(this.#format, columns, rows, file))
    } catch (error) {
      throw sinkFailure(this.#folder, this.#scans.end() ?? error)
    } finally {
      this.#scans.end()
    }
  }

  async close(): Promise<void> {
    await this.declare([])
    await this.abort()
  }

  async abort(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#loader.stop()
    for (const connection of this.#connections) duckdb.disconnect_sync(connection)
    await this.#db.close()
  }

  async #copy(connection: Connection, table: TableSchema, rows: string): Promise<void> {
    const { appends, extension } = this.#format
    const number = this.#files.get(table) ?? 0
    this.#files.set(table, number + 1)
    const pathOf = (n: number): string => join(this.#folder, eventPath(table, n, extension))
    const file = pathOf(number)
    if (number === 0) mkdirSync(dirname(file), { recursive: true })
    const sql = copyStatement(this.#format, table.columns, rows, file, number === 0, this.#labels)
    await duckdb.query(connection, sql)
    if (appends && number > 0) moveToEnd(file, pathOf(0))
  }
}

/** Appends a file to another one, and removes it. */
function moveToEnd(from: string, to: string): void {
  const source = openSync(from, 'r')
  const target = openSync(to, 'a')
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    for (let bytes = -1; bytes !== 0; ) {
      bytes = readSync(source, piece)
      for (let at = 0; at < bytes; ) at += writeSync(target, piece, at, bytes - at)
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
  rmSync(from)
}
