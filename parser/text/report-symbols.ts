/**
 * Symbols as the reference tool finds them. Where several share an address, which one it shows depends
 * on how its binary search happens to go, so the same search is made here: over all symbols by
 * address, later lines of kallsyms first, halving from the middle, taking the first that fits. The
 * last symbol is found by its own address only.
 */
import { type SymbolHit, type SymbolTable, sortedCode } from '../event/symbols.ts'

/** Finds symbols by address. */
export class ReportSymbols {
  readonly #table: SymbolTable
  #order: Uint32Array | undefined

  constructor(table: SymbolTable) {
    this.#table = table
  }

  /** The symbol that an address lies in. */
  lookup(address: bigint): SymbolHit | undefined {
    const i = this.find(address)
    return i < 0 ? undefined : this.#table.hit(i, address)
  }

  /** The same as a number, -1 where there is none. */
  find(address: bigint): number {
    this.#order ??= reportOrder(this.#table)
    const order = this.#order
    const { addresses } = this.#table.columns
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const start = addresses[order[middle]!]!
      if (start === address) return order[middle]!
      if (start > address) high = middle
      else {
        const next = middle + 1 < order.length ? addresses[order[middle + 1]!]! : 0n
        if (address < next) return order[middle]!
        low = middle + 1
      }
    }
    return -1
  }
}

/** By address; those that share one, in reverse. */
function reportOrder({ bytes, columns }: SymbolTable): Uint32Array {
  const order = sortedCode(bytes, columns, true)
  const { addresses } = columns
  const halves = new Uint32Array(addresses.buffer)
  for (let from = 0; from < order.length; ) {
    const low = halves[2 * order[from]!]
    const high = halves[2 * order[from]! + 1]
    let to = from + 1
    while (
      to < order.length &&
      halves[2 * order[to]!] === low &&
      halves[2 * order[to]! + 1] === high
    )
      to++
    if (to - from > 1) order.subarray(from, to).reverse()
    from = to
  }
  return order
}
