/** The operators of C on compiled values, with the widths and signs that C gives their results. */
import {
  asInteger,
  type Code,
  constantCode,
  convert,
  fold,
  type IntegerCode,
  narrowCode,
  truthOf,
  wideCode,
} from './code.ts'
import { ExpressionError } from './expression.ts'
import type { RecordCursor } from './record-cursor.ts'
import {
  add,
  and,
  compareWide,
  divideSigned,
  divideUnsigned,
  multiply,
  or,
  remainderSigned,
  remainderUnsigned,
  shiftLeft,
  shiftRight,
  subtract,
  type WideOperation,
  xor,
} from './wide.ts'

type Narrow = (a: number, b: number) => number

/** `operator` on a number. */
export function unaryCode(operator: string, of: Code): IntegerCode {
  if (operator === '!') {
    const isTrue = truthOf(of)
    return fold(
      narrowCode(true, (r) => (isTrue(r) ? 0 : 1)),
      of,
    )
  }
  const value = asInteger(of)
  const { narrow, wide, signed } = value
  switch (operator) {
    case '+':
      return convert(value, value.bits, signed)
    case '~':
      return fold(
        value.bits === 32
          ? narrowCode(signed, (r) => ~narrow(r))
          : wideCode(signed, (r) => {
              wide(r)
              r.high = ~r.high
              r.low = ~r.low
            }),
        value,
      )
    case '-':
      return fold(
        value.bits === 32
          ? narrowCode(signed, (r) => -narrow(r) | 0)
          : wideCode(signed, (r) => {
              wide(r)
              subtract(r, 0, 0, r.high, r.low)
            }),
        value,
      )
    default:
      throw new ExpressionError(`operator ${operator}`)
  }
}

/** `left operator right` on numbers and truths. */
export function binaryCode(operator: string, left: Code, right: Code): IntegerCode {
  if (operator === '&&' || operator === '||') return logical(operator, left, right)
  let a = asInteger(left)
  let b = asInteger(right)
  if (operator === '<<' || operator === '>>') return shift(operator, a, b)
  const bits = a.bits === 64 || b.bits === 64 ? 64 : 32
  // C's usual conversions: an unsigned operand as wide as the result makes it unsigned.
  const signed = !((a.bits === bits && !a.signed) || (b.bits === bits && !b.signed))
  const compare = COMPARISONS.get(operator)
  const pointer = a.pointer ?? b.pointer
  if (pointer && !compare) {
    if ((operator !== '+' && operator !== '-') || pointer.step === 0 || (a.pointer && b.pointer))
      throw new ExpressionError(`operator ${operator} on a pointer`)
    if (a.pointer) b = scaled(b, pointer.step, bits)
    else a = scaled(a, pointer.step, bits)
  }
  if (compare) return comparison(compare, a, b, bits, signed)
  const arithmetic = ARITHMETIC.get(operator)
  if (!arithmetic) throw new ExpressionError(`operator ${operator}`)
  if (b.constant === 0n && (operator === '/' || operator === '%'))
    throw new ExpressionError('division by 0')
  const [narrow, wide] = arithmetic(signed)
  const code = bits === 32 ? narrowBinary(narrow, a, b, signed) : wideBinary(wide, a, b, signed)
  return fold(pointer ? { ...code, pointer } : code, a, b)
}

/** A number of elements as bytes. */
function scaled(count: IntegerCode, step: number, bits: 32 | 64): IntegerCode {
  return step === 1 ? count : binaryCode('*', count, constantCode(BigInt(step), bits, true))
}

const ARITHMETIC: ReadonlyMap<string, (signed: boolean) => [Narrow, WideOperation]> = new Map<
  string,
  (signed: boolean) => [Narrow, WideOperation]
>([
  ['+', () => [(a, b) => (a + b) | 0, add]],
  ['-', () => [(a, b) => (a - b) | 0, subtract]],
  ['*', () => [Math.imul, multiply]],
  ['&', () => [(a, b) => a & b, and]],
  ['|', () => [(a, b) => a | b, or]],
  ['^', () => [(a, b) => a ^ b, xor]],
  [
    '/',
    (signed) =>
      signed
        ? [(a, b) => (b === 0 ? 0 : (a / b) | 0), divideSigned]
        : [(a, b) => (b === 0 ? 0 : ((a >>> 0) / (b >>> 0)) | 0), divideUnsigned],
  ],
  [
    '%',
    (signed) =>
      signed
        ? [(a, b) => (b === 0 ? 0 : (a % b) | 0), remainderSigned]
        : [(a, b) => (b === 0 ? 0 : ((a >>> 0) % (b >>> 0)) | 0), remainderUnsigned],
  ],
])

const COMPARISONS: ReadonlyMap<string, (order: number) => boolean> = new Map<
  string,
  (order: number) => boolean
>([
  ['==', (order) => order === 0],
  ['!=', (order) => order !== 0],
  ['<', (order) => order < 0],
  ['>', (order) => order > 0],
  ['<=', (order) => order <= 0],
  ['>=', (order) => order >= 0],
])

function narrowBinary(
  operation: Narrow,
  a: IntegerCode,
  b: IntegerCode,
  signed: boolean,
): IntegerCode {
  const left = a.narrow
  const right = b.narrow
  if (b.constant === undefined) return narrowCode(signed, (r) => operation(left(r), right(r)))
  const constant = Number(BigInt.asIntN(32, b.constant))
  return narrowCode(signed, (r) => operation(left(r), constant))
}

function wideBinary(
  operation: WideOperation,
  a: IntegerCode,
  b: IntegerCode,
  signed: boolean,
): IntegerCode {
  const left = a.wide
  const right = b.wide
  if (b.constant !== undefined) {
    const bh = Number(BigInt.asIntN(32, b.constant >> 32n))
    const bl = Number(BigInt.asIntN(32, b.constant))
    return wideCode(signed, (r) => {
      left(r)
      operation(r, r.high, r.low, bh, bl)
    })
  }
  return wideCode(signed, (r) => {
    left(r)
    const { high, low } = r
    right(r)
    operation(r, high, low, r.high, r.low)
  })
}

function comparison(
  holds: (order: number) => boolean,
  a: IntegerCode,
  b: IntegerCode,
  bits: 32 | 64,
  signed: boolean,
): IntegerCode {
  if (bits === 32) {
    const left = a.narrow
    const right = b.narrow
    const order = (x: number, y: number): number => (x === y ? 0 : x < y ? -1 : 1)
    return fold(
      narrowCode(
        true,
        signed
          ? (r) => (holds(order(left(r), right(r))) ? 1 : 0)
          : (r) => (holds(order(left(r) >>> 0, right(r) >>> 0)) ? 1 : 0),
      ),
      a,
      b,
    )
  }
  const left = a.wide
  const right = b.wide
  return fold(
    narrowCode(true, (r) => {
      left(r)
      const { high, low } = r
      right(r)
      return holds(compareWide(high, low, r.high, r.low, signed)) ? 1 : 0
    }),
    a,
    b,
  )
}

function logical(operator: '&&' | '||', left: Code, right: Code): IntegerCode {
  const a = truthOf(left)
  const b = truthOf(right)
  const holds =
    operator === '&&'
      ? (r: RecordCursor): number => (a(r) && b(r) ? 1 : 0)
      : (r: RecordCursor): number => (a(r) || b(r) ? 1 : 0)
  return fold(narrowCode(true, holds), left, right)
}

/** The result has the left operand's type alone. */
function shift(operator: '<<' | '>>', a: IntegerCode, b: IntegerCode): IntegerCode {
  const { signed } = a
  if (b.constant !== undefined && b.constant >= BigInt(a.bits))
    throw new ExpressionError(`shift by ${b.constant} of ${a.bits} bits`)
  const count = b.narrow
  if (a.bits === 32) {
    const { narrow } = a
    // Counts beyond the width are undefined in C; the bits are gone here.
    const beyond = (n: number): boolean => n < 0 || n > 31
    let code: (r: RecordCursor) => number
    if (operator === '<<')
      code = (r) => {
        const n = count(r)
        return beyond(n) ? 0 : narrow(r) << n
      }
    else if (signed) code = (r) => narrow(r) >> (beyond(count(r)) ? 31 : count(r))
    else
      code = (r) => {
        const n = count(r)
        return beyond(n) ? 0 : (narrow(r) >>> n) | 0
      }
    return fold(narrowCode(signed, code), a, b)
  }
  const { wide } = a
  return fold(
    wideCode(
      signed,
      operator === '<<'
        ? (r) => {
            const n = count(r)
            wide(r)
            shiftLeft(r, r.high, r.low, n)
          }
        : (r) => {
            const n = count(r)
            wide(r)
            shiftRight(r, r.high, r.low, n, signed)
          },
    ),
    a,
    b,
  )
}

/** `test ? yes : no` on numbers. */
export function conditionalCode(test: Code, yes: IntegerCode, no: IntegerCode): IntegerCode {
  const isTrue = truthOf(test)
  const bits = yes.bits === 64 || no.bits === 64 ? 64 : 32
  const signed = !((yes.bits === bits && !yes.signed) || (no.bits === bits && !no.signed))
  const pointer = yes.pointer ?? no.pointer
  let code: IntegerCode
  if (bits === 32) {
    const a = yes.narrow
    const b = no.narrow
    code = narrowCode(signed, (r) => (isTrue(r) ? a(r) : b(r)))
  } else {
    const a = yes.wide
    const b = no.wide
    code = wideCode(signed, (r) => {
      if (isTrue(r)) a(r)
      else b(r)
    })
  }
  return fold({ ...code, pointer }, test, yes, no)
}
