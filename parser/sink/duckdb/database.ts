/**
 * A DuckDB database as the command line and the reports use it: SQL in, typed rows out in bounded
 * chunks, one statement at a time on one connection.
 *
 * Ctrl-C: `interrupt()` works while a statement runs, also one that scans a trace. DuckDB runs on
 * its own threads and calls the JavaScript thread once per chunk; between two such calls the event
 * loop turns, so a signal handler gets its say, calls `interrupt()`, and DuckDB stops at its next
 * task. The delay is one `BatchReader.next()` at most. Without a handler the signal ends the process.
 */
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api'
import { TraceError } from '../../error.ts'
import { bindParams, type QueryParams } from './bind-params.ts'
import { type Connection, type Database, duckdb } from './binding.ts'
import { readNumberColumn } from './number-column.ts'
import { readTextColumn } from './text-column.ts'

export type { QueryParam, QueryParams } from './bind-params.ts'

/** Settings of a database; what is left out is DuckDB's default. */
export interface DuckDBOptions {
  /** Bytes of memory DuckDB may use before it spills to `tempDirectory`. */
  readonly memory?: number
  readonly threads?: number
  /** Made when first needed, removed on close. */
  readonly tempDirectory?: string
  readonly readOnly?: boolean
  /** Further settings by DuckDB's names. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Name and type of a result's column; `type.toString()` is SQL's spelling. */
export interface QueryColumn {
  readonly name: string
  readonly type: DuckDBType
}

/** Up to 2048 rows of a result, column by column; `null` is SQL's NULL. */
export interface QueryChunk {
  readonly rowCount: number
  readonly columns: readonly (readonly DuckDBValue[])[]
}

/** A result being read; close it or read it to the end before the next statement. */
export interface QueryStream {
  readonly columns: readonly QueryColumn[]
  /** True when the statement gives rows to show, false for DDL, settings and the like. */
  readonly hasRows: boolean
  /** Rows an insert, update or delete changed. */
  readonly rowsChanged: number
  /** Reads the rows, once. Fails with ERR_SQL, ERR_INTERRUPTED or the failure of a trace's reader. */
  readonly chunks: AsyncIterable<QueryChunk>
  /** Stops the statement if it still runs; harmless at the end. */
  close(): Promise<void>
}

/** A whole result in memory. */
export interface QueryRows {
  readonly columns: readonly QueryColumn[]
  readonly rows: readonly (readonly DuckDBValue[])[]
}

/** What the command line and the reports ask of a database. */
export interface TraceDatabase {
  /**
   * Runs the statements of a text and streams the last one's result; closes a stream still open.
   * Fails with ERR_SQL, ERR_QUERY_PARAM, ERR_INTERRUPTED.
   */
  query(sql: string, params?: QueryParams): Promise<QueryStream>
  /** As `query`, with all rows in memory: for small results, safe to call concurrently. */
  all(sql: string, params?: QueryParams): Promise<QueryRows>
  /** Runs every statement of a text in turn and gives each one's result. */
  statements(sql: string, params?: QueryParams): AsyncIterable<QueryStream>
  /** Runs all statements of a text without their results; the quick way for DDL. */
  execute(sql: string): Promise<void>
  /** Cancels the statement that is running, from any place; it fails with ERR_INTERRUPTED. */
  interrupt(): void
  /** Releases the database; nothing may be running. */
  close(): Promise<void>
}

/** What relations that are declared on demand do around each statement; see scan.ts. */
export interface StatementHooks {
  /** Declares what a text mentions, or everything; true when something new was declared. */
  declare(sql: string | undefined): Promise<boolean>
  /** A statement is about to be prepared. */
  begin(): void
  /** It was prepared; true when a relation was brought into memory, so prepare it again. */
  prepared(statementType: number): Promise<boolean>
  /** It ended; returns what a trace's reader threw, if one did. */
  end(succeeded: boolean): unknown
}

type NodeApi = typeof import('@duckdb/node-api')

// It is CommonJS in 60 files; an `import` would have all of them read for names of exports first.
const require = createRequire(import.meta.url)

/** Opens or creates a database file, or ':memory:'. Fails with ERR_SQL. */
export async function openDuckDB(path: string, options: DuckDBOptions = {}): Promise<DuckDB> {
  const config = duckdb.create_config()
  for (const [name, value] of Object.entries(settingsOf(path, options))) {
    duckdb.set_config(config, name, value)
  }
  try {
    const opening = duckdb.open(path, config)
    const api = require('@duckdb/node-api') as NodeApi
    const database = await opening
    return new DuckDB(api, database, await duckdb.connect(database))
  } catch (error) {
    throw sqlError(error)
  }
}

function settingsOf(path: string, options: DuckDBOptions): Record<string, string> {
  const { memory, threads, readOnly } = options
  const inMemory = path === ':memory:'
  return {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    asof_loop_join_threshold: '0', // no loops over all pairs because of a wrong estimate
    ...(inMemory || options.tempDirectory !== undefined
      ? { temp_directory: options.tempDirectory ?? join(tmpdir(), `traceduck-${process.pid}`) }
      : {}),
    ...(memory === undefined ? {} : { memory_limit: `${Math.floor(memory)}B` }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(readOnly ? { access_mode: 'READ_ONLY' } : {}),
    ...options.settings,
  }
}

/** An open database with its one connection. */
export class DuckDB implements TraceDatabase {
  /** The raw connection, for what the wrapper has no words for. */
  readonly connection: Connection
  /** Set by `registerRelations`. */
  hooks: StatementHooks | undefined
  readonly #api: NodeApi
  readonly #database: Database
  readonly #wrapper: InstanceType<NodeApi['DuckDBConnection']>
  #turn: Promise<unknown> = Promise.resolve()
  #open: Stream | undefined
  #closed = false

  constructor(api: NodeApi, database: Database, connection: Connection) {
    this.#api = api
    this.#database = database
    this.connection = connection
    this.#wrapper = new api.DuckDBConnection(connection)
  }

  query(sql: string, params?: QueryParams): Promise<QueryStream> {
    return this.#exclusively(() => this.#last(sql, params))
  }

  all(sql: string, params?: QueryParams): Promise<QueryRows> {
    return this.#exclusively(async () => {
      const stream = await this.#last(sql, params)
      const rows: DuckDBValue[][] = []
      for await (const chunk of stream.chunks) {
        for (let row = 0; row < chunk.rowCount; row++) {
          rows.push(chunk.columns.map((column) => column[row] as DuckDBValue))
        }
      }
      return { columns: stream.columns, rows }
    })
  }

  async *statements(sql: string, params?: QueryParams): AsyncGenerator<QueryStream> {
    const count = await this.#exclusively(() => this.#count(sql))
    for (let index = 0; index < count; index++) {
      yield await this.#exclusively(() => this.#run(sql, index, params))
    }
  }

  execute(sql: string): Promise<void> {
    return this.#exclusively(async () => {
      await this.hooks?.declare(sql)
      this.hooks?.begin()
      try {
        await duckdb.query(this.connection, sql)
        this.#ended(undefined)
      } catch (error) {
        throw this.#ended(error)
      }
    })
  }

  interrupt(): void {
    if (!this.#closed) duckdb.interrupt(this.connection)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#exclusively(async () => {})
    this.#closed = true
    this.#wrapper.disconnectSync()
    duckdb.close_sync(this.#database)
  }

  /** Runs statements that bypass the hooks; for the hooks themselves. */
  async raw(sql: string): Promise<void> {
    try {
      await duckdb.query(this.connection, sql)
    } catch (error) {
      throw sqlError(error)
    }
  }

  /** Reads a result in chunks on a connection of one's own, past the hooks. Fails with ERR_SQL. */
  async *chunksOn(connection: Connection, sql: string): AsyncGenerator<QueryChunk> {
    try {
      const statements = await new this.#api.DuckDBConnection(connection).extractStatements(sql)
      const result = await (await statements.prepare(0)).stream()
      yield* new Stream(
        result,
        (error) => (error === undefined ? undefined : sqlError(error)),
        this.#api,
        () => duckdb.interrupt(connection),
      ).chunks
    } catch (error) {
      throw sqlError(error)
    }
  }

  /** Another connection to the same database; whoever asks for it disconnects it. */
  async connect(): Promise<Connection> {
    return duckdb.connect(this.#database)
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#closed) throw new TraceError('ERR_SQL', 'the database is closed')
      await this.#open?.close()
      return work()
    })
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #last(sql: string, params?: QueryParams): Promise<QueryStream> {
    const count = await this.#count(sql)
    for (let index = 0; index < count - 1; index++) {
      for await (const _ of (await this.#run(sql, index, params)).chunks);
    }
    return this.#run(sql, count - 1, params)
  }

  async #count(sql: string): Promise<number> {
    try {
      const { count } = await this.#wrapper.extractStatements(sql)
      if (count > 0) return count
    } catch (error) {
      throw sqlError(error)
    }
    throw new TraceError('ERR_SQL', 'there is no SQL statement in the text')
  }

  /** Prepares and starts statement `index` of a text. */
  async #run(sql: string, index: number, params: QueryParams | undefined): Promise<Stream> {
    const { hooks } = this
    try {
      let statement = await this.#prepare(sql, index)
      if (await hooks?.prepared(statement.statementType))
        statement = await this.#prepare(sql, index)
      bindParams(statement, params)
      const result = await statement.stream()
      this.#open = new Stream(
        result,
        (error) => {
          this.#open = undefined
          return this.#ended(error)
        },
        this.#api,
        () => this.interrupt(),
      )
      return this.#open
    } catch (error) {
      throw this.#ended(error)
    }
  }

  async #prepare(sql: string, index: number): Promise<DuckDBPreparedStatement> {
    const { hooks } = this
    await hooks?.declare(sql)
    for (;;) {
      hooks?.begin()
      try {
        return await (await this.#wrapper.extractStatements(sql)).prepare(index)
      } catch (error) {
        const unknown = /^Catalog Error|^Binder Error/.test(String((error as Error).message))
        if (!unknown || !(await hooks?.declare(undefined))) throw error
      }
    }
  }

  #ended(error: unknown): unknown {
    const failure = this.hooks?.end(error === undefined)
    if (error === undefined) return undefined
    return failure ?? sqlError(error)
  }
}

class Stream implements QueryStream {
  readonly columns: readonly QueryColumn[]
  readonly hasRows: boolean
  readonly #result: DuckDBResult
  readonly #ended: (error: unknown) => unknown
  readonly #interrupt: () => void
  #done = false

  constructor(
    result: DuckDBResult,
    ended: (error: unknown) => unknown,
    api: NodeApi,
    interrupt: () => void,
  ) {
    this.#result = result
    this.#ended = ended
    this.#interrupt = interrupt
    const names = result.columnNames()
    this.columns = result.columnTypes().map((type, i) => ({ name: names[i] as string, type }))
    this.hasRows = result.returnType === api.ResultReturnType.QUERY_RESULT
  }

  get rowsChanged(): number {
    return this.#result.rowsChanged
  }

  get chunks(): AsyncIterable<QueryChunk> {
    return this.#read()
  }

  async *#read(): AsyncGenerator<QueryChunk> {
    try {
      for (;;) {
        const chunk = await this.#fetch()
        if (!chunk) return
        yield { rowCount: chunk.rowCount, columns: this.#columnsOf(chunk) }
      }
    } finally {
      await this.close()
    }
  }

  #columnsOf(chunk: DuckDBDataChunk): DuckDBValue[][] {
    return this.columns.map(
      ({ type }, i) =>
        readTextColumn(chunk.chunk, i, chunk.rowCount, type.typeId) ??
        readNumberColumn(chunk.chunk, i, chunk.rowCount, type.typeId) ??
        chunk.getColumnValues(i),
    )
  }

  async #fetch(): ReturnType<DuckDBResult['fetchChunk']> {
    if (this.#done) return null
    try {
      const chunk = await this.#result.fetchChunk()
      if (chunk && chunk.rowCount > 0) return chunk
    } catch (error) {
      this.#done = true
      throw this.#ended(error)
    }
    this.#done = true
    this.#ended(undefined)
    return null
  }

  async close(): Promise<void> {
    if (this.#done) return
    this.#interrupt()
    try {
      while (await this.#fetch());
    } catch (error) {
      if ((error as TraceError).code !== 'ERR_INTERRUPTED') throw error
    }
  }
}

/** DuckDB's error as ours: ERR_INTERRUPTED or ERR_SQL, in one line without the statement's text. */
export function sqlError(error: unknown): TraceError {
  if (error instanceof TraceError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (text.startsWith('INTERRUPT Error')) {
    return new TraceError('ERR_INTERRUPTED', 'the statement was interrupted', { cause: error })
  }
  const message = (text.split('\nLINE ')[0] as string)
    .trim()
    .split(/\s*\n\s*/)
    .join(' ')
  return new TraceError('ERR_SQL', message, { cause: error })
}
