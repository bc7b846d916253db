/**
 * A growing buffer that text is written into as bytes: what comes out of a trace need not be UTF-8
 * and becomes no string on its way to a file. 64-bit numbers come as two 32-bit halves, signed or
 * not; no number here needs a BigInt.
 */

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const UPPER_DIGITS = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0))
/** Tens and ones of 0 … 99. */
const TENS = Uint8Array.from({ length: 100 }, (_, i) => 0x30 + Math.floor(i / 10))
const ONES = Uint8Array.from({ length: 100 }, (_, i) => 0x30 + (i % 10))

/** Two hexadecimal digits of 0 … 255, as they lie in memory. */
const PAIRS = Uint16Array.from(
  { length: 256 },
  (_, i) => DIGITS[i >>> 4]! | (DIGITS[i & 15]! << 8),
)

const TWO32 = 0x1_0000_0000
const ZERO = 0x30
const BLANK = 0x20
const MINUS = 0x2d

/** Text is shorter than this up to which a loop beats `Uint8Array.set`. */
const SHORT = 32

/**
 * Text that is written again and again, as words: copying four bytes at a time is three times as
 * fast as copying bytes.
 */
export interface Literal {
  readonly length: number
  /** Little-endian words, the last one filled with zeros. */
  readonly words: Int32Array
}

/** Makes a literal of bytes. */
export function createLiteral(text: Uint8Array): Literal {
  const words = new Int32Array((text.length + 3) >>> 2)
  for (let i = 0; i < text.length; i++) words[i >>> 2]! |= text[i]! << ((i & 3) * 8)
  return { length: text.length, words }
}

/** Bytes with a length; `bytes[0 … length]` is the text. Every method makes the room it needs. */
export class TextSink {
  bytes: Uint8Array
  length = 0
  /** Over `bytes`. */
  view: DataView

  constructor(capacity: number = 1 << 16) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
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

  /** A literal; up to three bytes after it are overwritten. */
  literal(text: Literal): void {
    const { words, length } = text
    const at = this.length
    if (at + length + 4 > this.bytes.length) this.#grow(at + length + 4)
    const { view } = this
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i]!, true)
    this.length = at + length
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
    this.bytes.fill(value, this.length, this.length + count)
    this.length += count
  }

  /** Decimal of the 32 bits of `value`, unsigned. */
  unsigned(value: number): void {
    let rest = value >>> 0
    this.reserve(10)
    const { bytes } = this
    let at = this.length + (rest < 10 ? 1 : digitsOf(rest))
    this.length = at
    while (rest >= 100) {
      const quotient = (rest / 100) >>> 0
      const pair = rest - quotient * 100
      bytes[--at] = ONES[pair]!
      bytes[--at] = TENS[pair]!
      rest = quotient
    }
    bytes[--at] = ONES[rest]!
    if (rest >= 10) bytes[--at] = TENS[rest]!
  }

  /** Decimal of the 32 bits of `value`, signed. */
  signed(value: number): void {
    if ((value | 0) >= 0) this.unsigned(value)
    else {
      this.byte(MINUS)
      this.unsigned(-(value | 0))
    }
  }

  /** Decimal of 64 bits, unsigned. */
  unsigned64(high: number, low: number): void {
    if (high === 0) {
      this.unsigned(low)
      return
    }
    // One step of long division leaves a quotient that a Number holds exactly.
    const top = high >>> 0
    const topQuotient = Math.floor(top / 100_000)
    const middle = (top - topQuotient * 100_000) * TWO32 + (low >>> 0)
    const lowQuotient = Math.floor(middle / 100_000)
    const rest = topQuotient * TWO32 + lowQuotient
    const millions = Math.floor(rest / 1e9)
    if (millions > 0) {
      this.unsigned(millions)
      this.unsignedPadded(rest - millions * 1e9, 9, ZERO)
    } else this.unsigned(rest)
    this.unsignedPadded(middle - lowQuotient * 100_000, 5, ZERO)
  }

  /** Decimal of 64 bits, signed. */
  signed64(high: number, low: number): void {
    if ((high | 0) >= 0) {
      this.unsigned64(high, low)
      return
    }
    this.byte(MINUS)
    const negated = -low | 0
    this.unsigned64(negated === 0 ? -high | 0 : ~high, negated)
  }

  /** Decimal of 32 bits, unsigned, filled from the left with `pad` up to `width`. */
  unsignedPadded(value: number, width: number, pad: number): void {
    const missing = width - digitsOf(value >>> 0)
    for (let i = 0; i < missing; i++) this.byte(pad)
    this.unsigned(value)
  }

  /** Hexadecimal of 32 bits, without leading zeros. */
  hex(value: number): void {
    const digits = 8 - (Math.clz32(value | 1) >>> 2)
    this.reserve(10)
    const at = this.length
    if ((digits & 1) === 1) {
      this.bytes[at] = DIGITS[(value >>> ((digits - 1) * 4)) & 15]!
      this.#hexPairs(value, digits >>> 1, at + 1)
    } else this.#hexPairs(value, digits >>> 1, at)
    this.length = at + digits
  }

  /** Hexadecimal of 64 bits, without leading zeros. */
  hex64(high: number, low: number): void {
    if (high === 0) this.hex(low)
    else {
      this.hex(high)
      this.reserve(8)
      this.#hexPairs(low, 4, this.length)
      this.length += 8
    }
  }

  /** Hexadecimal of 64 bits in upper case, without leading zeros. */
  upperHex64(high: number, low: number): void {
    const topDigits = 8 - (Math.clz32(high | 1) >>> 2)
    if (high !== 0) this.#hexDigits(high, topDigits, UPPER_DIGITS)
    this.#hexDigits(low, high !== 0 ? 8 : 8 - (Math.clz32(low | 1) >>> 2), UPPER_DIGITS)
  }

  /** The lowest `digits` (1 to 8) hexadecimal digits of `value`, zeros included. */
  hexPadded(value: number, digits: number): void {
    this.#hexDigits(value, digits, DIGITS)
  }

  /** Hexadecimal of 64 bits, with zeros up to `width` digits. */
  hexPadded64(high: number, low: number, width: number): void {
    const digits = hexDigitsOf(high, low)
    if (width > digits) this.repeat(ZERO, width - digits)
    this.hex64(high, low)
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
    this.bytes.copyWithin(start + missing, start, this.length)
    this.bytes.fill(pad, start, start + missing)
    this.length += missing
  }

  /** The text as a copy. */
  copy(start: number = 0): Uint8Array {
    return this.bytes.slice(start, this.length)
  }

  #hexPairs(value: number, pairs: number, at: number): void {
    const { view } = this
    for (let shift = (pairs - 1) * 8, to = at; shift >= 0; shift -= 8, to += 2)
      view.setUint16(to, PAIRS[(value >>> shift) & 255]!, true)
  }

  #hexDigits(value: number, digits: number, alphabet: Uint8Array): void {
    this.reserve(8)
    const { bytes } = this
    let at = this.length + digits
    this.length = at
    let rest = value
    for (let i = 0; i < digits; i++) {
      bytes[--at] = alphabet[rest & 15]!
      rest >>>= 4
    }
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

/** Decimal digits of an unsigned 32-bit number. */
export function digitsOf(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2
    if (value < 1000) return 3
    return value < 10_000 ? 4 : 5
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7
  if (value < 100_000_000) return 8
  return value < 1_000_000_000 ? 9 : 10
}

/** Hexadecimal digits of 64 bits, at least one. */
export function hexDigitsOf(high: number, low: number): number {
  return high === 0 ? 8 - (Math.clz32(low | 1) >>> 2) : 16 - (Math.clz32(high) >>> 2)
}
