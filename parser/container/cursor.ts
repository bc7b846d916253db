/** Forward reader of the numbers and strings that a trace.dat's metadata is made of. */
import { type ErrorCode, TraceError } from '../error.ts'
import type { ByteSource, ContainerLimits } from './types.ts'

const WINDOW = 16 * 1024

/** What every part of the container reader needs to know to read and to complain. */
export interface CursorOptions {
  readonly littleEndian: boolean
  readonly limits: ContainerLimits
  /** First byte; default 0. */
  readonly start?: number
  /** One past the last byte; default the end of the source. */
  readonly end?: number
  /** File offset to name in errors where positions are not file offsets (decompressed bodies). */
  readonly origin?: number
}

/**
 * Reads forward through a range of a source. Reading past the range throws `ERR_TRACE_TRUNCATED`,
 * and a length beyond `limits.maxSectionBytes` throws `ERR_TRACE_LIMIT` before it is allocated.
 */
export class Cursor {
  position: number
  readonly end: number
  readonly limits: ContainerLimits
  readonly littleEndian: boolean
  readonly #source: ByteSource
  readonly #origin: number | undefined
  readonly #view: DataView
  readonly #window: Uint8Array
  #windowStart = 0
  #windowLength = 0

  constructor(source: ByteSource, options: CursorOptions) {
    this.#source = source
    this.littleEndian = options.littleEndian
    this.limits = options.limits
    this.position = options.start ?? 0
    this.end = Math.min(options.end ?? source.size, source.size)
    this.#origin = options.origin
    this.#window = new Uint8Array(Math.min(WINDOW, this.left))
    this.#view = new DataView(this.#window.buffer)
  }

  /** Bytes left in the range. */
  get left(): number {
    return Math.max(0, this.end - this.position)
  }

  /** File offset of the next byte, or of the section it was unpacked from. */
  get place(): number {
    return this.#origin ?? this.position
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what))
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#take(2, what), this.littleEndian)
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), this.littleEndian)
  }

  u64(what: string): bigint {
    return this.#view.getBigUint64(this.#take(8, what), this.littleEndian)
  }

  i64(what: string): bigint {
    return this.#view.getBigInt64(this.#take(8, what), this.littleEndian)
  }

  /** A u64 used as an offset or a size; throws `ERR_TRACE_LIMIT` where a number cannot hold it. */
  size(what: string): number {
    const value = this.u64(what)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw this.error('ERR_TRACE_LIMIT', `${what} is ${value}, more than any file can hold`)
    }
    return Number(value)
  }

  /** A u32 that counts entries; throws `ERR_TRACE_LIMIT` above `limits.maxEntries`. */
  count(what: string): number {
    const value = this.u32(what)
    if (value > this.limits.maxEntries) {
      throw this.error(
        'ERR_TRACE_LIMIT',
        `${value} ${what}, more than the limit of ${this.limits.maxEntries}`,
      )
    }
    return value
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number, what: string): Uint8Array {
    this.#check(length, what)
    if (length > this.limits.maxSectionBytes) {
      throw this.error(
        'ERR_TRACE_LIMIT',
        `${what} has ${length} bytes, more than the limit of ${this.limits.maxSectionBytes}`,
      )
    }
    const result = new Uint8Array(length)
    const got = this.#source.readAt(result, 0, length, this.position)
    if (got < length) throw this.#truncated(length, what)
    this.position += length
    return result
  }

  /** The next `length` bytes as UTF-8 text. */
  text(length: number, what: string): string {
    const bytes = this.bytes(length, what)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  }

  /** Text up to a NUL, which is consumed; at most `max` bytes. */
  string(what: string, max = 4096): string {
    const start = this.position
    const chars: number[] = []
    for (;;) {
      const char = this.u8(what)
      if (char === 0) return Buffer.from(chars).toString('utf8')
      if (chars.length === max) {
        this.position = start
        throw this.error('ERR_TRACE_SECTION', `${what} has no end within ${max} bytes`)
      }
      chars.push(char)
    }
  }

  skip(length: number, what: string): void {
    this.#check(length, what)
    this.position += length
  }

  /** An error that names the file and the current offset. */
  error(code: ErrorCode, message: string, hint?: string): TraceError {
    return new TraceError(code, message, {
      where: { file: this.#source.name, offset: this.place },
      ...(hint === undefined ? {} : { hint }),
    })
  }

  #check(length: number, what: string): void {
    if (length > this.left) throw this.#truncated(length, what)
  }

  #truncated(length: number, what: string): TraceError {
    return this.error(
      'ERR_TRACE_TRUNCATED',
      `${what} needs ${length} bytes but only ${this.left} are left`,
      'copy the file again; what comes after this point cannot be found',
    )
  }

  /** Makes `length` bytes available in the window and returns where they are; moves past them. */
  #take(length: number, what: string): number {
    this.#check(length, what)
    if (
      this.position < this.#windowStart ||
      this.position + length > this.#windowStart + this.#windowLength
    ) {
      this.#windowStart = this.position
      const wanted = Math.min(this.#window.length, this.left)
      this.#windowLength = this.#source.readAt(this.#window, 0, wanted, this.position)
      if (this.#windowLength < length) throw this.#truncated(length, what)
    }
    const at = this.position - this.#windowStart
    this.position += length
    return at
  }
}
