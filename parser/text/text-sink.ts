/**
 * A growing buffer that text is written into as bytes: what comes out of a trace need not be UTF-8
 * and becomes no string on its way to a file. 64-bit numbers come as two 32-bit halves, signed or
 * not; no number here needs a BigInt.
 */

/** Two digits each, in the order of bytes: 0 … 255 in hexadecimal, 0 … 99 in decimal. */
const PAIRS = pairs('0123456789abcdef', 256)
const UPPER_PAIRS = pairs('0123456789ABCDEF', 256)
const DECIMAL_PAIRS = pairs('0123456789', 100)

function pairs(digits: string, count: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, i) => {
    const first = digits.charCodeAt(Math.floor(i / digits.length))
    return first | (digits.charCodeAt(i % digits.length) << 8)
  })
}

const TWO32 = 0x1_0000_0000
const ZERO = 0x30
const BLANK = 0x20
const MINUS = 0x2d

/** Text is shorter than this up to which a loop beats `Uint8Array.set`. */
const SHORT = 32

/** Text that is written often, as words, because four bytes at a time are faster than one. */
export class FixedText {
  /** The bytes, filled up to a multiple of 4. */
  readonly words: Int32Array
  readonly length: number

  constructor(text: Uint8Array) {
    const padded = new Uint8Array((text.length + 3) & ~3)
    padded.set(text)
    const view = new DataView(padded.buffer)
    this.words = Int32Array.from({ length: padded.length / 4 }, (_, i) =>
      view.getInt32(i * 4, true),
    )
    this.length = text.length
  }
}

/** Bytes with a length; `bytes[0 … length]` is the text. Every method makes the room it needs. */
export class TextSink {
  bytes: Uint8Array
  length = 0
  /** Over `bytes`, for those who write words; exchanged with them when there is no room. */
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

  /** Text prepared for it. */
  fixed({ words, length }: FixedText): void {
    const at = this.length
    if (at + length + 4 > this.bytes.length) this.#grow(at + length + 4)
    const view = this.view
    // What the last word has too much is overwritten by what comes next.
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i]!, true)
    this.length = at + length
  }

  /** The bytes `from[start … end]` up to the first NUL. */
  text(from: Uint8Array, start: number, end: number): void {
    const most = end - start
    if (this.length + most > this.bytes.length) this.#grow(this.length + most)
    const { bytes } = this
    let at = this.length
    for (let i = start; i < end; i++) {
      const byte = from[i]!
      if (byte === 0) break
      bytes[at++] = byte
    }
    this.length = at
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
    let rest = value >>> 0
    if (this.length + 10 > this.bytes.length) this.#grow(this.length + 10)
    if (rest < 10) {
      this.bytes[this.length++] = ZERO + rest
      return
    }
    const view = this.view
    let at = this.length + digitsOf(rest)
    this.length = at
    while (rest >= 100) {
      const quotient = (rest / 100) >>> 0
      at -= 2
      view.setUint16(at, DECIMAL_PAIRS[rest - quotient * 100]!, true)
      rest = quotient
    }
    if (rest >= 10) view.setUint16(at - 2, DECIMAL_PAIRS[rest]!, true)
    else this.bytes[at - 1] = ZERO + rest
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
    this.#hexDigits(value, 8 - (Math.clz32(value | 1) >>> 2), PAIRS)
  }

  /** Hexadecimal of 64 bits, without leading zeros. */
  hex64(high: number, low: number): void {
    if (high === 0) this.#hexDigits(low, 8 - (Math.clz32(low | 1) >>> 2), PAIRS)
    else {
      this.#hexDigits(high, 8 - (Math.clz32(high) >>> 2), PAIRS)
      this.#hexDigits(low, 8, PAIRS)
    }
  }

  /** Hexadecimal of 64 bits in upper case, without leading zeros. */
  upperHex64(high: number, low: number): void {
    if (high === 0) this.#hexDigits(low, 8 - (Math.clz32(low | 1) >>> 2), UPPER_PAIRS)
    else {
      this.#hexDigits(high, 8 - (Math.clz32(high) >>> 2), UPPER_PAIRS)
      this.#hexDigits(low, 8, UPPER_PAIRS)
    }
  }

  /** The lowest `digits` (1 to 8) hexadecimal digits of `value`, zeros included. */
  hexPadded(value: number, digits: number): void {
    this.#hexDigits(value, digits, PAIRS)
  }

  /** Hexadecimal of 64 bits, with zeros up to `width` digits. */
  hexPadded64(high: number, low: number, width: number): void {
    if (high === 0 && width <= 8) {
      const digits = 8 - (Math.clz32(low | 1) >>> 2)
      this.#hexDigits(low, Math.max(digits, width), PAIRS)
      return
    }
    const missing = width - hexDigitsOf(high, low)
    for (let i = 0; i < missing; i++) this.byte(ZERO)
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

  #hexDigits(value: number, digits: number, alphabet: Uint16Array): void {
    if (this.length + 8 > this.bytes.length) this.#grow(this.length + 8)
    const view = this.view
    let at = this.length + digits
    const start = this.length
    this.length = at
    let rest = value
    while (at - start >= 2) {
      at -= 2
      view.setUint16(at, alphabet[rest & 0xff]!, true)
      rest >>>= 8
    }
    if (at > start) this.bytes[start] = alphabet[rest & 15]! >>> 8
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
