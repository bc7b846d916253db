/**
 * Walks the records of sub-buffers. Authority: kernel `include/linux/ring_buffer.h`,
 * `kernel/trace/ring_buffer.c` (checked up to 7.2), and the text of tracefs `events/header_page`.
 *
 *   0   u64   time stamp the deltas start from
 *   8   long  commit: bits 0-26 data bytes, bit 30 a missed count is stored, bit 31 events missed
 *   16  …     records (12 on 32-bit kernels); header_page says where
 *
 * A record starts with one u32 in file byte order: 5 bits type_len, 27 bits time delta.
 *   1..28  data, payload of type_len words        0   data, u32 length counting itself
 *   29     padding: delta 0 ends the sub-buffer, else a discarded event of u32 length
 *   30     time extend: delta += u32 << 27        31  absolute stamp, low 59 bits
 */
import type { Diagnostics } from '../diagnostics.ts'
import type { ErrorCode } from '../error.ts'
import type { FastWalk } from './fast-walk.ts'
import { LostList } from './lost-list.ts'
import {
  ID,
  OFFSET,
  type RecordBlock,
  SIZE,
  STACK,
  STACK_SIZES,
  STRIDE,
  TS_HI,
  TS_LO,
  USER_STACK,
} from './record-block.ts'
import { NO_ID, type WalkLayout } from './walk-layout.ts'
import { isBelow, isOnWords, wordsOf } from './words.ts'

const SIZE_MASK = 0x7ffffff
const MISSED_STORED = 0x40000000
const MISSED_EVENTS = 0x80000000
/** Of the high half of a time, what an absolute stamp leaves out; signed, as the halves are. */
const TOP_FIVE_BITS = 0xf8000000 | 0
const ALL_KEPT = new Uint8Array(NO_ID).fill(1)

/** Walks sub-buffers of one CPU in file order; holds what must survive from one to the next. */
export class SubBufferWalker {
  readonly #layout: WalkLayout
  /** Of the layout, what each sub-buffer asks for. */
  readonly #commitOffset: number
  readonly #dataOffset: number
  readonly #stacks: boolean
  readonly #diagnostics: Diagnostics
  readonly #view: DataView
  /** The same memory in words, where all records begin on one in the host's byte order. */
  readonly #words: Int32Array | undefined
  /** Walks the sub-buffers that are sound. */
  readonly #fast: FastWalk | undefined
  /** Gaps met so far, in order; a gap is added when the record after it is met. */
  readonly lost: LostList = new LostList()
  /** Records seen (selected or not), data bytes committed, and events known to be lost. */
  records = 0
  dataBytes = 0
  lostEvents = 0
  lostUnknown = 0
  /** Records the kernel took back, and sub-buffers that begin before the one before them ended. */
  discarded = 0
  backwards = 0
  /** Places that made no sense. */
  damages = 0
  /** First and last time, low and high halves: fields of changing size would deoptimise callers. */
  readonly times: Uint32Array = new Uint32Array(4)
  /** Of the sub-buffer walked last: first and last time, payload of the first record. */
  readonly #own = new Uint32Array(5)
  /** Its end of data, and its commit word. */
  readonly #extent = new Int32Array(2)
  /** Index in the block of the last event a stack record may belong to; -1 = none. */
  owner = -1
  ownerPid = -1
  #missed = 0

  /** `bytes` is the arena that every later `walk` reads from. */
  constructor(layout: WalkLayout, diagnostics: Diagnostics, bytes: Uint8Array, fast?: FastWalk) {
    this.#layout = layout
    this.#fast = fast
    const { headerPage, littleEndian, kernelStackId, userStackId, subBufferSize } = layout
    const lowHalf = littleEndian || headerPage.longSize === 4 ? 0 : 4
    this.#commitOffset = headerPage.commitOffset + lowHalf
    this.#dataOffset = headerPage.dataOffset
    this.#stacks = kernelStackId !== NO_ID || userStackId !== NO_ID
    this.#diagnostics = diagnostics
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (isOnWords(littleEndian, this.#dataOffset, subBufferSize)) this.#words = wordsOf(bytes)
  }

  /** What is walked next does not follow what was walked last. */
  forget(): void {
    this.owner = -1
    this.#missed = 0
  }

  get firstLo(): number {
    return this.times[0]!
  }

  get firstHi(): number {
    return this.times[1]!
  }

  get lastLo(): number {
    return this.times[2]!
  }

  get lastHi(): number {
    return this.times[3]!
  }

  /**
   * Appends the records of the sub-buffers in `start … end` to `block`, which must have room for
   * one per 8 bytes. `wanted[id]` = 0 leaves records out; null takes all. `fileOffset` places
   * diagnostics.
   */
  walk(
    block: RecordBlock,
    start: number,
    end: number,
    wanted: Uint8Array | null,
    fileOffset: number,
  ): void {
    const { subBufferSize } = this.#layout
    const kept = wanted ?? ALL_KEPT
    for (let at = start; at < end; at += subBufferSize) {
      // What sets the mark of missed events, and what follows it, is done here.
      if (this.#fast && this.#missed === 0) at = this.#fast.walk(this, block, at, end)
      if (at >= end) return
      const limit = Math.min(at + subBufferSize, end)
      const records = this.#walkOne(block, at, limit, kept, fileOffset)
      const commit = this.#extent[1]!
      if ((commit & MISSED_EVENTS) !== 0)
        this.#missed = this.#readMissed(commit, this.#extent[0]!, limit)
      if (records > 0) this.#endSubBuffer(records, block, kept)
    }
  }

  /**
   * Walks one sub-buffer and returns how many records it has. What is rare is left to the caller: its
   * first time would throw away the compiled code of this loop.
   */
  #walkOne(
    block: RecordBlock,
    at: number,
    limit: number,
    kept: Uint8Array,
    fileOffset: number,
  ): number {
    this.#extent[1] = 0
    const { littleEndian: le, kernelStackId, userStackId } = this.#layout
    const view = this.#view
    const inWords = this.#words
    const data = at + this.#dataOffset
    if (data > limit) {
      this.#damage(
        'ERR_RING_HEADER',
        `sub-buffer of ${limit - at} bytes is shorter than its ${this.#dataOffset} byte header`,
        fileOffset,
      )
      return 0
    }
    // Halves of the time as 32 bits with a sign: sums stay small integers, also in cold code.
    let lo = view.getInt32(at + (le ? 0 : 4), le)
    let hi = view.getInt32(at + (le ? 4 : 0), le)
    const commit = view.getInt32(at + this.#commitOffset, le)
    let end = data + (commit & SIZE_MASK)
    if (end > limit) {
      const whole = end <= at + this.#layout.subBufferSize
      this.#damage(
        whole ? 'ERR_TRACE_TRUNCATED' : 'ERR_RING_COMMIT',
        `sub-buffer says ${commit & SIZE_MASK} data bytes, ${limit - data} are there`,
        fileOffset,
      )
      if (!whole) return 0
      end = limit
    }
    this.dataBytes += end - data
    this.#extent[0] = end
    this.#extent[1] = commit

    const { words } = block
    const own = this.#own
    let n = block.count
    let p = data
    let records = 0
    let owner = this.owner
    /** Payload of the owner, when it is of this sub-buffer, and its bytes. */
    let ownerAt = -1
    let ownerBytes = 0
    const stacks = this.#stacks
    while (p + 4 <= end) {
      const word = inWords ? inWords[p >>> 2]! : view.getInt32(p, le)
      const typeLen = le ? word & 31 : word >>> 27
      const delta = le ? word >>> 5 : word & SIZE_MASK
      let payload = p + 4
      let length: number
      if (typeLen === 0 || typeLen > 28) {
        // Type 29 without a delta ends the sub-buffer; one comparison, so that it is no news when it comes.
        if (((typeLen ^ 29) | delta) === 0) break
        if (p + 8 > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record header of type ${typeLen} cut off by the end of the sub-buffer`,
            fileOffset,
          )
          break
        }
        const word2 = view.getInt32(p + 4, le)
        if (typeLen === 30) {
          // ts += (word2 << 27) + delta
          const before = lo
          lo = (lo + ((word2 << 27) | delta)) | 0
          hi = (hi + (word2 >>> 5) + (isBelow(lo, before) ? 1 : 0)) | 0
          p += 8
          continue
        }
        if (typeLen === 31) {
          const newLo = (word2 << 27) | delta
          const newHi = (word2 >>> 5) | (hi & TOP_FIVE_BITS)
          const isEarlier = isBelow(newHi, hi) || (newHi === hi && isBelow(newLo, lo))
          const wraps = (hi & TOP_FIVE_BITS) !== 0 && isEarlier
          lo = newLo
          hi = (newHi + (wraps ? 0x08000000 : 0)) | 0
          p += 8
          continue
        }
        // The length counts itself and is rounded up to a word for the next header.
        const next = p + 4 + word2 + ((4 - (word2 & 3)) & 3)
        if (word2 < 4 || p + 4 + word2 > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record of ${word2 >>> 0} bytes with ${end - p - 4} left in the sub-buffer`,
            fileOffset,
          )
          break
        }
        const sum = (lo + delta) | 0
        hi = (hi + ((lo & ~sum) >>> 31)) | 0
        lo = sum
        if (typeLen === 29) {
          this.discarded++
          p = next
          continue
        }
        payload = p + 8
        length = word2 - 4
        p = next
      } else {
        length = typeLen << 2
        if (payload + length > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record of ${length} bytes with ${end - payload} left in the sub-buffer`,
            fileOffset,
          )
          break
        }
        const sum = (lo + delta) | 0
        hi = (hi + ((lo & ~sum) >>> 31)) | 0
        lo = sum
        p = payload + length
      }
      if (length < 2) {
        this.#damage('ERR_RING_LENGTH', `record of ${length} bytes holds no event id`, fileOffset)
        continue
      }
      const event = inWords ? inWords[payload >>> 2]! & 0xffff : view.getUint16(payload, le)
      if (records === 0) {
        own[0] = lo
        own[1] = hi
        own[4] = payload
      }
      records++
      if (stacks) {
        if (event === kernelStackId || event === userStackId) {
          if (ownerAt >= 0) this.ownerPid = this.#pidOf(ownerAt, ownerBytes)
          owner = this.#attach(block, owner, event, payload, length)
          ownerAt = -1
        } else {
          owner = kept[event] === 1 ? n : -1
          ownerAt = payload
          ownerBytes = length
        }
      }
      if (kept[event] === 0) continue
      const w = n * STRIDE
      words[w + OFFSET] = payload
      words[w + SIZE] = length
      words[w + TS_LO] = lo
      words[w + TS_HI] = hi
      words[w + ID] = event
      words[w + STACK_SIZES] = 0
      n++
    }
    block.count = n
    this.owner = owner
    // Its slot may hold another chunk when the next sub-buffer is walked.
    if (ownerAt >= 0) this.ownerPid = this.#pidOf(ownerAt, ownerBytes)
    own[2] = lo
    own[3] = hi
    return records
  }

  #pidOf(payload: number, length: number): number {
    const { littleEndian, pidOffset } = this.#layout
    return length >= pidOffset + 4 ? this.#view.getInt32(payload + pidOffset, littleEndian) : -1
  }

  /** Notes the times of a sub-buffer with records, and the gap before it. */
  #endSubBuffer(records: number, block: RecordBlock, kept: Uint8Array): void {
    const own = this.#own
    const times = this.times
    const lo = own[0]!
    const hi = own[1]!
    const first = this.records === 0
    if (first) {
      times[0] = lo
      times[1] = hi
    } else if (hi < this.lastHi || (hi === this.lastHi && lo < this.lastLo)) this.backwards++
    if (this.#missed !== 0) {
      const payload = own[4]!
      const event = this.#view.getUint16(payload, this.#layout.littleEndian)
      if (kept[event] !== 0) block.missed.set(payload, this.#missed)
      this.#addGap(lo, hi, first)
    }
    this.records += records
    times[2] = own[2]!
    times[3] = own[3]!
  }

  #addGap(tsLo: number, tsHi: number, first: boolean): void {
    const count = this.#missed
    this.#missed = 0
    if (count > 0) this.lostEvents += count
    else this.lostUnknown++
    const gapStart = first ? undefined : { lo: this.lastLo, hi: this.lastHi }
    this.lost.push({ tsLo, tsHi, gapStart, count })
  }

  /** The stored count lies behind the data where bit 30 says so; -1 when nobody knows. */
  #readMissed(commit: number, end: number, limit: number): number {
    const { littleEndian: le } = this.#layout
    const { longSize } = this.#layout.headerPage
    if ((commit & MISSED_STORED) === 0 || end + longSize > limit) return -1
    const low = this.#view.getUint32(end + (le || longSize === 4 ? 0 : 4), le)
    const high = longSize === 4 ? 0 : this.#view.getUint32(end + (le ? 4 : 0), le)
    // No product for what is zero almost always: a fraction's form would change the fields' kind.
    const count = high === 0 ? low : high * 0x100000000 + low
    return count > 0 && count <= Number.MAX_SAFE_INTEGER ? count : -1
  }

  /**
   * Hands a stack record to its owner, the event just before it, when the same thread wrote both. Any
   * other stack record ends the wait for stacks, so that only one event and its two are ever held
   * back. Returns the owner as before, or -1.
   */
  #attach(
    block: RecordBlock,
    owner: number,
    event: number,
    payload: number,
    length: number,
  ): number {
    if (owner < 0) return owner
    const { words } = block
    const w = owner * STRIDE
    const sizes = words[w + STACK_SIZES]!
    const isKernel = event === this.#layout.kernelStackId
    const known = isKernel ? sizes & 0xffff : sizes >>> 16
    if (known !== 0 || length < this.#layout.pidOffset + 4) return -1
    if (this.#pidOf(payload, length) !== this.ownerPid) return -1
    const bytes = Math.min(length, 0xffff)
    words[w + (isKernel ? STACK : USER_STACK)] = payload
    words[w + STACK_SIZES] = sizes | (isKernel ? bytes : bytes << 16)
    return owner
  }

  #damage(code: ErrorCode, sample: string, offset: number): void {
    const { source, cpu } = this.#layout
    this.damages++
    this.#diagnostics.report(code, 'error', `CPU ${cpu}: ${sample}`, { source, cpu, offset })
  }
}
