/**
 * Relations as SQL sees them without an import: one table function, `trace_scan(schema, name)`,
 * that pulls a relation's batches on the JavaScript thread and writes them into DuckDB's chunks,
 * decoding only the columns that the query names.
 *
 * Strings in a chunk point into memory that this scan owns. DuckDB is done with a chunk when it
 * calls for the next one: whatever keeps rows longer (sorts, hash tables, result buffers) copies
 * them. The memory is released when the statement has ended.
 */
import type { BatchReader, Relation } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import {
  type Connection,
  type DataChunk,
  duckdb,
  logicalType,
  type TableFunctionBindInfo,
  type TableFunctionInfo,
  type TableFunctionInitInfo,
} from './binding.ts'
import { StringEntries } from './string-entries.ts'
import { ChunkWriter } from './vector.ts'

/** Name of the table function behind every relation's view. */
export const SCAN_FUNCTION = 'trace_scan'

/** One relation and what this process has done with it. */
export interface ScanTarget {
  readonly relation: Relation
  /** Rows have been read by an earlier statement. */
  scanned: boolean
}

/** The scans of one connection; knows what the current statement touches. */
export class Scans {
  /** Targets the current statement bound, with how often. */
  readonly bound: Map<ScanTarget, number> = new Map()
  readonly #find: (schema: string, name: string) => ScanTarget | undefined
  readonly #open = new Set<Scan>()
  #failure: unknown

  constructor(find: (schema: string, name: string) => ScanTarget | undefined) {
    this.#find = find
  }

  /** Makes `trace_scan` known to the connection. */
  register(connection: Connection): void {
    const made = duckdb.create_table_function()
    const text = logicalType('VARCHAR')
    duckdb.table_function_set_name(made, SCAN_FUNCTION)
    duckdb.table_function_add_parameter(made, text)
    duckdb.table_function_add_parameter(made, text)
    duckdb.table_function_supports_projection_pushdown(made, true)
    duckdb.table_function_set_bind(made, (info) => this.#bind(info))
    duckdb.table_function_set_init(made, (info) => this.#init(info))
    duckdb.table_function_set_function(made, (info, chunk) => this.#next(info, chunk))
    duckdb.register_table_function(connection, made)
    duckdb.destroy_table_function_sync(made)
  }

  /** A statement begins: what earlier ones bound is forgotten. */
  begin(): void {
    this.bound.clear()
    this.#failure = undefined
  }

  /** The statement has ended, DuckDB reads no more: closes readers, returns what one threw. */
  end(): unknown {
    for (const scan of this.#open) scan.close()
    this.#open.clear()
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  #bind(info: TableFunctionBindInfo): void {
    const [schema, name] = [0, 1].map((i) => duckdb.get_varchar(duckdb.bind_get_parameter(info, i)))
    const target = this.#find(schema as string, name as string)
    if (!target) {
      duckdb.bind_set_error(info, `the trace has no relation ${schema}.${name}`)
      return
    }
    for (const column of target.relation.columns) {
      duckdb.bind_add_result_column(info, column.name, logicalType(column.type))
    }
    duckdb.bind_set_cardinality(info, target.relation.estimatedRows, false)
    duckdb.bind_set_bind_data(info, target)
    this.bound.set(target, (this.bound.get(target) ?? 0) + 1)
  }

  #init(info: TableFunctionInitInfo): void {
    const target = duckdb.init_get_bind_data(info) as ScanTarget
    const projection: number[] = []
    for (let i = 0; i < duckdb.init_get_column_count(info); i++) {
      projection.push(duckdb.init_get_column_index(info, i))
    }
    const scan = new Scan(target, projection)
    this.#open.add(scan)
    duckdb.init_set_max_threads(info, 1)
    duckdb.init_set_init_data(info, scan)
  }

  #next(info: TableFunctionInfo, chunk: DataChunk): void {
    const scan = duckdb.function_get_init_data(info) as Scan
    try {
      scan.next(chunk)
    } catch (error) {
      scan.close()
      this.#failure ??= error
      duckdb.function_set_error(info, messageOf(error))
    }
  }
}

/** One running scan: a reader, opened on the first call, and the strings its chunks point to. */
class Scan {
  readonly #target: ScanTarget
  readonly #projection: readonly number[]
  readonly #strings = new StringEntries()
  readonly #writer: ChunkWriter
  #reader: BatchReader | undefined
  #closed = false

  constructor(target: ScanTarget, projection: readonly number[]) {
    const { columns } = target.relation
    this.#target = target
    this.#projection = projection.filter((index) => index < columns.length)
    this.#writer = new ChunkWriter(
      this.#projection.map((index) => columns[index] as (typeof columns)[number]),
    )
  }

  /** Fills the chunk with the next rows; leaves it empty at the end. */
  next(chunk: DataChunk): void {
    if (this.#closed) return
    this.#target.scanned = true
    this.#reader ??= this.#target.relation.scan(this.#projection)
    for (;;) {
      const batch = this.#reader.next()
      if (!batch) {
        this.#reader.close()
        this.#reader = undefined
        this.#closed = true
        return
      }
      if (batch.rows > 0) {
        this.#writer.write(chunk, batch, this.#strings.of(batch.pool))
        return
      }
    }
  }

  close(): void {
    this.#closed = true
    this.#reader?.close()
    this.#reader = undefined
    this.#strings.free()
  }
}

function messageOf(error: unknown): string {
  if (error instanceof TraceError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
