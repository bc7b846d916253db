/**
 * Numbers as digits, and text made ready beforehand, written straight into memory: each function writes
 * at `at`, perhaps up to `SLACK` bytes more than it says, and returns where the text ends. The
 * caller has made room. 64-bit numbers come as two 32-bit halves, signed or not.
 */

/** Bytes that may be overwritten behind a text's end. */
export const SLACK = 8
/** Most bytes of one number. */
export const MOST_DIGITS = 20

const TWO32 = 0x1_0000_0000
const ZERO = 0x30
const MINUS = 0x2d

/** Two digits of 0 … 99 each, in the order of bytes. */
export const PAIRS: Uint16Array = Uint16Array.from(
  { length: 100 },
  (_, i) => (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8),
)

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const NO_WORDS = new Int32Array(0)

function littleWords(buffer: ArrayBuffer): Int32Array {
  const view = new DataView(buffer)
  return Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(i * 4, true))
}

/** Text that is written often: many bytes at a time are faster than one. */
export class FixedText {
  readonly length: number
  /** The bytes, filled up to a multiple of 8, as the numbers they would be in memory. */
  readonly #doubles: Float64Array | undefined
  /** The same four bytes at a time, for bytes that some numbers would not keep. */
  readonly #words: Int32Array

  constructor(text: Uint8Array) {
    const doubles = new Float64Array((text.length + 7) >>> 3)
    new Uint8Array(doubles.buffer).set(text)
    // What is no number has many forms, of which V8 may write another one.
    const isExact = HOST_IS_LITTLE && !doubles.some(Number.isNaN)
    this.#doubles = isExact ? doubles : undefined
    this.#words = isExact ? NO_WORDS : littleWords(doubles.buffer)
    this.length = text.length
  }

  /** Writes the text. */
  put(view: DataView, at: number): number {
    const doubles = this.#doubles
    if (doubles === undefined) return this.#putWords(view, at)
    for (let i = 0; i < doubles.length; i++) view.setFloat64(at + i * 8, doubles[i]!, true)
    return at + this.length
  }

  #putWords(view: DataView, at: number): number {
    const words = this.#words
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i]!, true)
    return at + this.length
  }
}

/** The lower 16 bits as four hexadecimal digits, as they lie in memory. */
function fourHex(value: number): number {
  const bytes = ((value & 0xff00) >>> 8) | ((value & 0xff) << 16)
  const nibbles = ((bytes & 0xf0_00f0) >>> 4) | ((bytes & 0x0f_000f) << 8)
  const letters = ((nibbles + 0x0606_0606) >>> 4) & 0x0101_0101
  return nibbles + 0x3030_3030 + letters * 39
}

/** The lowest `digits` (1 to 8) hexadecimal digits of `value`, zeros included. */
export function putHex(view: DataView, at: number, value: number, digits: number): number {
  const shifted = value << (32 - 4 * digits)
  view.setInt32(at, fourHex(shifted >>> 16), true)
  view.setInt32(at + 4, fourHex(shifted), true)
  return at + digits
}

/** Hexadecimal of 64 bits, with zeros up to `width` digits, which are 16 at most. */
export function putHex64(
  view: DataView,
  at: number,
  high: number,
  low: number,
  width: number,
): number {
  if (high === 0 && width <= 8) {
    const digits = 8 - (Math.clz32(low | 1) >>> 2)
    return putHex(view, at, low, Math.max(digits, width))
  }
  const digits = Math.max(8 - (Math.clz32(high | 1) >>> 2), width - 8)
  return putHex(view, putHex(view, at, high, digits), low, 8)
}

const NIL = new FixedText(Buffer.from('(nil)', 'latin1'))
/** `0x` as it lies in memory. */
const HEX = 0x7830

/** An address as `0x…`, none as `(nil)`. */
export function putPointer(view: DataView, at: number, high: number, low: number): number {
  if ((high | low) === 0) return NIL.put(view, at)
  view.setUint16(at, HEX, true)
  return putHex64(view, at + 2, high, low, 0)
}

/** The bytes `from[start … end]` up to the first NUL. */
export function putText(
  bytes: Uint8Array,
  at: number,
  from: Uint8Array,
  start: number,
  end: number,
): number {
  let place = at
  for (let i = start; i < end; i++) {
    const byte = from[i]!
    if (byte === 0) break
    bytes[place++] = byte
  }
  return place
}

/** Decimal of the 32 bits of `value`, unsigned. */
export function putUnsigned(view: DataView, at: number, value: number): number {
  let rest = value >>> 0
  if (rest < 10) {
    view.setUint8(at, ZERO + rest)
    return at + 1
  }
  const end = at + digitsOf(rest)
  let place = end
  while (rest >= 100) {
    const quotient = (rest / 100) >>> 0
    place -= 2
    view.setUint16(place, PAIRS[rest - quotient * 100]!, true)
    rest = quotient
  }
  if (rest >= 10) view.setUint16(place - 2, PAIRS[rest]!, true)
  else view.setUint8(place - 1, ZERO + rest)
  return end
}

/** Decimal of the 32 bits of `value`, signed. */
export function putSigned(view: DataView, at: number, value: number): number {
  if ((value | 0) >= 0) return putUnsigned(view, at, value)
  view.setUint8(at, MINUS)
  return putUnsigned(view, at + 1, -(value | 0))
}

/** Decimal of 64 bits, unsigned. */
export function putUnsigned64(view: DataView, at: number, high: number, low: number): number {
  return high === 0 ? putUnsigned(view, at, low) : putLong(view, at, high, low)
}

function putLong(view: DataView, at: number, high: number, low: number): number {
  // One step of long division leaves a quotient that a Number holds exactly.
  const top = high >>> 0
  const topQuotient = Math.floor(top / 100_000)
  const middle = (top - topQuotient * 100_000) * TWO32 + (low >>> 0)
  const lowQuotient = Math.floor(middle / 100_000)
  const rest = topQuotient * TWO32 + lowQuotient
  const millions = Math.floor(rest / 1e9)
  let end = at
  if (millions > 0) {
    end = putUnsigned(view, end, millions)
    end = putZeroPadded(view, end, rest - millions * 1e9, 9)
  } else end = putUnsigned(view, end, rest)
  return putZeroPadded(view, end, middle - lowQuotient * 100_000, 5)
}

/** Decimal of 64 bits, signed. */
export function putSigned64(view: DataView, at: number, high: number, low: number): number {
  if ((high | 0) >= 0) return putUnsigned64(view, at, high, low)
  view.setUint8(at, MINUS)
  const negated = -low | 0
  return putUnsigned64(view, at + 1, negated === 0 ? -high | 0 : ~high, negated)
}

/** Decimal of 32 bits, unsigned, with zeros up to `width` digits, which are few. */
export function putZeroPadded(view: DataView, at: number, value: number, width: number): number {
  const missing = width - digitsOf(value >>> 0)
  for (let i = 0; i < missing; i++) view.setUint8(at + i, ZERO)
  return putUnsigned(view, missing > 0 ? at + missing : at, value)
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
