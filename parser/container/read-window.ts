/** A moving window over a source, so that many small reads in order cost few system calls. */
import type { ByteSource } from './types.ts'

/** Holds a range of the source; grows for ranges larger than its size, and stays grown. */
export class ReadWindow {
  /** The window's memory; valid until the next `find`. */
  bytes: Buffer
  readonly #source: ByteSource
  #start = 0
  #length = 0

  constructor(source: ByteSource, size: number) {
    this.#source = source
    this.bytes = Buffer.allocUnsafe(Math.min(size, Math.max(16, source.size)))
  }

  /**
   * Makes `length` bytes at `position` available and returns where they are in `bytes`, or -1 when
   * the source ends before. The caller bounds `length`; memory is never more than the source.
   */
  find(position: number, length: number): number {
    if (position >= this.#start && position + length <= this.#start + this.#length) {
      return position - this.#start
    }
    if (position + length > this.#source.size) return -1
    if (length > this.bytes.length) this.bytes = Buffer.allocUnsafe(length)
    this.#start = position
    this.#length = this.#source.readAt(this.bytes, 0, this.bytes.length, position)
    return this.#length < length ? -1 : 0
  }
}
