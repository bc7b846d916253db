/**
 * Sub-buffers that any reader takes, made of those of a file that was cut or damaged: what is not
 * there of the last one is left out of it, and what makes no sense is left out as a whole.
 */
import { countRecords } from '../parser/container/page-records.ts'
import type { HeaderPage } from '../parser/container/types.ts'

const SIZE_MASK = 0x7ffffff
const MISSED_EVENTS = 0x80000000
const MISSED_STORED = 0x40000000
const FLAGS = MISSED_EVENTS | MISSED_STORED

/** What was found in one CPU's data. */
export interface PageTally {
  subBuffers: number
  events: number
  /** Sub-buffers of which only a first part was there, or made sense. */
  shortened: number
  /** Sub-buffers that were left out: without a head that makes sense, or without any record. */
  left: number
  /** Events lost before sub-buffers, as far as they say how many; and how many do not say. */
  lostEvents: number
  lostUnknown: number
}

/** How to read the sub-buffers of one buffer. */
export interface PageShape {
  readonly littleEndian: boolean
  /** `dataSize` is that of this buffer. */
  readonly page: HeaderPage
  readonly bytes: number
}

/** A tally of nothing. */
export function emptyTally(): PageTally {
  return { subBuffers: 0, events: 0, shortened: 0, left: 0, lostEvents: 0, lostUnknown: 0 }
}

/**
 * Yields the sub-buffers of `pieces`, which hold any number of them each, whole ones but for the
 * end of the last piece. A yielded one is valid until the next.
 */
export function* soundPages(
  pieces: Iterable<Uint8Array>,
  shape: PageShape,
  tally: PageTally,
): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += shape.bytes) {
      const page = soundPage(piece.subarray(at, at + shape.bytes), shape, tally)
      if (page === undefined) continue
      countMissed(tally, missedBefore(page, shape))
      yield page
    }
  }
}

function soundPage(bytes: Uint8Array, shape: PageShape, tally: PageTally): Uint8Array | undefined {
  const { page, littleEndian } = shape
  const { records, used, claimed, whole } = countRecords(bytes, littleEndian, page)
  const blank = bytes.subarray(0, page.dataOffset).every((byte) => byte === 0)
  const short = page.dataOffset + claimed > bytes.length
  if (blank || claimed > page.dataSize || ((short || !whole) && records === 0)) {
    tally.left++
    return undefined
  }
  tally.subBuffers++
  tally.events += records
  if (bytes.length === shape.bytes && whole && !short) return bytes
  const full = new Uint8Array(shape.bytes)
  if (short || !whole) {
    tally.shortened++
    full.set(bytes.subarray(0, page.dataOffset + used))
    setCommit(full, shape, used)
  } else {
    // What was cut off is behind the records, maybe the number of events lost before them.
    full.set(bytes)
    if (page.dataOffset + claimed + page.longSize > bytes.length) setCommit(full, shape, claimed)
  }
  return full
}

/** Adds events lost before a sub-buffer; -1 is an unknown number. */
export function countMissed(tally: PageTally, missed: number): void {
  if (missed > 0) tally.lostEvents += missed
  else if (missed < 0) tally.lostUnknown++
}

/** How many events a whole sub-buffer says were lost before it; -1 is an unknown number. */
export function missedBefore(bytes: Uint8Array, shape: PageShape): number {
  const { page, littleEndian: le } = shape
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const commit = view.getUint32(commitPlace(shape), le)
  if ((commit & MISSED_EVENTS) === 0) return 0
  const at = page.dataOffset + (commit & SIZE_MASK)
  if ((commit & MISSED_STORED) === 0 || at + page.longSize > bytes.length) return -1
  const low = view.getUint32(at + (le || page.longSize === 4 ? 0 : 4), le)
  const high = page.longSize === 4 ? 0 : view.getUint32(at + (le ? 4 : 0), le)
  const count = high * 0x100000000 + low
  return count > 0 && count <= Number.MAX_SAFE_INTEGER ? count : -1
}

/** Where the half of the commit word is that holds the size and the marks. */
function commitPlace({ page, littleEndian }: PageShape): number {
  return page.commitOffset + (littleEndian || page.longSize === 4 ? 0 : 4)
}

/** Sets the bytes of data; that events were lost before them stays, their number does not. */
function setCommit(bytes: Uint8Array, shape: PageShape, used: number): void {
  const { littleEndian } = shape
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = commitPlace(shape)
  const flags = view.getUint32(at, littleEndian) & FLAGS
  view.setUint32(at, ((flags & MISSED_EVENTS) | used) >>> 0, littleEndian)
}
