/** Symbols as text: `name` and `name+0xoffset`, each made once for an address that comes again. */
import type { SymbolHit, SymbolTable } from '../event/symbols.ts'
import { TextCache } from './text-cache.ts'
import type { TextSink } from './text-sink.ts'

const PLACES = 4096

/** Where names come from. */
export type Symbols = Pick<SymbolTable, 'lookup' | 'find'>

/** Writes what kernel addresses are called; the symbols are asked for on first use. */
export class AddressNames {
  readonly #symbols: () => Symbols
  readonly #names = new TextCache(PLACES)
  readonly #offsets = new TextCache(PLACES)
  /** Numbers of symbols, direct-mapped by address; a place without an address holds -2. */
  readonly #found = new Int32Array(PLACES).fill(-2)
  readonly #foundHigh = new Int32Array(PLACES)
  readonly #foundLow = new Int32Array(PLACES)

  constructor(symbols: () => Symbols) {
    this.#symbols = symbols
  }

  /** The symbol an address given as two halves lies in. */
  lookup(high: number, low: number): SymbolHit | undefined {
    return this.#symbols().lookup((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))
  }

  /** A number for the symbol an address lies in, -1 where there is none. */
  symbolOf(high: number, low: number): number {
    const place = (Math.imul(low ^ Math.imul(high, 31), 0x9e3779b1) >>> 12) & (PLACES - 1)
    const known = this.#foundHigh[place] === (high | 0) && this.#foundLow[place] === (low | 0)
    if (known && this.#found[place] !== -2) return this.#found[place]!
    const found = this.#symbols().find((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))
    this.#foundHigh[place] = high
    this.#foundLow[place] = low
    this.#found[place] = found
    return found
  }

  /** The symbol's name, or the address as `0x…` where no symbol is known. */
  writeName(high: number, low: number, sink: TextSink): void {
    if (this.#names.write(high, low, sink)) return
    const start = sink.length
    const symbol = this.lookup(high, low)
    if (symbol) sink.latin1(Buffer.from(symbol.name).toString('latin1'))
    else writeHexAddress(high, low, sink)
    this.#names.keep(high, low, sink, start)
  }

  /** The symbol's name and `+0x` offset, or the address as `0x…`. */
  writeNameOffset(high: number, low: number, sink: TextSink): void {
    if (this.#offsets.write(high, low, sink)) return
    const start = sink.length
    const symbol = this.lookup(high, low)
    if (symbol)
      sink.latin1(Buffer.from(`${symbol.name}+0x${symbol.offset.toString(16)}`).toString('latin1'))
    else writeHexAddress(high, low, sink)
    this.#offsets.keep(high, low, sink, start)
  }
}

/** `0x` and the address. */
export function writeHexAddress(high: number, low: number, sink: TextSink): void {
  sink.byte(0x30)
  sink.byte(0x78)
  sink.hex64(high, low)
}
