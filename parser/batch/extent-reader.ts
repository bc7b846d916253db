/** Readers of columns whose bytes lie in a run somewhere in the record: text, bytes, lists, masks. */
import { SIZE, STRIDE } from '../ring/record-block.ts'
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
  const { offset: at } = extent
  if (extent.at === 'fixed')
    return (words, from, to) => {
      for (let i = from; i < to; i++) {
        const start = words[i * STRIDE]! + at
        store(i, start, start + extent.size)
      }
    }
  if (extent.at === 'rest')
    return (words, from, to) => {
      for (let i = from; i < to; i++) {
        const start = words[i * STRIDE]!
        store(i, start + at, start + words[i * STRIDE + SIZE]!)
      }
    }
  const { view, littleEndian } = context
  const base = extent.at === 'relLoc' ? at + extent.size : 0
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      const record = words[i * STRIDE]!
      const size = words[i * STRIDE + SIZE]!
      // Old kernels store the place only; the data then reaches to the record's end.
      const short = extent.size === 2
      const word = short
        ? view.getUint16(record + at, littleEndian)
        : view.getUint32(record + at, littleEndian)
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
  return createExtentReader(extent, out, context, (row, start, end) => {
    // A dynamic string of length 0 has not even its NUL: the kernel could not read it.
    if (dynamic && start === end) out.setNull(row)
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
