/** What the readers of columns share. */
import type { StringPool } from './string-pool.ts'

/** What column readers share within one reader. */
export interface DecodeContext {
  readonly bytes: Uint8Array
  readonly view: DataView
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

/** Decodes rows `from … to` into the builder; `words` holds entry i, as in RecordBlock, for row i. */
export type ReadColumn = (words: Uint32Array, from: number, to: number) => void
