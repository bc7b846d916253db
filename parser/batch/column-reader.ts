/**
 * Compiles a `ReadSpec` into a function that decodes one column for a run of rows. Column by column
 * needs no code generation, and a handful of loops stay monomorphic however many event types a
 * trace has. Multi-byte values are read in file byte order; records are only 4-byte aligned.
 */
import { SIZE, STRIDE } from '../ring/record-block.ts'
import type { ColumnBuilder } from './column-builder.ts'
import type { StringPool } from './string-pool.ts'
import type { Extent, ReadSpec } from './types.ts'

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

/** Bytes a record must have for the spec's fixed part to be readable. */
export function bytesNeeded(read: ReadSpec): number {
  switch (read.op) {
    case 'int':
    case 'bool':
    case 'printkString':
      return read.offset + read.size
    case 'bprint':
      return 0
    case 'callers':
      return read.offset
    default: {
      const { extent } = read
      return extent.offset + (extent.at === 'rest' ? 0 : extent.size)
    }
  }
}

/** The reader of one column; the rows' fixed parts are known to lie inside their records. */
export function createColumnReader(
  read: ReadSpec,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  switch (read.op) {
    case 'int':
      return createIntReader(read.offset, read.size, read.signed, out, context)
    case 'bool':
      return createBoolReader(read.offset, read.size, out, context)
    case 'text':
      return createTextReader(read.extent, read.trimNewline, out, context)
    case 'blob':
      return createBlobReader(read.extent, out, context)
    case 'list':
      return createListReader(read.extent, read.elementSize, read.signed, out, context)
    case 'bits':
      return createBitsReader(read.extent, read.wordSize, out, context)
    case 'callers':
      return createCallersReader(read, out, context)
    case 'bprint':
      return createBprintReader(out, context)
    case 'printkString':
      return createPrintkReader(read.offset, read.size, out, context)
  }
}

function createIntReader(
  at: number,
  size: number,
  signed: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, bytes, littleEndian: le } = context
  if (size === 4 && out.width === 4)
    return (words, from, to) => {
      const target = out.u32
      for (let i = from; i < to; i++) target[i] = view.getUint32(words[i * STRIDE]! + at, le)
    }
  if (size === 8 && out.width === 8)
    return (words, from, to) => {
      const target = out.u32
      const low = at + (le ? 0 : 4)
      const high = at + (le ? 4 : 0)
      for (let i = from; i < to; i++) {
        target[2 * i] = view.getUint32(words[i * STRIDE]! + low, le)
        target[2 * i + 1] = view.getUint32(words[i * STRIDE]! + high, le)
      }
    }
  if (size === 2 && out.width === 2)
    return (words, from, to) => {
      const target = out.u16
      for (let i = from; i < to; i++) target[i] = view.getUint16(words[i * STRIDE]! + at, le)
    }
  if (size === 1 && out.width === 1)
    return (words, from, to) => {
      const target = out.u8
      for (let i = from; i < to; i++) target[i] = bytes[words[i * STRIDE]! + at]!
    }
  return (words, from, to) => {
    for (let i = from; i < to; i++)
      storeInt(view, words[i * STRIDE]! + at, size, signed, le, out, i)
  }
}

/** Reads an integer of `size` bytes and stores it as element `index`, widened or truncated. */
function storeInt(
  view: DataView,
  at: number,
  size: number,
  signed: boolean,
  le: boolean,
  out: ColumnBuilder,
  index: number,
): void {
  let low = 0
  let high = 0
  if (size === 8) {
    low = view.getUint32(at + (le ? 0 : 4), le)
    high = view.getUint32(at + (le ? 4 : 0), le)
  } else {
    if (size === 4) low = view.getInt32(at, le)
    else if (size === 2) low = signed ? view.getInt16(at, le) : view.getUint16(at, le)
    else low = signed ? view.getInt8(at) : view.getUint8(at)
    high = signed && low < 0 ? 0xffffffff : 0
  }
  if (out.width === 8) {
    out.u32[2 * index] = low
    out.u32[2 * index + 1] = high
  } else if (out.width === 4) out.u32[index] = low
  else if (out.width === 2) out.u16[index] = low
  else out.u8[index] = low
}

function createBoolReader(
  at: number,
  size: number,
  out: ColumnBuilder,
  { bytes }: DecodeContext,
): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      let any = 0
      for (let k = 0; k < size; k++) any |= bytes[words[i * STRIDE]! + at + k]!
      out.u8[i] = any === 0 ? 0 : 1
    }
  }
}

/** Finds an extent in a record; after `locate` answers true, `start` and `end` are arena offsets. */
class Locator {
  start = 0
  end = 0
  readonly #extent: Extent
  readonly #context: DecodeContext

  constructor(extent: Extent, context: DecodeContext) {
    this.#extent = extent
    this.#context = context
  }

  /** False when the bytes are not inside the record (then counted). */
  locate(offset: number, size: number): boolean {
    const extent = this.#extent
    if (extent.at === 'fixed') {
      this.start = offset + extent.offset
      this.end = this.start + extent.size
      return true
    }
    if (extent.at === 'rest') {
      this.start = offset + extent.offset
      this.end = offset + size
      return true
    }
    const { view, littleEndian } = this.#context
    const at = offset + extent.offset
    let place: number
    let length: number
    if (extent.size === 2) {
      place = view.getUint16(at, littleEndian)
      length = Math.max(0, size - place)
    } else {
      const word = view.getUint32(at, littleEndian)
      place = word & 0xffff
      length = word >>> 16
    }
    if (extent.at === 'relLoc') place += extent.offset + extent.size
    this.start = offset + place
    this.end = this.start + length
    if (place + length <= size) return true
    this.#context.outOfBounds()
    return false
  }
}

function createTextReader(
  extent: Extent,
  trimNewline: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { bytes, pool } = context
  const locator = new Locator(extent, context)
  const dynamic = extent.at === 'dataLoc' || extent.at === 'relLoc'
  return (words, from, to) => {
    const target = out.u32
    for (let i = from; i < to; i++) {
      // A dynamic string of length 0 has not even its NUL: the kernel could not read it.
      if (
        !locator.locate(words[i * STRIDE]!, words[i * STRIDE + SIZE]!) ||
        (dynamic && locator.end === locator.start)
      ) {
        out.setNull(i)
        continue
      }
      target[i] = internText(bytes, locator.start, locator.end, trimNewline, pool)
    }
  }
}

function internText(
  bytes: Uint8Array,
  start: number,
  end: number,
  trimNewline: boolean,
  pool: StringPool,
): number {
  let hash = 0x811c9dc5
  let seen = 0
  let at = start
  while (at < end) {
    const byte = bytes[at]!
    if (byte === 0) break
    hash = Math.imul(hash ^ byte, 0x01000193)
    seen |= byte
    at++
  }
  if (trimNewline && at > start && bytes[at - 1] === 10)
    return pool.internText(bytes, start, at - 1)
  return seen < 0x80
    ? pool.internHashed(bytes, start, at, hash >>> 0)
    : pool.internText(bytes, start, at)
}

function createBlobReader(extent: Extent, out: ColumnBuilder, context: DecodeContext): ReadColumn {
  const { bytes, pool } = context
  const locator = new Locator(extent, context)
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      if (locator.locate(words[i * STRIDE]!, words[i * STRIDE + SIZE]!))
        out.u32[i] = pool.intern(bytes, locator.start, locator.end)
      else out.setNull(i)
    }
  }
}

function createListReader(
  extent: Extent,
  elementSize: number,
  signed: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, littleEndian } = context
  const locator = new Locator(extent, context)
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      if (!locator.locate(words[i * STRIDE]!, words[i * STRIDE + SIZE]!)) {
        out.setNull(i)
        continue
      }
      const count = Math.floor((locator.end - locator.start) / elementSize)
      out.growElements(count)
      for (let k = 0; k < count; k++)
        storeInt(
          view,
          locator.start + k * elementSize,
          elementSize,
          signed,
          littleEndian,
          out,
          out.elements + k,
        )
      out.elements += count
      out.offsets![i + 1] = out.elements
    }
  }
}

/** Numbers of the set bits; bit b of word w is number w * wordBits + b (kernel `include/linux/bitmap.h`). */
function createBitsReader(
  extent: Extent,
  wordSize: number,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { bytes, littleEndian } = context
  const locator = new Locator(extent, context)
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      if (!locator.locate(words[i * STRIDE]!, words[i * STRIDE + SIZE]!)) {
        out.setNull(i)
        continue
      }
      const { start, end } = locator
      const whole = littleEndian ? end - start : end - start - ((end - start) % wordSize)
      out.growElements(whole * 8)
      for (let k = 0; k < whole; k++) {
        const inWord = k % wordSize
        let byte = bytes[littleEndian ? start + k : start + k - inWord + (wordSize - 1 - inWord)]!
        for (let bit = k * 8; byte !== 0; bit++, byte >>>= 1)
          if ((byte & 1) !== 0) out.u16[out.elements++] = bit
      }
      out.offsets![i + 1] = out.elements
    }
  }
}

function createCallersReader(
  read: Extract<ReadSpec, { op: 'callers' }>,
  out: ColumnBuilder,
  { view, littleEndian }: DecodeContext,
): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      const at = words[i * STRIDE]!
      const room = Math.floor((words[i * STRIDE + SIZE]! - read.offset) / read.elementSize)
      const count = Math.max(0, Math.min(view.getInt32(at + read.countOffset, littleEndian), room))
      out.growElements(count)
      for (let k = 0; k < count; k++)
        storeInt(
          view,
          at + read.offset + k * read.elementSize,
          read.elementSize,
          false,
          littleEndian,
          out,
          out.elements + k,
        )
      out.elements += count
      out.offsets![i + 1] = out.elements
    }
  }
}

const encoder = new TextEncoder()

function internString(text: string, pool: StringPool): number {
  const bytes = encoder.encode(text)
  return pool.intern(bytes, 0, bytes.length)
}

function readAddress(view: DataView, at: number, size: number, littleEndian: boolean): bigint {
  return size === 8 ? view.getBigUint64(at, littleEndian) : BigInt(view.getUint32(at, littleEndian))
}

function createPrintkReader(
  at: number,
  size: number,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, littleEndian, pool, texts } = context
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      const address = readAddress(view, words[i * STRIDE]! + at, size, littleEndian)
      const text = texts.printk(address) ?? `0x${address.toString(16)}`
      out.u32[i] = internString(text, pool)
    }
  }
}

function createBprintReader(out: ColumnBuilder, { view, pool, texts }: DecodeContext): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++)
      out.u32[i] = internString(
        texts.bprint(view, words[i * STRIDE]!, words[i * STRIDE + SIZE]!),
        pool,
      )
  }
}
