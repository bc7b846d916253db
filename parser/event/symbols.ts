/**
 * The file's copy of `/proc/kallsyms`: lines `<hex address> <type> <name>[\t[module]]`. Hundreds
 * of thousands of them are ordinary, so symbols are columns of numbers over the original bytes and
 * become strings one at a time. Authority: kernel `kernel/kallsyms.c` (s_show).
 */
import { decodeText } from './text.ts'

/** Most symbols that are kept; a distribution kernel with all its modules has about 250 000. */
export const MAX_SYMBOLS: number = 1 << 22

/** Bytes of a name that are kept; the kernel's KSYM_NAME_LEN is 512. */
const MAX_NAME = 1024

/** What an address is called. */
export interface SymbolHit {
  readonly name: string
  /** Bytes from the symbol's address. */
  readonly offset: bigint
  /** Module name without brackets, '' for the kernel itself. */
  readonly module: string
}

/**
 * Symbols of one recording. The columns are in file order and belong to the table; `bytes` must
 * not change while it is in use. Nothing is parsed before the first access.
 */
export class SymbolTable {
  readonly bytes: Uint8Array
  #columns: SymbolColumns | undefined
  #order: Uint32Array | undefined

  constructor(kallsyms: Uint8Array) {
    this.bytes = kallsyms
  }

  /** All symbols of the file, in file order; for bulk reading. */
  get columns(): SymbolColumns {
    this.#columns ??= readColumns(this.bytes)
    return this.#columns
  }

  /** Name of symbol `i`. */
  nameAt(i: number): string {
    const { nameStart, nameEnd } = this.columns
    return decodeText(this.bytes, nameStart[i]!, nameEnd[i]!)
  }

  /**
   * The symbol with the greatest address not above `address`, the first of the file where several
   * share it (as the kernel does); undefined below the first symbol. Mapping symbols (`$x`),
   * absolute symbols (per-CPU offsets) and addresses hidden as 0 are never found.
   */
  lookup(address: bigint): SymbolHit | undefined {
    const i = this.find(address)
    return i < 0 ? undefined : this.hit(i, address)
  }

  /** What symbol `i` says of an address in it. */
  hit(i: number, address: bigint): SymbolHit {
    const { addresses, modules, module } = this.columns
    return {
      name: this.nameAt(i),
      offset: address - addresses[i]!,
      module: modules[module[i]!]!,
    }
  }

  /** The same as a number in file order, -1 where there is none. */
  find(address: bigint): number {
    const { addresses } = this.columns
    this.#order ??= sortedCode(this.bytes, this.columns)
    const order = this.#order
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (addresses[order[middle]!]! <= address) low = middle + 1
      else high = middle
    }
    if (low === 0) return -1
    const found = addresses[order[low - 1]!]!
    while (low > 1 && addresses[order[low - 2]!] === found) low--
    return order[low - 1]!
  }
}

/** One entry a symbol in each array. */
export interface SymbolColumns {
  readonly count: number
  readonly addresses: BigUint64Array
  /** Character code of the type letter. */
  readonly types: Uint8Array
  /** Extents of the names in the table's `bytes`. */
  readonly nameStart: Uint32Array
  readonly nameEnd: Uint32Array
  /** Index into `modules`. */
  readonly module: Uint32Array
  /** Module names without brackets; the first is '' for the kernel itself. */
  readonly modules: readonly string[]
}

const NEWLINE = 0x0a
const BLANK = 0x20
const TAB = 0x09

/** What digits of addresses count, by character; -1 for all others. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(digit) ? -1 : digit
})

/** In one pass, into as much room as there can be lines: what is not written to is no memory. */
function readColumns(bytes: Uint8Array): SymbolColumns {
  const room = Math.min(MAX_SYMBOLS, (bytes.length >> 2) + 1)
  // Two 32-bit halves of each address, little-endian as every host this runs on.
  const halves = new Uint32Array(2 * room)
  const types = new Uint8Array(room)
  const nameStart = new Uint32Array(room)
  const nameEnd = new Uint32Array(room)
  const module = new Uint32Array(room)
  const modules = ['']
  const moduleIds = new Map([['', 0]])
  const { length } = bytes
  // Bytes of the last module's name, which the next line mostly has too.
  let last = 0
  let lastEnd = 0
  let lastId = 0
  let count = 0
  for (let at = 0; at < length && count < room; ) {
    const digitsEnd = readAddress(bytes, at, halves, count * 2)
    const name = digitsEnd + 3
    // A line that is none ends here or later.
    let i = digitsEnd < 0 ? at : digitsEnd
    let tab = -1
    for (; i < length && bytes[i] !== NEWLINE; i++) if (bytes[i] === TAB && tab < name) tab = i
    at = i + 1
    if (digitsEnd < 0 || name >= i || bytes[name - 1] !== BLANK) continue
    const hasModule = tab >= name
    types[count] = bytes[digitsEnd + 1]!
    nameStart[count] = name
    nameEnd[count] = Math.min(hasModule ? tab : i, name + MAX_NAME)
    if (hasModule) {
      if (!isSame(bytes, last, lastEnd, tab, i))
        lastId = moduleId(bytes, tab + 1, i, moduleIds, modules)
      last = tab
      lastEnd = i
      module[count] = lastId
    }
    count++
  }
  return {
    count,
    addresses: new BigUint64Array(halves.buffer.slice(0, count * 8)),
    types: types.slice(0, count),
    nameStart: nameStart.slice(0, count),
    nameEnd: nameEnd.slice(0, count),
    module: module.slice(0, count),
    modules,
  }
}

function isSame(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false
  for (let i = 0; i < aEnd - a; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}

/** Reads hex digits up to a blank into two halves; returns the blank's place, -1 when malformed. */
function readAddress(bytes: Uint8Array, start: number, halves: Uint32Array, at: number): number {
  let high = 0
  let low = 0
  let i = start
  for (const end = Math.min(bytes.length, start + 16); i < end; i++) {
    const digit = DIGITS[bytes[i]!]!
    if (digit < 0) break
    high = (high << 4) | (low >>> 28)
    low = (low << 4) | digit
  }
  if (i === start || i >= bytes.length || bytes[i] !== BLANK) return -1
  halves[at] = low
  halves[at + 1] = high
  return i
}

function moduleId(
  bytes: Uint8Array,
  start: number,
  end: number,
  ids: Map<string, number>,
  names: string[],
): number {
  const name = decodeText(bytes, start, end)
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
  const known = ids.get(name)
  if (known !== undefined) return known
  ids.set(name, names.length)
  return names.push(name) - 1
}

/** Indexes of the symbols that can name an address, by address and then file order; those at 0 if wanted. */
export function sortedCode(
  bytes: Uint8Array,
  columns: SymbolColumns,
  withHidden = false,
): Uint32Array {
  const { addresses, types, nameStart, count } = columns
  const halves = new Uint32Array(addresses.buffer)
  const order = new Uint32Array(count)
  let kept = 0
  let ascending = true
  let last = -1
  for (let i = 0; i < count; i++) {
    const isAbsolute = types[i] === 0x41 || types[i] === 0x61
    const isHidden = halves[2 * i] === 0 && halves[2 * i + 1] === 0
    if (isAbsolute || (isHidden && !withHidden) || bytes[nameStart[i]!] === 0x24) continue
    if (last >= 0 && compare(halves, last, i) > 0) ascending = false
    last = i
    order[kept++] = i
  }
  const sorted = order.subarray(0, kept)
  return ascending ? sorted : sorted.sort((a, b) => compare(halves, a, b) || a - b)
}

function compare(halves: Uint32Array, a: number, b: number): number {
  return halves[2 * a + 1]! - halves[2 * b + 1]! || halves[2 * a]! - halves[2 * b]!
}
