/**
 * Loads tables in parallel with the thread that makes their rows. Batches are put aside by table;
 * when a table has whole row groups, an `insert … select` over a table function takes them on a
 * thread of libuv's, asking the JavaScript thread for one batch at a time. Measured against
 * DuckDB's appender, whose flush works on the JavaScript thread: the same CPU, but two inserts and
 * the decoder run at once.
 *
 * What makes it so (DuckDB 1.5): with `preserve_insertion_order` off and more than one thread, an
 * insert of at least a row group's rows compresses and writes them itself, else in its commit,
 * where all wait for one. The threads are declared external: they are libuv's, and DuckDB starts
 * none that would only wait. As one thread reads the source, rows keep their order. Fewer rows than
 * a row group stay uncompressed in memory until a checkpoint, so those are counted. Nothing is
 * written to a log: the file counts only once it is complete.
 */
import type { ColumnBatch, TableSchema } from '../../batch/column-batch.ts'
import {
  type Connection,
  type DataChunk,
  duckdb,
  logicalType,
  quoteName,
  type TableFunctionBindInfo,
  type TableFunctionInfo,
  type TableFunctionInitInfo,
} from './binding.ts'
import { SlabStore } from './slabs.ts'
import { type StashedBatch, slice, stashBatch } from './stash.ts'
import { StringEntries } from './string-entries.ts'
import { ChunkWriter } from './vector.ts'

const FEED_FUNCTION = 'traceduck_feed'

/** What DuckDB takes for a column of a table until it is written, however few its rows are. */
const COLUMN_BYTES = 17e3

/** How to load. */
export interface LoaderOptions {
  /** Rows of a row group in the file. */
  readonly rowGroupRows: number
  /** Row groups that one statement takes; one more stays behind, so that a table's last has one. */
  readonly groupsAtOnce: number
  /** Takes all rows of the relation that `rows` spells in SQL into a table. */
  readonly take: (connection: Connection, table: TableSchema, rows: string) => Promise<unknown>
  /** Bytes of rows, and of their strings, that may wait in this process. */
  readonly stashBytes: number
  /** Bytes of rows that DuckDB may hold without having written them; no bound if it holds none. */
  readonly unwrittenBytes?: number
  /** Has DuckDB write what it holds, and forget what it remembers of what it wrote; called while no insert runs. */
  readonly checkpoint?: () => Promise<void>
  /** Rows after which it is called, however little DuckDB holds. */
  readonly checkpointRows?: number
}

/** A layout's rows on their way into a table. */
interface Lane {
  readonly id: number
  readonly table: TableSchema
  readonly writer: ChunkWriter
  /** Shared by all lanes into one table, which take turns. */
  readonly turn: { busy: boolean }
  waiting: StashedBatch[]
  rows: number
  bytes: number
  queued: boolean
  feeding: StashedBatch[]
  /** Bytes of long strings that DuckDB was given in its last statement. */
  longBytes: number
  /** DuckDB holds rows of it that are not written. */
  isHeld: boolean
  /** Given out in the last call; DuckDB is done with it at the next. */
  given: StashedBatch | undefined
}

/** Puts batches aside and inserts them. */
export class Loader {
  /** False while others read the database: DuckDB refuses to write what it holds. */
  mayCheckpoint = true
  readonly #options: LoaderOptions
  readonly #mostRows: number
  /** Rows from which a statement is made. */
  readonly #startRows: number
  readonly #idle: Connection[]
  readonly #store = new SlabStore()
  readonly #strings = new StringEntries()
  readonly #lanes: Lane[] = []
  readonly #byTable = new Map<TableSchema, Lane>()
  readonly #turns = new Map<string, { busy: boolean }>()
  #queue: Lane[] = []
  /** Of those, the ones that kept the oldest strings. */
  readonly #outdated = new Set<Lane>()
  #running = 0
  /** Bytes waiting, of those in lanes that are not queued, and in all. */
  #loose = 0
  #bytes = 0
  /** Since the last checkpoint: bytes that are not written, and all rows. */
  #unwritten = 0
  #rows = 0
  #draining = false
  #checkpointing = false
  #failure: unknown
  #sleepers: (() => void)[] = []

  /** `connections` are the loader's own, each used for one insert at a time. */
  constructor(connections: readonly Connection[], options: LoaderOptions) {
    this.#options = options
    this.#mostRows = options.groupsAtOnce * options.rowGroupRows
    this.#startRows = this.#mostRows + options.rowGroupRows
    this.#idle = [...connections]
    this.#register(connections[0] as Connection)
  }

  /** Bytes of rows that wait, and of all strings that are kept for them. */
  get waitingBytes(): number {
    return this.#bytes + this.#strings.memory.bytes
  }

  /**
   * Copies a batch and returns, or returns a promise when DuckDB needs this thread or falls behind.
   * Fails with what an earlier insert failed with.
   */
  add(batch: ColumnBatch): undefined | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const lane = this.#lane(batch.table)
    const stashed = stashBatch(batch, this.#strings.of(batch.pool), this.#store)
    lane.waiting.push(stashed)
    lane.rows += batch.rows
    lane.bytes += stashed.bytes
    this.#bytes += stashed.bytes
    if (!lane.queued) this.#loose += stashed.bytes
    if (lane.rows >= this.#startRows) this.#enqueue(lane)
    else if (this.#loose > this.#options.stashBytes / 2) this.#enqueue(this.#fattest())
    if (this.#strings.memory.bytes > this.#options.stashBytes / 2) this.#enqueueOldest()
    return this.#running > 0 || this.#checkpointing ? this.#yield(lane) : undefined
  }

  /** Inserts what waits, down to the last row of each table, whatever is added meanwhile. */
  settle(): void {
    this.#draining = true
    const full = this.#lanes.filter((lane) => lane.rows > 0)
    for (const lane of full.sort((a, b) => b.rows - a.rows)) this.#enqueue(lane)
  }

  /** Waits until everything added is in the database. */
  async drain(): Promise<void> {
    this.settle()
    while (this.#running > 0 || this.#checkpointing) await this.#sleep()
    this.#draining = false
    this.#store.clear()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Lets running inserts end early and forgets everything; resolves when none runs. */
  async stop(): Promise<void> {
    this.#failure ??= new Error('stopped')
    this.#queue = []
    for (const lane of this.#lanes) lane.feeding = []
    while (this.#running > 0 || this.#checkpointing) await this.#sleep()
    this.#strings.free()
  }

  #lane(table: TableSchema): Lane {
    const known = this.#byTable.get(table)
    if (known) return known
    const full = `${quoteName(table.schema)}.${quoteName(table.name)}`
    const turn = this.#turns.get(full) ?? { busy: false }
    this.#turns.set(full, turn)
    const id = this.#lanes.length
    const lane: Lane = {
      id,
      table,
      writer: new ChunkWriter(table.columns),
      turn,
      waiting: [],
      rows: 0,
      bytes: 0,
      queued: false,
      feeding: [],
      longBytes: 0,
      isHeld: false,
      given: undefined,
    }
    this.#lanes.push(lane)
    this.#byTable.set(table, lane)
    return lane
  }

  #fattest(): Lane {
    const loose = this.#lanes.filter((lane) => !lane.queued)
    return loose.reduce((fattest, lane) => (lane.bytes > fattest.bytes ? lane : fattest))
  }

  /**
   * Rows of rare events keep the strings of all that came with them: enqueues those that keep the oldest, unless
   * that are the strings that new rows add to, or others were enqueued for it before and wait.
   */
  #enqueueOldest(): void {
    if (this.#outdated.size > 0) return
    const generationOf = ({ waiting: [first], queued }: Lane): number =>
      first && !queued ? first.entries.generation : Number.POSITIVE_INFINITY
    const oldest = Math.min(...this.#lanes.map(generationOf))
    if (oldest >= (this.#strings.generation ?? oldest)) return
    for (const lane of this.#lanes) if (generationOf(lane) === oldest) this.#outdated.add(lane)
    for (const lane of [...this.#outdated]) this.#enqueue(lane)
  }

  #enqueue(lane: Lane): void {
    if (!lane.queued) {
      lane.queued = true
      this.#loose -= lane.bytes
      this.#queue.push(lane)
    }
    this.#start()
  }

  #start(): void {
    const { checkpoint } = this.#options
    if (this.mayCheckpoint && checkpoint && this.#isTimeToCheckpoint()) {
      this.#checkpoint(checkpoint)
      return
    }
    while (this.#idle.length > 0 && this.#failure === undefined) {
      const at = this.#queue.findIndex((lane) => !lane.turn.busy)
      if (at < 0) return
      const [lane] = this.#queue.splice(at, 1) as [Lane]
      this.#insert(lane, this.#idle.pop() as Connection)
    }
  }

  #isTimeToCheckpoint(): boolean {
    const most = Number.POSITIVE_INFINITY
    const { unwrittenBytes = most, checkpointRows = most } = this.#options
    return this.#unwritten > unwrittenBytes || this.#rows > checkpointRows
  }

  /** Has DuckDB write once the inserts that run have ended; none begins meanwhile. */
  #checkpoint(checkpoint: () => Promise<void>): void {
    if (this.#running > 0 || this.#checkpointing || this.#failure !== undefined) return
    this.#checkpointing = true
    checkpoint()
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#checkpointing = false
        this.#unwritten = 0
        this.#rows = 0
        for (const lane of this.#lanes) lane.isHeld = false
        this.#start()
        this.#wake()
      })
  }

  #insert(lane: Lane, connection: Connection): void {
    const rows = this.#takeRows(lane)
    this.#rows += rows
    lane.turn.busy = true
    this.#outdated.delete(lane)
    lane.queued = false
    this.#loose += lane.bytes
    const isHeld = rows < this.#options.rowGroupRows
    if (isHeld) this.#hold(lane)
    lane.longBytes = 0
    this.#running++
    const ended = (): void => {
      if (isHeld) this.#unwritten += lane.longBytes
      this.#ended(lane, connection)
    }
    this.#options
      .take(connection, lane.table, `${FEED_FUNCTION}(${lane.id})`)
      .then(ended, (error: unknown) => {
        this.#failure ??= error
        ended()
      })
  }

  #hold(lane: Lane): void {
    for (const { bytes } of lane.feeding) this.#unwritten += bytes
    if (!lane.isHeld) this.#unwritten += lane.table.columns.length * COLUMN_BYTES
    lane.isHeld = true
  }

  /** Moves rows of a lane to `feeding`: all, or whole row groups where there are some to leave behind. */
  #takeRows(lane: Lane): number {
    const whole = Math.min(this.#mostRows, lane.rows - (lane.rows % this.#options.rowGroupRows))
    const isLast = this.#draining && lane.rows < this.#startRows
    const wanted = isLast || whole === 0 ? lane.rows : whole
    let rows = 0
    let count = 0
    while (rows < wanted) rows += (lane.waiting[count++] as StashedBatch).batch.rows
    const taken = lane.waiting.splice(0, count)
    if (rows > wanted) {
      const last = taken.pop() as StashedBatch
      const cut = last.batch.rows - (rows - wanted)
      taken.push(slice(last, 0, cut, false))
      lane.waiting.unshift(slice(last, cut, last.batch.rows, true))
    }
    lane.feeding = taken
    lane.rows -= wanted
    for (const { bytes } of taken) lane.bytes -= bytes
    return wanted
  }

  #ended(lane: Lane, connection: Connection): void {
    this.#release(lane)
    this.#running--
    lane.turn.busy = false
    this.#idle.push(connection)
    if (lane.rows >= (this.#draining ? 1 : this.#startRows)) this.#enqueue(lane)
    else this.#start()
    this.#wake()
  }

  /** DuckDB has taken over what it was given last. */
  #release(lane: Lane): void {
    const { given } = lane
    if (!given) return
    lane.given = undefined
    given.entries.release()
    this.#bytes -= given.bytes
    if (given.room) this.#store.give(given.room)
    this.#wake()
  }

  /** Turns the event loop once, for DuckDB's calls, and longer while too much waits, in all or for this lane's turn. */
  async #yield(lane: Lane): Promise<void> {
    await new Promise(setImmediate)
    while (this.#isTooMuch(lane) && (this.#running > 0 || this.#checkpointing)) await this.#sleep()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** More rows of a table whose turn it is already than two statements take would wait for nothing. */
  #isTooMuch(lane: Lane): boolean {
    if (lane.turn.busy && lane.rows >= this.#startRows + this.#mostRows) return true
    return this.waitingBytes > this.#options.stashBytes
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => this.#sleepers.push(resolve))
  }

  #wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const resolve of sleepers) resolve()
  }

  #register(connection: Connection): void {
    const made = duckdb.create_table_function()
    duckdb.table_function_set_name(made, FEED_FUNCTION)
    duckdb.table_function_add_parameter(made, logicalType('INTEGER'))
    duckdb.table_function_set_bind(made, (info) => this.#bind(info))
    duckdb.table_function_set_init(made, (info) => init(info))
    duckdb.table_function_set_function(made, (info, chunk) => this.#feed(info, chunk))
    duckdb.register_table_function(connection, made)
    duckdb.destroy_table_function_sync(made)
  }

  #bind(info: TableFunctionBindInfo): void {
    const lane = this.#lanes[duckdb.get_int32(duckdb.bind_get_parameter(info, 0))] as Lane
    for (const column of lane.table.columns) {
      duckdb.bind_add_result_column(info, column.name, logicalType(column.type))
    }
    duckdb.bind_set_cardinality(info, this.#mostRows, false)
    duckdb.bind_set_bind_data(info, lane)
  }

  #feed(info: TableFunctionInfo, chunk: DataChunk): void {
    const lane = duckdb.function_get_init_data(info) as Lane
    this.#release(lane)
    const next = lane.feeding.shift()
    if (!next) return
    lane.given = next
    try {
      lane.longBytes += lane.writer.write(chunk, next.batch, next.entries)
    } catch (error) {
      this.#failure ??= error
      duckdb.function_set_error(info, (error as Error).message)
    }
  }
}

function init(info: TableFunctionInitInfo): void {
  duckdb.init_set_max_threads(info, 1)
  duckdb.init_set_init_data(info, duckdb.init_get_bind_data(info) as Lane)
}
