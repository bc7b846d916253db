/** What the readers of columns share. */
import type { StringPool } from './string-pool.ts'

/** What column readers share within one reader. */
export interface DecodeContext {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** The same memory in words; signed, so that every value is a small integer to V8. */
  readonly words: Int32Array
  /** True when all records begin on a word in the host's byte order: words may be read as such. */
  readonly aligned: boolean
  readonly littleEndian: boolean
  readonly pool: StringPool
  /** Resolves addresses for bprint and printk strings. */
  readonly texts: TextTables
  /** Counts a value that lies outside its record. */
  readonly outOfBounds: () => void
}

/** Look-ups that some ftrace events need to become text. */
export interface TextTables {
  /** Format or string stored under an address in printk_formats. */
  printk(address: bigint): string | undefined
  /** Formatted text of the bprint record of `size` bytes at arena `offset`. */
  bprint(view: DataView, offset: number, size: number): string
}

/** The records that rows come from. */
export interface Rows {
  /** Entry i, as in RecordBlock, is row i's. */
  readonly entries: Int32Array
  /** Of the rows being decoded, the arena offset of the payload and its bytes, closely packed. */
  readonly at: Uint32Array
  readonly size: Uint32Array
}

/** Decodes rows `from … to` into the builder. */
export type ReadColumn = (rows: Rows, from: number, to: number) => void
