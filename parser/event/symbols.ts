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

function readColumns(bytes: Uint8Array): SymbolColumns {
  const room = countLines(bytes)
  const addresses = new BigUint64Array(room)
  // Two 32-bit halves of each address, little-endian as every host this runs on.
  const halves = new Uint32Array(addresses.buffer)
  const types = new Uint8Array(room)
  const nameStart = new Uint32Array(room)
  const nameEnd = new Uint32Array(room)
  const module = new Uint32Array(room)
  const modules = ['']
  const moduleIds = new Map([['', 0]])
  let count = 0
  for (let at = 0; at < bytes.length && count < room; ) {
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline < 0 ? bytes.length : newline
    const digitsEnd = readAddress(bytes, at, end, halves, count * 2)
    at = end + 1
    if (digitsEnd < 0 || digitsEnd + 3 >= end || bytes[digitsEnd + 2] !== BLANK) continue
    const name = digitsEnd + 3
    const tab = indexOfByte(bytes, TAB, name, end)
    types[count] = bytes[digitsEnd + 1]!
    nameStart[count] = name
    nameEnd[count] = Math.min(tab, name + MAX_NAME)
    if (tab < end) module[count] = moduleId(bytes, tab + 1, end, moduleIds, modules)
    count++
  }
  return {
    count,
    addresses: addresses.subarray(0, count),
    types: types.subarray(0, count),
    nameStart: nameStart.subarray(0, count),
    nameEnd: nameEnd.subarray(0, count),
    module: module.subarray(0, count),
    modules,
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 1
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === NEWLINE) lines++
  return Math.min(lines, MAX_SYMBOLS, (bytes.length >> 2) + 1)
}

/** Reads hex digits up to a blank into two halves; returns the blank's place, -1 when malformed. */
function readAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
  halves: Uint32Array,
  at: number,
): number {
  let high = 0
  let low = 0
  let i = start
  for (; i < end && i < start + 16; i++) {
    const digit = hexDigit(bytes[i]!)
    if (digit < 0) break
    high = ((high << 4) | (low >>> 28)) >>> 0
    low = ((low << 4) | digit) >>> 0
  }
  if (i === start || i >= end || bytes[i] !== BLANK) return -1
  halves[at] = low
  halves[at + 1] = high
  return i
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i
  return end
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
