/**
 * Arithmetic on 64-bit values as two signed 32-bit halves, without BigInt where the result does
 * not need one. Results are left in a cursor's halves.
 */
import type { RecordCursor } from './record-cursor.ts'

const TWO32 = 0x1_0000_0000
/** Halves above this are beyond what a Number counts exactly. */
const EXACT_HIGH = 0x20_0000

/** A binary operation on halves; the right operand is `bh`, `bl`. */
export type WideOperation = (
  r: RecordCursor,
  ah: number,
  al: number,
  bh: number,
  bl: number,
) => void

/** a + b */
export const add: WideOperation = (r, ah, al, bh, bl) => {
  const low = (al + bl) | 0
  r.high = (ah + bh + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0
  r.low = low
}

/** a - b */
export const subtract: WideOperation = (r, ah, al, bh, bl) => {
  r.high = (ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0
  r.low = (al - bl) | 0
}

/** a & b */
export const and: WideOperation = (r, ah, al, bh, bl) => {
  r.high = ah & bh
  r.low = al & bl
}

/** a | b */
export const or: WideOperation = (r, ah, al, bh, bl) => {
  r.high = ah | bh
  r.low = al | bl
}

/** a ^ b */
export const xor: WideOperation = (r, ah, al, bh, bl) => {
  r.high = ah ^ bh
  r.low = al ^ bl
}

/** a * b, the low 64 bits. */
export const multiply: WideOperation = (r, ah, al, bh, bl) => {
  const a0 = al & 0xffff
  const a1 = al >>> 16
  const b0 = bl & 0xffff
  const b1 = bl >>> 16
  const low = a0 * b0
  const middle = a1 * b0 + (low >>> 16)
  const cross = a0 * b1 + (middle % 0x10000)
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)
  r.high = (carry + Math.imul(ah, bl) + Math.imul(al, bh)) | 0
  r.low = Math.imul(al, bl)
}

/** a << count, for any count: 64 and more leave nothing. */
export function shiftLeft(r: RecordCursor, high: number, low: number, count: number): void {
  if (count >= 64 || count < 0) {
    r.high = 0
    r.low = 0
  } else if (count >= 32) {
    r.high = low << (count - 32)
    r.low = 0
  } else if (count > 0) {
    r.high = (high << count) | (low >>> (32 - count))
    r.low = low << count
  } else {
    r.high = high
    r.low = low
  }
}

/** a >> count, filled with the sign or with zeros. */
export function shiftRight(
  r: RecordCursor,
  high: number,
  low: number,
  count: number,
  signed: boolean,
): void {
  const fill = signed ? high >> 31 : 0
  if (count >= 64 || count < 0) {
    r.high = fill
    r.low = fill
  } else if (count >= 32) {
    r.high = fill
    r.low = signed ? high >> (count - 32) : (high >>> (count - 32)) | 0
  } else if (count > 0) {
    r.high = signed ? high >> count : (high >>> count) | 0
    r.low = (low >>> count) | (high << (32 - count))
  } else {
    r.high = high
    r.low = low
  }
}

/** a / b, unsigned; 0 where b is 0. */
export const divideUnsigned: WideOperation = (r, ah, al, bh, bl) =>
  divide(r, ah >>> 0, al >>> 0, bh >>> 0, bl >>> 0, false)

/** a % b, unsigned; 0 where b is 0. */
export const remainderUnsigned: WideOperation = (r, ah, al, bh, bl) =>
  divide(r, ah >>> 0, al >>> 0, bh >>> 0, bl >>> 0, true)

/** a / b, signed, towards 0; 0 where b is 0. */
export const divideSigned: WideOperation = (r, ah, al, bh, bl) => {
  const negative = (ah ^ bh) < 0
  divideMagnitudes(r, ah, al, bh, bl, false)
  if (negative) subtract(r, 0, 0, r.high, r.low)
}

/** a % b, signed, with the sign of a; 0 where b is 0. */
export const remainderSigned: WideOperation = (r, ah, al, bh, bl) => {
  divideMagnitudes(r, ah, al, bh, bl, true)
  if (ah < 0) subtract(r, 0, 0, r.high, r.low)
}

function divideMagnitudes(
  r: RecordCursor,
  ah: number,
  al: number,
  bh: number,
  bl: number,
  wantsRest: boolean,
): void {
  absolute(r, ah, al)
  const high = r.high
  const low = r.low
  absolute(r, bh, bl)
  divide(r, high >>> 0, low >>> 0, r.high >>> 0, r.low >>> 0, wantsRest)
}

function absolute(r: RecordCursor, high: number, low: number): void {
  if (high < 0) subtract(r, 0, 0, high, low)
  else {
    r.high = high
    r.low = low
  }
}

/** Halves here are unsigned numbers. */
function divide(
  r: RecordCursor,
  ah: number,
  al: number,
  bh: number,
  bl: number,
  wantsRest: boolean,
): void {
  if (bh === 0 && bl === 0) {
    r.high = 0
    r.low = 0
    return
  }
  if (ah < EXACT_HIGH && bh < EXACT_HIGH) {
    const a = ah * TWO32 + al
    const b = bh * TWO32 + bl
    const rest = a % b
    store(r, wantsRest ? rest : (a - rest) / b)
    return
  }
  const a = (BigInt(ah) << 32n) | BigInt(al)
  const b = (BigInt(bh) << 32n) | BigInt(bl)
  const result = wantsRest ? a % b : a / b
  r.high = Number(BigInt.asIntN(32, result >> 32n))
  r.low = Number(BigInt.asIntN(32, result))
}

function store(r: RecordCursor, value: number): void {
  const high = Math.floor(value / TWO32)
  r.high = high | 0
  r.low = (value - high * TWO32) | 0
}

/** Sign of a - b: -1, 0 or 1. */
export function compareWide(
  ah: number,
  al: number,
  bh: number,
  bl: number,
  signed: boolean,
): number {
  if (ah !== bh) {
    const less = signed ? ah < bh : ah >>> 0 < bh >>> 0
    return less ? -1 : 1
  }
  if (al === bl) return 0
  return al >>> 0 < bl >>> 0 ? -1 : 1
}
