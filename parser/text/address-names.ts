/** Symbols as text: `name` and `name+0xoffset`, each made once for an address that comes again. */
import type { SymbolHit, SymbolTable } from '../event/symbols.ts'
import { TextCache } from './text-cache.ts'
import type { TextSink } from './text-sink.ts'

const PLACES = 4096

/** Where names come from. */
export type Symbols = Pick<SymbolTable, 'lookup' | 'lastAddress'>

/** Writes what kernel addresses are called; the symbols are asked for on first use. */
export class AddressNames {
  readonly #symbols: () => Symbols
  readonly #names = new TextCache(PLACES)
  readonly #offsets = new TextCache(PLACES)

  constructor(symbols: () => Symbols) {
    this.#symbols = symbols
  }

  /** The symbol an address given as two halves lies in; the last symbol has no known end. */
  lookup(high: number, low: number): SymbolHit | undefined {
    const address = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
    const symbols = this.#symbols()
    return address > symbols.lastAddress ? undefined : symbols.lookup(address)
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
