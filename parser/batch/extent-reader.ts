/** Readers of columns whose bytes lie in a run somewhere in the record: text, bytes, lists, masks. */
import type { ColumnBuilder } from './column-builder.ts'
import type { DecodeContext, ReadColumn } from './decode-context.ts'
import { storeInt } from './store-int.ts'
import type { StringPool } from './string-pool.ts'
import type { Extent } from './types.ts'

/** Stores row `row`, whose bytes are `start … end` of the arena. */
type StoreExtent = (row: number, start: number, end: number) => void

/** Finds each row's bytes and stores them; those outside the record are NULL, and counted. */
function createExtentReader(
  extent: Extent,
  out: ColumnBuilder,
  context: DecodeContext,
  store: StoreExtent,
): ReadColumn {
  const { offset } = extent
  if (extent.at === 'fixed')
    return ({ at }, from, to) => {
      for (let i = from; i < to; i++) {
        const start = at[i]! + offset
        store(i, start, start + extent.size)
      }
    }
  if (extent.at === 'rest')
    return ({ at, size }, from, to) => {
      for (let i = from; i < to; i++) store(i, at[i]! + offset, at[i]! + size[i]!)
    }
  const { view, littleEndian } = context
  const base = extent.at === 'relLoc' ? offset + extent.size : 0
  return (rows, from, to) => {
    for (let i = from; i < to; i++) {
      const record = rows.at[i]!
      const size = rows.size[i]!
      // Old kernels store the place only; the data then reaches to the record's end.
      const short = extent.size === 2
      const word = short
        ? view.getUint16(record + offset, littleEndian)
        : view.getUint32(record + offset, littleEndian)
      const place = (word & 0xffff) + base
      const length = short ? Math.max(0, size - place) : word >>> 16
      if (place + length <= size) store(i, record + place, record + place + length)
      else {
        out.setNull(i)
        context.outOfBounds()
      }
    }
  }
}

/** Text to the first NUL, interned. */
export function createTextReader(
  extent: Extent,
  trimNewline: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { bytes, pool } = context
  const dynamic = extent.at === 'dataLoc' || extent.at === 'relLoc'
  const short = context.aligned && !trimNewline ? new ShortTexts(context) : undefined
  return createExtentReader(extent, out, context, (row, start, end) => {
    // A dynamic string of length 0 has not even its NUL: the kernel could not read it.
    if (dynamic && start === end) out.setNull(row)
    else if (short && (start & 3) === 0 && end - start <= SHORT_BYTES && start < end)
      out.u32[row] = short.intern(start, end)
    else out.u32[row] = internText(bytes, start, end, trimNewline, pool)
  })
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

/** Texts of so many bytes are compared as four words. */
const SHORT_BYTES = 16
const SHORT_SLOTS = 256

/**
 * Texts met lately, found by the words they consist of. Words are filled up with zeros, as text
 * ends at the first zero anyway.
 */
class ShortTexts {
  readonly #context: DecodeContext
  readonly #words: Int32Array
  readonly #texts = new Int32Array(4 * SHORT_SLOTS)
  readonly #ids = new Int32Array(SHORT_SLOTS)
  #generation = -1

  constructor(context: DecodeContext) {
    this.#context = context
    this.#words = context.words
  }

  /** Id of the text in `start … end`, which begins on a word and has 1 to SHORT_BYTES bytes. */
  intern(start: number, end: number): number {
    const { pool, bytes } = this.#context
    if (this.#generation !== pool.generation) {
      this.#generation = pool.generation
      this.#ids.fill(-1)
    }
    const words = this.#words
    const at = start >>> 2
    const last = (end - start - 1) >>> 2
    const mask = (-1 >>> (8 * (-end & 3))) | 0
    const a = last > 0 ? words[at]! : words[at]! & mask
    const b = last < 1 ? 0 : last > 1 ? words[at + 1]! : words[at + 1]! & mask
    const c = last < 2 ? 0 : last > 2 ? words[at + 2]! : words[at + 2]! & mask
    const d = last < 3 ? 0 : words[at + 3]! & mask
    const mixed = Math.imul(
      a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35),
      0x27d4eb2f,
    )
    const slot = (mixed ^ (mixed >>> 15)) & (SHORT_SLOTS - 1)
    const texts = this.#texts
    const t = 4 * slot
    const known = this.#ids[slot]!
    if (
      known >= 0 &&
      texts[t] === a &&
      texts[t + 1] === b &&
      texts[t + 2] === c &&
      texts[t + 3] === d
    )
      return known
    const id = internText(bytes, start, end, false, pool)
    texts[t] = a
    texts[t + 1] = b
    texts[t + 2] = c
    texts[t + 3] = d
    this.#ids[slot] = id
    return id
  }
}

/** Bytes as they are. */
export function createBlobReader(
  extent: Extent,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { bytes, pool } = context
  return createExtentReader(extent, out, context, (row, start, end) => {
    out.u32[row] = pool.intern(bytes, start, end)
  })
}

/** Integers of `elementSize` bytes; a last part that is too short is left out. */
export function createListReader(
  extent: Extent,
  elementSize: number,
  signed: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, littleEndian: le } = context
  return createExtentReader(extent, out, context, (row, start, end) => {
    const count = Math.max(0, Math.floor((end - start) / elementSize))
    out.growElements(count)
    for (let k = 0; k < count; k++)
      storeInt(view, start + k * elementSize, elementSize, signed, le, out, out.elements + k)
    out.elements += count
    out.offsets![row + 1] = out.elements
  })
}

/** Numbers of the set bits; bit b of word w is number w * wordBits + b (kernel `include/linux/bitmap.h`). */
export function createBitsReader(
  extent: Extent,
  wordSize: number,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { bytes, littleEndian } = context
  return createExtentReader(extent, out, context, (row, start, end) => {
    const whole = littleEndian ? end - start : end - start - ((end - start) % wordSize)
    out.growElements(whole * 8)
    for (let k = 0; k < whole; k++) {
      const inWord = k % wordSize
      let byte = bytes[littleEndian ? start + k : start + k - inWord + (wordSize - 1 - inWord)]!
      for (let bit = k * 8; byte !== 0; bit++, byte >>>= 1)
        if ((byte & 1) !== 0) out.u16[out.elements++] = bit
    }
    out.offsets![row + 1] = out.elements
  })
}
