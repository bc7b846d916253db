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
import type { HeaderPage } from '../container/types.ts'
import type { Diagnostics } from '../diagnostics.ts'
import type { ErrorCode } from '../error.ts'
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

const SIZE_MASK = 0x7ffffff
const MISSED_STORED = 0x40000000
const MISSED_EVENTS = 0x80000000
/** A type that stands for "no such event": ids are 16 bits wide. */
export const NO_ID = 0x10000

/** What a walker needs to know about its buffer, fixed for a CPU stream. */
export interface WalkLayout {
  readonly littleEndian: boolean
  readonly headerPage: HeaderPage
  readonly subBufferSize: number
  /** Event ids of ftrace's kernel_stack and user_stack, or NO_ID when not to be attached. */
  readonly kernelStackId: number
  readonly userStackId: number
  /** Offset of common_pid in every record. */
  readonly pidOffset: number
  readonly source: number
  readonly cpu: number
}

/** A gap in one CPU's records. */
export interface LostEvents {
  readonly source: number
  readonly cpu: number
  /** Time of the first record after the gap, as two halves. */
  readonly tsLo: number
  readonly tsHi: number
  /** Time of the last record before the gap; undefined when there is none. */
  readonly gapStart: { readonly lo: number; readonly hi: number } | undefined
  /** Events lost, -1 when the kernel did not say. */
  readonly count: number
}

/** Walks sub-buffers of one CPU in file order; holds what must survive from one to the next. */
export class SubBufferWalker {
  readonly #layout: WalkLayout
  readonly #diagnostics: Diagnostics
  readonly #view: DataView
  /** Gaps met so far, in order; a gap is added when the record after it is met. */
  readonly lost: LostEvents[] = []
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
  firstLo = 0
  firstHi = 0
  lastLo = 0
  lastHi = 0
  /** Index in the block of the last event a stack record may belong to; -1 = none. */
  owner = -1
  #ownerPid = 0
  #missed = 0

  /** `bytes` is the arena that every later `walk` reads from. */
  constructor(layout: WalkLayout, diagnostics: Diagnostics, bytes: Uint8Array) {
    this.#layout = layout
    this.#diagnostics = diagnostics
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
    for (let at = start; at < end; at += subBufferSize)
      this.#walkOne(block, at, Math.min(at + subBufferSize, end), wanted, fileOffset)
  }

  #walkOne(
    block: RecordBlock,
    at: number,
    limit: number,
    wanted: Uint8Array | null,
    fileOffset: number,
  ): void {
    const { headerPage, littleEndian: le, kernelStackId, userStackId, pidOffset } = this.#layout
    const view = this.#view
    if (limit - at < headerPage.dataOffset) {
      this.#damage(
        'ERR_RING_HEADER',
        `sub-buffer of ${limit - at} bytes is shorter than its ${headerPage.dataOffset} byte header`,
        fileOffset,
      )
      return
    }
    let lo = view.getUint32(at + (le ? 0 : 4), le)
    let hi = view.getUint32(at + (le ? 4 : 0), le)
    const commitAt = at + headerPage.commitOffset + (le || headerPage.longSize === 4 ? 0 : 4)
    const commit = view.getUint32(commitAt, le)
    const data = at + headerPage.dataOffset
    let end = data + (commit & SIZE_MASK)
    if (end > limit) {
      const whole = end <= at + this.#layout.subBufferSize
      this.#damage(
        whole ? 'ERR_TRACE_TRUNCATED' : 'ERR_RING_COMMIT',
        `sub-buffer says ${commit & SIZE_MASK} data bytes, ${limit - data} are there`,
        fileOffset,
      )
      if (!whole) return
      end = limit
    }
    this.dataBytes += end - data
    if ((commit & MISSED_EVENTS) !== 0) this.#missed = this.#readMissed(commit, end, limit, le)

    const { words } = block
    let n = block.count
    let p = data
    let records = 0
    const stacks = kernelStackId !== NO_ID || userStackId !== NO_ID
    while (p + 4 <= end) {
      const word = view.getUint32(p, le)
      const typeLen = le ? word & 31 : word >>> 27
      const delta = le ? word >>> 5 : word & SIZE_MASK
      let payload = p + 4
      let length: number
      if (typeLen === 0 || typeLen > 28) {
        if (typeLen === 29 && delta === 0) break
        if (p + 8 > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record header of type ${typeLen} cut off by the end of the sub-buffer`,
            fileOffset,
          )
          break
        }
        const word2 = view.getUint32(p + 4, le)
        if (typeLen === 30) {
          // ts += (word2 << 27) + delta
          lo += ((word2 << 27) >>> 0) + delta
          hi += word2 >>> 5
          if (lo >= 0x100000000) {
            lo -= 0x100000000
            hi++
          }
          hi = hi >>> 0
          p += 8
          continue
        }
        if (typeLen === 31) {
          const newLo = (((word2 << 27) >>> 0) | delta) >>> 0
          let newHi = ((word2 >>> 5) | (hi & 0xf8000000)) >>> 0
          if ((hi & 0xf8000000) !== 0 && (newHi < hi || (newHi === hi && newLo < lo)))
            newHi = (newHi + 0x08000000) >>> 0
          lo = newLo
          hi = newHi
          p += 8
          continue
        }
        // The length counts itself and is rounded up to a word for the next header.
        const next = p + 4 + word2 + ((4 - (word2 & 3)) & 3)
        if (word2 < 4 || p + 4 + word2 > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record of ${word2} bytes with ${end - p - 4} left in the sub-buffer`,
            fileOffset,
          )
          break
        }
        lo += delta
        if (lo >= 0x100000000) {
          lo -= 0x100000000
          hi = (hi + 1) >>> 0
        }
        if (typeLen === 29) {
          this.discarded++
          p = next
          continue
        }
        payload = p + 8
        length = word2 - 4
        p = next
      } else {
        length = typeLen * 4
        if (payload + length > end) {
          this.#damage(
            'ERR_RING_LENGTH',
            `record of ${length} bytes with ${end - payload} left in the sub-buffer`,
            fileOffset,
          )
          break
        }
        lo += delta
        if (lo >= 0x100000000) {
          lo -= 0x100000000
          hi = (hi + 1) >>> 0
        }
        p = payload + length
      }
      if (length < 2) {
        this.#damage('ERR_RING_LENGTH', `record of ${length} bytes holds no event id`, fileOffset)
        continue
      }
      const event = view.getUint16(payload, le)
      const missedBefore = records === 0 ? this.#firstOfSubBuffer(lo, hi) : 0
      records++
      if (stacks) {
        if (event === kernelStackId || event === userStackId)
          this.#attach(block, event, payload, length, pidOffset)
        else {
          this.owner = wanted === null || wanted[event] === 1 ? n : -1
          this.#ownerPid = length >= pidOffset + 4 ? view.getInt32(payload + pidOffset, le) : -1
        }
      }
      if (wanted !== null && wanted[event] === 0) continue
      if (missedBefore !== 0) block.missed.set(payload, missedBefore)
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
    if (records > 0) {
      this.records += records
      this.lastLo = lo
      this.lastHi = hi
    }
  }

  /** Notes the time of a sub-buffer's first record; returns the events missed before it. */
  #firstOfSubBuffer(lo: number, hi: number): number {
    const first = this.records === 0
    if (first) {
      this.firstLo = lo
      this.firstHi = hi
    }
    if (!first && (hi < this.lastHi || (hi === this.lastHi && lo < this.lastLo))) this.backwards++
    const missed = this.#missed
    if (missed === 0) return 0
    this.#missed = 0
    if (missed > 0) this.lostEvents += missed
    else this.lostUnknown++
    const { source, cpu } = this.#layout
    const gapStart = first ? undefined : { lo: this.lastLo, hi: this.lastHi }
    this.lost.push({ source, cpu, tsLo: lo, tsHi: hi, gapStart, count: missed })
    return missed
  }

  /** The stored count lies behind the data where bit 30 says so; -1 when nobody knows. */
  #readMissed(commit: number, end: number, limit: number, le: boolean): number {
    const { longSize } = this.#layout.headerPage
    if ((commit & MISSED_STORED) === 0 || end + longSize > limit) return -1
    const low = this.#view.getUint32(end + (le || longSize === 4 ? 0 : 4), le)
    const high = longSize === 4 ? 0 : this.#view.getUint32(end + (le ? 4 : 0), le)
    const count = high * 0x100000000 + low
    return count > 0 && count <= Number.MAX_SAFE_INTEGER ? count : -1
  }

  /**
   * Hands a stack record to the event just before it, when the same thread wrote both. Any other
   * stack record ends the wait for stacks, so that only one event and its two are ever held back.
   */
  #attach(
    block: RecordBlock,
    event: number,
    payload: number,
    length: number,
    pidOffset: number,
  ): void {
    if (this.owner < 0) return
    const { words } = block
    const w = this.owner * STRIDE
    const sizes = words[w + STACK_SIZES]!
    const isKernel = event === this.#layout.kernelStackId
    const known = isKernel ? sizes & 0xffff : sizes >>> 16
    if (
      known !== 0 ||
      length < pidOffset + 4 ||
      this.#view.getInt32(payload + pidOffset, this.#layout.littleEndian) !== this.#ownerPid
    ) {
      this.owner = -1
      return
    }
    const bytes = Math.min(length, 0xffff)
    words[w + (isKernel ? STACK : USER_STACK)] = payload
    words[w + STACK_SIZES] = sizes | (isKernel ? bytes : bytes << 16)
  }

  #damage(code: ErrorCode, sample: string, offset: number): void {
    const { source, cpu } = this.#layout
    this.damages++
    this.#diagnostics.report(code, 'error', `CPU ${cpu}: ${sample}`, { source, cpu, offset })
  }
}
