/**
 * The unit that flows from decoder to sink: a bounded run of rows of one table, column by column,
 * in the host's (little-endian) byte order. A batch is lent: the receiver must be done with its
 * arrays, or have copied them, before it asks for the next one.
 */
import type { ColumnType } from './types.ts'

/** Rows a batch holds at most; DuckDB's vector size, so that a batch is one data chunk. */
export const BATCH_ROWS = 2048

/** Name and type of one column. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** A table's identity and columns: `kmem.kmalloc` is `{ schema: 'kmem', name: 'kmalloc' }`. */
export interface TableSchema {
  readonly schema: string
  readonly name: string
  readonly columns: readonly Column[]
}

/** Distinct byte strings that text and blob columns refer to by id. */
export interface BytePool {
  /** Changes whenever ids are given out anew, and differs between pools; ids of an older one are void. */
  readonly generation: number
  /** Strings in the pool; ids are 0 … count-1. */
  readonly count: number
  /** All strings back to back; valid UTF-8 for text columns, anything for blobs. */
  readonly bytes: Uint8Array
  /** String `i` is `bytes[start[i] … start[i + 1]]`. */
  readonly start: Uint32Array
}

/** Values of one column. */
export interface ColumnData {
  /**
   * Scalars: one element a row (BOOLEAN in a Uint8Array, BIGINT in a BigInt64Array, …).
   * VARCHAR and BLOB: Uint32Array of pool ids. Lists: the elements of all rows back to back.
   */
  readonly values:
    | Int8Array
    | Uint8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | BigInt64Array
    | BigUint64Array
  /** Bit i of byte i>>3 set = row i holds a value; null = all rows do. At least BATCH_ROWS/8 bytes. */
  readonly validity: Uint8Array | null
  /** Lists only: elements of row i are `values[offsets[i] … offsets[i + 1]]`. */
  readonly offsets: Uint32Array | null
}

/** Up to BATCH_ROWS rows of one table; arrays may be longer than `rows`. */
export interface ColumnBatch {
  readonly table: TableSchema
  /** Indexes into `table.columns`, one for each entry of `columns`. */
  readonly projection: readonly number[]
  readonly rows: number
  readonly columns: readonly ColumnData[]
  readonly pool: BytePool
}

/** A pull source of batches; synchronous, because DuckDB's table functions are. */
export interface BatchReader {
  /** The next batch, or null at the end. */
  next(): ColumnBatch | null
  close(): void
}

/** Something that can be read as a table, decoding only the columns asked for. */
export interface Relation extends TableSchema {
  /** Rows it will give, as far as known, for the query planner. */
  readonly estimatedRows: number
  /** Starts a scan over the given columns (indexes into `columns`, in that order; may be empty: then only row counts matter). */
  scan(projection: readonly number[]): BatchReader
}

/** Where batches go. */
export interface BatchSink {
  write(batch: ColumnBatch): void | Promise<void>
  /** Finishes the output; only now may it appear under its name. */
  close(): Promise<void>
  /** Gives up and removes what was written. */
  abort(): Promise<void>
}

/** A sink for whole recordings. */
export interface TableSink extends BatchSink {
  /** No more rows of events come: what waits may be written while the rest is made. */
  settle?(): void
  /** Makes sure that tables exist, rows or none. */
  declare(tables: readonly TableSchema[]): Promise<void>
  /** Writes a whole relation as a table. */
  insertRelation(relation: Relation): Promise<void>
}
