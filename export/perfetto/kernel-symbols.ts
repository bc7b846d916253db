/** Names of places in the kernel, for events that say where they happened. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'

/** Fields that hold an address of the kernel's code. */
export const CODE_FIELDS: readonly string[] = [
  'ip',
  'parent_ip',
  'call_site',
  'caller_ip',
  'location',
  'func',
  'function',
]

const SYMBOLS = `
select distinct address, end_address, name from symbol_pages order by address, name`

/** Symbols of one recording, by address. */
export class KernelSymbols {
  readonly #starts: BigUint64Array
  readonly #ends: BigUint64Array
  readonly #names: readonly string[]
  readonly #known = new Map<bigint, string | undefined>()

  private constructor(starts: BigUint64Array, ends: BigUint64Array, names: readonly string[]) {
    this.#starts = starts
    this.#ends = ends
    this.#names = names
  }

  /** Reads the symbols that were recorded. */
  static async read(database: TraceDatabase): Promise<KernelSymbols> {
    const { rows } = await database.all(SYMBOLS)
    const column = (i: number): BigUint64Array =>
      BigUint64Array.from(rows, (row) => row[i] as bigint)
    return new KernelSymbols(
      column(0),
      column(1),
      rows.map((row) => String(row[2])),
    )
  }

  /** A place as the macro `sym` names it, `vfs_read+0x1f`; undefined where no symbol is known. */
  nameOf(address: bigint): string | undefined {
    if (!this.#known.has(address)) this.#known.set(address, this.#find(address))
    return this.#known.get(address)
  }

  #find(address: bigint): string | undefined {
    let [low, high] = [0, this.#starts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= address) low = middle + 1
      else high = middle
    }
    const at = low - 1
    if (at < 0 || address >= this.#ends[at]!) return undefined
    const offset = address - this.#starts[at]!
    return offset === 0n ? this.#names[at]! : `${this.#names[at]!}+0x${offset.toString(16)}`
  }
}
