/** Columns: how a record's bytes become typed values, independent of any engine. */

/** Integer column types, spelled as DuckDB spells them. */
export type IntegerType =
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'UTINYINT'
  | 'USMALLINT'
  | 'UINTEGER'
  | 'UBIGINT'

/** Column types, spelled as DuckDB spells them. */
export type ColumnType = IntegerType | 'BOOLEAN' | 'VARCHAR' | 'BLOB' | `${IntegerType}[]`

/** Where a run of bytes is in a record. */
export type Extent =
  | { readonly at: 'fixed'; readonly offset: number; readonly size: number }
  | { readonly at: 'rest'; readonly offset: number }
  | { readonly at: 'dataLoc'; readonly offset: number; readonly size: number }
  | { readonly at: 'relLoc'; readonly offset: number; readonly size: number }

/** How one column's value is read from a record. */
export type ReadSpec =
  /** Integer of `size` bytes in file byte order at `offset`, sign- or zero-extended or truncated to the column type. */
  | { readonly op: 'int'; readonly offset: number; readonly size: number; readonly signed: boolean }
  | { readonly op: 'bool'; readonly offset: number; readonly size: number }
  /** Text to the first NUL; `trimNewline` drops one final newline. */
  | { readonly op: 'text'; readonly extent: Extent; readonly trimNewline: boolean }
  | { readonly op: 'blob'; readonly extent: Extent }
  /** Integers of `elementSize` bytes, widened to the list's element type. */
  | {
      readonly op: 'list'
      readonly extent: Extent
      readonly elementSize: number
      readonly signed: boolean
    }
  /** Numbers of the set bits of a mask made of `wordSize`-byte words in file byte order. */
  | { readonly op: 'bits'; readonly extent: Extent; readonly wordSize: number }
  /** Formatted text of a `bprint` record. */
  | { readonly op: 'bprint' }
  /** Text that a pointer stands for in printk_formats, else `0x…`. */
  | { readonly op: 'printkString'; readonly offset: number; readonly size: number }
  /** kernel_stack's callers: `size` entries at most, never beyond the record. */
  | {
      readonly op: 'callers'
      readonly countOffset: number
      readonly offset: number
      readonly elementSize: number
    }

/** One column of an event table that comes from the record itself. */
export interface ColumnSpec {
  /** SQL column name. */
  readonly name: string
  readonly type: ColumnType
  readonly read: ReadSpec
}
