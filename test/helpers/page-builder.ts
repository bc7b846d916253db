/**
 * Builds ring-buffer sub-buffers byte by byte: every record form, and the marks of lost events.
 * Authority: the kernel's include/linux/ring_buffer.h and kernel/trace/ring_buffer.c.
 *
 *     u64 time | long commit | records … | zeros        (commit: bit 31 lost, bit 30 count stored)
 */
import { ByteWriter } from './byte-writer.ts'

/** What the pages of one recording have in common. */
export interface PageLayout {
  readonly littleEndian: boolean
  /** Bytes of the kernel's `long`, which is the size of the commit word. */
  readonly longSize: 4 | 8
  /** Where records start: 16, or 12 on most 32-bit kernels. */
  readonly dataOffset: number
  /** Bytes of a sub-buffer, head included. */
  readonly pageSize: number
}

/** Little endian, 64 bit, 4096 bytes. */
export const LAYOUT: PageLayout = {
  littleEndian: true,
  longSize: 8,
  dataOffset: 16,
  pageSize: 4096,
}

/** One sub-buffer under construction; `finish()` gives its bytes. */
export class PageBuilder {
  readonly layout: PageLayout
  readonly #time: bigint
  readonly #data: ByteWriter
  #missed: bigint | 'unknown' | undefined

  constructor(time: bigint, layout: PageLayout = LAYOUT) {
    this.layout = layout
    this.#time = time
    this.#data = new ByteWriter(layout.littleEndian)
  }

  /** Bytes of records so far: the value of the commit word. */
  get committed(): number {
    return this.#data.length
  }

  #head(type: number, delta: number): void {
    const word = this.layout.littleEndian ? type | (delta << 5) : (type << 27) | delta
    this.#data.u32(word >>> 0)
  }

  /**
   * A data record. Short form (length in units of 4 in the head) up to 112 bytes, else long form;
   * `long` forces the latter, `align8` pads its total length to 8 as kernels with forced alignment do.
   */
  data(
    delta: number,
    payload: ArrayLike<number>,
    form: { long?: boolean; align8?: boolean } = {},
  ): this {
    const size = (payload.length + 3) & ~3
    const long = form.long || form.align8 || size > 112 || size === 0
    const unit = form.align8 ? 8 : 4
    const total = long ? Math.ceil((size + 8) / unit) * unit : size + 4
    const start = this.#data.length
    this.#head(long ? 0 : size / 4, delta)
    if (long) this.#data.u32(total - 4)
    this.#data.bytes(payload).padTo(start + total)
    return this
  }

  /** A data record in long form with any length word, for records that lie about their length. */
  rawLength(delta: number, length: number, payload: ArrayLike<number>): this {
    this.#head(0, delta)
    this.#data.u32(length).bytes(payload).align(4)
    return this
  }

  /** A time extend record: adds `delta`, up to 59 bits. */
  extend(delta: bigint): this {
    return this.#time59(30, delta)
  }

  /** An absolute time stamp record: the low 59 bits of `time`. */
  stamp(time: bigint): this {
    return this.#time59(31, time & ((1n << 59n) - 1n))
  }

  #time59(type: number, value: bigint): this {
    this.#head(type, Number(value & 0x7ffffffn))
    this.#data.u32(Number(value >> 27n))
    return this
  }

  /** A discarded record (`delta` ≠ 0) that occupies `bytes` after its 8-byte head. */
  discarded(delta: number, bytes: number): this {
    this.#head(29, delta)
    this.#data.u32(bytes + 4).bytes(new Uint8Array(bytes).fill(0xee))
    return this
  }

  /** The mark for "rest of page is unused", counted in the commit word together with `bytes` junk. */
  endPadding(bytes = 0): this {
    this.#head(29, 0)
    this.#data.bytes(new Uint8Array(bytes).fill(0xdd))
    return this
  }

  /** Any four bytes as a record head. */
  word(value: number): this {
    this.#data.u32(value)
    return this
  }

  /** Marks events lost before the first record; the count is stored behind the data. */
  missed(count: bigint | number | 'unknown'): this {
    this.#missed = count === 'unknown' ? count : BigInt(count)
    return this
  }

  /** The sub-buffer's bytes; `commit` overrides the commit word to make a page that lies. */
  finish(commit?: bigint): Uint8Array {
    const { littleEndian, longSize, dataOffset, pageSize } = this.layout
    let word = BigInt(this.committed)
    if (this.#missed !== undefined) word |= 1n << 31n
    if (typeof this.#missed === 'bigint') word |= 1n << 30n
    const page = new ByteWriter(littleEndian)
    page
      .u64(this.#time)
      .int(longSize, commit ?? word)
      .padTo(dataOffset)
      .bytes(this.#data.take())
    if (typeof this.#missed === 'bigint') page.int(longSize, this.#missed)
    return page.padTo(pageSize).take()
  }
}
