/**
 * Makes sub-buffers of single records, for what is left of one when some of its records go.
 * Authority: kernel `include/linux/ring_buffer.h`; `parser/ring/sub-buffer.ts` has the layout.
 */
import type { PageShape } from './sound-pages.ts'

const DELTA_BITS = 27
const DELTA_LIMIT = 1 << DELTA_BITS
const DELTA_MASK = DELTA_LIMIT - 1
/** A time extend and an absolute stamp hold 59 bits: this many of the upper half. */
const HIGH_MASK = 0x7ffffff
const TIME_EXTEND = 30
const TIME_STAMP = 31
const LONGEST_SHORT = 112
const MISSED_EVENTS = 0x80000000
const MISSED_STORED = 0x40000000

/**
 * Fills one sub-buffer at a time, in memory that is used again for the next. A record keeps its
 * payload and its time to the last bit; its head is the shortest that holds both.
 */
export class PageEncoder {
  /** Records in the sub-buffer so far. */
  records = 0
  readonly #shape: PageShape
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #end = 0
  #missed = 0
  #lo = 0
  #hi = 0

  constructor(shape: PageShape) {
    this.#shape = shape
    this.#bytes = new Uint8Array(shape.bytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /**
   * Appends the record whose payload is `length` bytes at `at` of `from`; false when there is no
   * room, and the sub-buffer has to be taken first. `missed` events were lost before it (-1: an
   * unknown number), which only the first record of a sub-buffer can say.
   */
  add(
    from: Uint8Array,
    at: number,
    length: number,
    lo: number,
    hi: number,
    missed: number,
  ): boolean {
    const isShort = length > 0 && length <= LONGEST_SHORT && (length & 3) === 0
    const size = isShort ? 4 + length : 8 + length + (-length & 3)
    if (this.records === 0) this.#begin(size, lo, hi, missed)
    else if (missed !== 0) return false
    const start = this.#at
    const delta = this.#advance(lo, hi)
    if (delta < 0 || this.#at + size > this.#end) {
      this.#bytes.fill(0, start, this.#at)
      this.#at = start
      return false
    }
    const view = this.#view
    const le = this.#shape.littleEndian
    view.setUint32(this.#at, head(isShort ? length >>> 2 : 0, delta, le), le)
    if (!isShort) view.setUint32(this.#at + 4, length + 4, le)
    this.#bytes.set(from.subarray(at, at + length), this.#at + (isShort ? 4 : 8))
    this.#at += size
    this.#lo = lo
    this.#hi = hi
    this.records++
    return true
  }

  /** The sub-buffer, valid until the next `add`; begins anew. */
  take(): Uint8Array {
    const { page, littleEndian: le } = this.#shape
    const view = this.#view
    const used = this.#at - page.dataOffset
    const low = le || page.longSize === 4 ? 0 : 4
    let flags = 0
    if (this.#missed !== 0) flags = MISSED_EVENTS
    if (this.#missed > 0) {
      flags |= MISSED_STORED
      view.setUint32(this.#at + low, this.#missed % 0x100000000, le)
      if (page.longSize === 8)
        view.setUint32(this.#at + 4 - low, Math.floor(this.#missed / 0x100000000), le)
    }
    view.setUint32(page.commitOffset + low, (flags | used) >>> 0, le)
    this.records = 0
    return this.#bytes
  }

  #begin(size: number, lo: number, hi: number, missed: number): void {
    const { page, bytes, littleEndian: le } = this.#shape
    this.#bytes.fill(0)
    this.#view.setUint32(le ? 0 : 4, lo, le)
    this.#view.setUint32(le ? 4 : 0, hi, le)
    this.#lo = lo
    this.#hi = hi
    this.#at = page.dataOffset
    const fits = page.longSize === 8 || missed < 0x80000000
    const room = missed > 0 && fits && page.dataOffset + size + page.longSize <= bytes
    this.#missed = missed > 0 && !room ? -1 : missed
    this.#end = bytes - (room ? page.longSize : 0)
  }

  /**
   * Writes what has to stand before a record so that its time is right; returns the delta that the
   * record itself has to say, -1 when there is no room.
   */
  #advance(lo: number, hi: number): number {
    let low = lo - this.#lo
    let high = hi - this.#hi
    if (low < 0) {
      low += 0x100000000
      high--
    }
    high >>>= 0
    if (high === 0 && low < DELTA_LIMIT) return low
    const canStamp = this.#hi <= HIGH_MASK && hi <= HIGH_MASK
    if (high > HIGH_MASK && canStamp) return this.#put(TIME_STAMP, lo, hi)
    // Time goes backwards far from zero: extends add up, and what is beyond 64 bits is dropped.
    for (; high > HIGH_MASK; high -= HIGH_MASK)
      if (this.#put(TIME_EXTEND, 0, HIGH_MASK) < 0) return -1
    return this.#put(TIME_EXTEND, low, high)
  }

  #put(type: number, low: number, high: number): number {
    if (this.#at + 8 > this.#end) return -1
    const le = this.#shape.littleEndian
    this.#view.setUint32(this.#at, head(type, low & DELTA_MASK, le), le)
    this.#view.setUint32(this.#at + 4, ((low >>> DELTA_BITS) | (high << 5)) >>> 0, le)
    this.#at += 8
    return 0
  }
}

function head(type: number, delta: number, littleEndian: boolean): number {
  return (littleEndian ? (delta << 5) | type : (type << DELTA_BITS) | delta) >>> 0
}
