/** Constants of expressions as compiled values. */
import { constantCode, fold, type IntegerCode, narrowCode, type TextCode } from './code.ts'
import type { IntegerLiteral } from './expression.ts'

/** Constant text as code. */
export function literalText(bytes: Uint8Array): TextCode {
  const nul = bytes.indexOf(0)
  const literal = nul < 0 ? bytes : bytes.subarray(0, nul)
  return { kind: 'text', literal, write: (r) => r.sink.all(literal) }
}

/** A character of constant text. */
export function literalByte(literal: Uint8Array, index: IntegerCode): IntegerCode {
  const { narrow } = index
  return fold(
    narrowCode(true, (r) => literal[narrow(r)] ?? 0),
    index,
  )
}

/** C's type of an integer constant: the first it fits of int, long and long long. */
export function literalCode(literal: IntegerLiteral, longSize: 4 | 8): IntegerCode {
  const { value, decimal, longs } = literal
  const isLong = longs > 1 || (longs === 1 && longSize === 8)
  const mayBeUnsigned = literal.unsigned || !decimal
  if (!isLong) {
    if (value < 1n << 31n) return constantCode(value, 32, !literal.unsigned)
    if (mayBeUnsigned && value < 1n << 32n) return constantCode(value, 32, false)
  }
  const signed = !literal.unsigned && value < 1n << 63n
  return constantCode(value, 64, signed)
}
