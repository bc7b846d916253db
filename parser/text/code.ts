/**
 * Compiled expressions: closures over a record cursor. A 32-bit value is what its closure returns,
 * always as a signed number (the type says how to read it, and small integers are not boxed); a
 * 64-bit value is left in the cursor's halves; text is written to the sink; an array is a range of
 * the record's bytes.
 */
import { ExpressionError } from './expression.ts'
import { RecordCursor } from './record-cursor.ts'
import type { IntegerType, PointerType } from './type-names.ts'

/** Any compiled expression. */
export type Code = IntegerCode | TextCode | BytesCode

/** An integer of 32 or 64 bits: C has promoted smaller ones. */
export interface IntegerCode {
  readonly kind: 'integer'
  readonly bits: 32 | 64
  readonly signed: boolean
  /** Value of a constant, as unsigned 64 bits extended by the sign. */
  readonly constant: bigint | undefined
  /** The value's low 32 bits. */
  readonly narrow: (r: RecordCursor) => number
  /** Leaves the value, extended by its sign, in the cursor's halves. */
  readonly wide: (r: RecordCursor) => void
  /** What it points at, for pointers. */
  readonly pointer: PointerType | undefined
  /** Where it is in the record, for a field as it is; undefined for what is computed. */
  readonly offset: number | undefined
}

/** Text that a helper makes. */
export interface TextCode {
  readonly kind: 'text'
  readonly write: (r: RecordCursor) => void
  /** The text of a literal. */
  readonly literal?: Uint8Array
}

/** Bytes in the record: an array, or what a pointer into the record points at. */
export interface BytesCode {
  readonly kind: 'bytes'
  /** Leaves the range in the cursor; never outside the record. */
  readonly locate: (r: RecordCursor) => void
  readonly element: IntegerType | undefined
  /** Where it is in the record, or where its location word is; for the field as it is. */
  readonly place?: ArrayPlace
}

/** The field an array is. */
export interface ArrayPlace {
  readonly isDynamic: boolean
  readonly offset: number
  /** Bytes in place; what a location counts from. */
  readonly size: number
}

/** A 32-bit value. */
export function narrowCode(
  signed: boolean,
  narrow: (r: RecordCursor) => number,
  constant?: bigint,
): IntegerCode {
  const wide = signed
    ? (r: RecordCursor) => {
        const value = narrow(r)
        r.low = value
        r.high = value >> 31
      }
    : (r: RecordCursor) => {
        r.low = narrow(r)
        r.high = 0
      }
  return { kind: 'integer', bits: 32, signed, constant, narrow, wide, ...COMPUTED }
}

/** A 64-bit value. */
export function wideCode(
  signed: boolean,
  wide: (r: RecordCursor) => void,
  constant?: bigint,
): IntegerCode {
  const narrow = (r: RecordCursor): number => {
    wide(r)
    return r.low
  }
  return { kind: 'integer', bits: 64, signed, constant, narrow, wide, ...COMPUTED }
}

const COMPUTED = { pointer: undefined, offset: undefined } as const

/** A constant of a type. */
export function constantCode(value: bigint, bits: 32 | 64, signed: boolean): IntegerCode {
  const low = Number(BigInt.asIntN(32, value))
  const extended = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
  const constant = BigInt.asUintN(64, extended)
  if (bits === 32) return narrowCode(signed, () => low, constant)
  const high = Number(BigInt.asIntN(32, value >> 32n))
  return wideCode(
    signed,
    (r) => {
      r.high = high
      r.low = low
    },
    constant,
  )
}

/** A code whose operands are all constants, evaluated now. */
export function fold(code: IntegerCode, ...operands: readonly Code[]): IntegerCode {
  if (operands.some((operand) => operand.kind !== 'integer' || operand.constant === undefined))
    return code
  code.wide(SCRATCH)
  const value = (BigInt(SCRATCH.high) << 32n) | BigInt(SCRATCH.low >>> 0)
  return { ...constantCode(value, code.bits, code.signed), pointer: code.pointer }
}

const SCRATCH = new RecordCursor()

/** The value as 32 or 64 bits, extended or cut as C converts. */
export function convert(code: IntegerCode, bits: 32 | 64, signed: boolean): IntegerCode {
  if (code.bits === bits && code.signed === signed && !code.pointer) return code
  const { narrow, wide } = code
  const offset = code.bits === bits ? code.offset : undefined
  const converted = bits === 32 ? narrowCode(signed, narrow) : wideCode(signed, wide)
  return fold({ ...converted, offset }, code)
}

/** The value cut to 8 or 16 bits and promoted again. */
export function truncate(code: IntegerCode, bits: 8 | 16, signed: boolean): IntegerCode {
  const { narrow } = code
  const shift = 32 - bits
  return fold(
    narrowCode(
      true,
      signed ? (r) => (narrow(r) << shift) >> shift : (r) => (narrow(r) << shift) >>> shift,
    ),
    code,
  )
}

/** Whether the value is not 0. */
export function truthOf(code: Code): (r: RecordCursor) => boolean {
  if (code.kind === 'bytes') return () => true
  const integer = asInteger(code)
  const { narrow, wide } = integer
  if (integer.bits === 32) return (r) => narrow(r) !== 0
  return (r) => {
    wide(r)
    return (r.low | r.high) !== 0
  }
}

/** The code as an integer; throws where it is none. */
export function asInteger(code: Code): IntegerCode {
  if (code.kind === 'integer') return code
  throw new ExpressionError(`${code.kind} where a number is expected`)
}

/** The code as bytes of the record; throws where it is none. */
export function asBytes(code: Code): BytesCode {
  if (code.kind === 'bytes') return code
  throw new ExpressionError(`${code.kind} where an array of the record is expected`)
}
