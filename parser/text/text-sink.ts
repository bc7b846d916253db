/**
 * A growing buffer that text is written into as bytes: what comes out of a trace need not be UTF-8
 * and becomes no string on its way to a file. 64-bit numbers come as two 32-bit halves, signed or
 * not; no number here needs a BigInt.
 */

import {
  digitsOf,
  type FixedText,
  MOST_DIGITS,
  putHex,
  putHex64,
  putSigned,
  putSigned64,
  putText,
  putUnsigned,
  putUnsigned64,
  SLACK,
} from './digits.ts'

/** Two digits of 0 … 255, in the order of bytes. */
const UPPER_PAIRS = Uint16Array.from({ length: 256 }, (_, i) =>
  Buffer.from(i.toString(16).toUpperCase().padStart(2, '0'), 'latin1').readUInt16LE(),
)

const ZERO = 0x30
const BLANK = 0x20

/** What a number needs at most. */
const ROOM = MOST_DIGITS + SLACK

/** Text is shorter than this up to which a loop beats `Uint8Array.set`. */
const SHORT = 32

/** Bytes with a length; `bytes[0 … length]` is the text. Every method makes the room it needs. */
export class TextSink {
  bytes: Uint8Array
  length = 0
  /** Over `bytes`, for those who write words; exchanged with them when there is no room. */
  view: DataView

  readonly #shared: boolean

  /** `shared`: in memory that other threads see. */
  constructor(capacity: number = 1 << 16, shared: boolean = false) {
    this.#shared = shared
    this.bytes = this.#allocate(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Goes on in other memory, which holds nothing yet. */
  moveTo(bytes: Uint8Array): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.length = 0
  }

  #allocate(bytes: number): Uint8Array {
    return new Uint8Array(this.#shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
  }

  /** Forgets the text, keeps the room. */
  clear(): void {
    this.length = 0
  }

  /** Makes room for `count` more bytes; after it the caller may write to `bytes` itself. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count)
  }

  /** One byte. */
  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(this.length + 1)
    this.bytes[this.length++] = value
  }

  /** `from[start … end]` as it is. */
  raw(from: Uint8Array, start: number, end: number): void {
    const count = end - start
    if (count <= 0) return
    if (this.length + count > this.bytes.length) this.#grow(this.length + count)
    const { bytes, length } = this
    if (count > SHORT) bytes.set(from.subarray(start, end), length)
    else for (let i = 0; i < count; i++) bytes[length + i] = from[start + i]!
    this.length = length + count
  }

  /** All of `text`. */
  all(text: Uint8Array): void {
    const count = text.length
    if (this.length + count > this.bytes.length) this.#grow(this.length + count)
    const { bytes, length } = this
    if (count > SHORT) bytes.set(text, length)
    else for (let i = 0; i < count; i++) bytes[length + i] = text[i]!
    this.length = length + count
  }

  /** Text prepared for it. */
  fixed(text: FixedText): void {
    const at = this.length
    if (at + text.length + SLACK > this.bytes.length) this.#grow(at + text.length + SLACK)
    this.length = text.put(this.view, at)
  }

  /** The bytes `from[start … end]` up to the first NUL. */
  text(from: Uint8Array, start: number, end: number): void {
    const most = end - start
    if (this.length + most > this.bytes.length) this.#grow(this.length + most)
    this.length = putText(this.bytes, this.length, from, start, end)
  }

  /** A string whose characters are bytes (up to U+00FF). */
  latin1(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** `value` `count` times. */
  repeat(value: number, count: number): void {
    if (count <= 0) return
    this.reserve(count)
    const { bytes, length } = this
    if (count > SHORT) bytes.fill(value, length, length + count)
    else for (let i = 0; i < count; i++) bytes[length + i] = value
    this.length = length + count
  }

  /** Decimal of the 32 bits of `value`, unsigned. */
  unsigned(value: number): void {
    this.reserve(ROOM)
    this.length = putUnsigned(this.view, this.length, value)
  }

  /** Decimal of the 32 bits of `value`, signed. */
  signed(value: number): void {
    this.reserve(ROOM)
    this.length = putSigned(this.view, this.length, value)
  }

  /** Decimal of 64 bits, unsigned. */
  unsigned64(high: number, low: number): void {
    this.reserve(ROOM)
    this.length = putUnsigned64(this.view, this.length, high, low)
  }

  /** Decimal of 64 bits, signed. */
  signed64(high: number, low: number): void {
    this.reserve(ROOM)
    this.length = putSigned64(this.view, this.length, high, low)
  }

  /** Decimal of 32 bits, unsigned, filled from the left with `pad` up to `width`. */
  unsignedPadded(value: number, width: number, pad: number): void {
    const missing = width - digitsOf(value >>> 0)
    for (let i = 0; i < missing; i++) this.byte(pad)
    this.unsigned(value)
  }

  /** Hexadecimal of 32 bits, without leading zeros. */
  hex(value: number): void {
    this.hexPadded64(0, value, 0)
  }

  /** Hexadecimal of 64 bits, without leading zeros. */
  hex64(high: number, low: number): void {
    this.hexPadded64(high, low, 0)
  }

  /** Hexadecimal of 64 bits in upper case, without leading zeros. */
  upperHex64(high: number, low: number): void {
    if (high === 0) this.#upperHex(low, 8 - (Math.clz32(low | 1) >>> 2))
    else {
      this.#upperHex(high, 8 - (Math.clz32(high) >>> 2))
      this.#upperHex(low, 8)
    }
  }

  /** The lowest `digits` (1 to 8) hexadecimal digits of `value`, zeros included. */
  hexPadded(value: number, digits: number): void {
    this.reserve(ROOM)
    this.length = putHex(this.view, this.length, value, digits)
  }

  /** Hexadecimal of 64 bits, with zeros up to `width` digits. */
  hexPadded64(high: number, low: number, width: number): void {
    if (width > 16) this.repeat(ZERO, width - 16)
    this.reserve(ROOM)
    this.length = putHex64(this.view, this.length, high, low, Math.min(width, 16))
  }

  /** Octal of 64 bits, without leading zeros. */
  octal64(high: number, low: number): void {
    const start = this.length
    let top = high >>> 0
    let rest = low >>> 0
    do {
      this.byte(ZERO + (rest & 7))
      rest = ((rest >>> 3) | (top << 29)) >>> 0
      top >>>= 3
    } while (rest !== 0 || top !== 0)
    this.bytes.subarray(start, this.length).reverse()
  }

  /** Fills with blanks until the text since `start` has `width` bytes. */
  padTo(start: number, width: number): void {
    const missing = width - (this.length - start)
    if (missing > 0) this.repeat(BLANK, missing)
  }

  /** Moves the text since `start` right so that it has `width` bytes, `pad` before it. */
  padBefore(start: number, width: number, pad: number): void {
    const missing = width - (this.length - start)
    if (missing <= 0) return
    this.reserve(missing)
    const { bytes, length } = this
    for (let i = length - 1; i >= start; i--) bytes[i + missing] = bytes[i]!
    if (missing > SHORT) bytes.fill(pad, start, start + missing)
    else for (let i = 0; i < missing; i++) bytes[start + i] = pad
    this.length = length + missing
  }

  /** The text as a copy. */
  copy(start: number = 0): Uint8Array {
    return this.bytes.slice(start, this.length)
  }

  #upperHex(value: number, digits: number): void {
    this.reserve(ROOM)
    const { view } = this
    let at = this.length + digits
    const start = this.length
    this.length = at
    let rest = value
    while (at - start >= 2) {
      at -= 2
      view.setUint16(at, UPPER_PAIRS[rest & 0xff]!, true)
      rest >>>= 8
    }
    if (at > start) this.bytes[start] = UPPER_PAIRS[rest & 15]! >>> 8
  }

  #grow(needed: number): void {
    const bytes = this.#allocate(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}
