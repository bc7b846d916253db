/** Helpers that find a dynamic array, or tell something about it or about the record. */
import { type Code, constantCode, convert, type IntegerCode, narrowCode } from '../code.ts'
import type { Helper } from '../compiler.ts'
import { argument } from '../compiler.ts'
import { ExpressionError } from '../expression.ts'
import { binaryCode } from '../operators.ts'

/** `__get_str(name)`, `__get_dynamic_array(name)`, `__get_sockaddr(name)`: where the array is. */
export const arrayOf: Helper = (args, compiler) => compiler.namedArray(args[0])

/** `__get_dynamic_array_len(name)`: its bytes. */
export const lengthOf: Helper = (args, compiler) => {
  const { locate } = compiler.namedArray(args[0])
  return narrowCode(true, (r) => {
    locate(r)
    return r.to - r.from
  })
}

/** `__event_in_irq()` and its like: whether one of these bits is in common_flags. */
export function contextHelper(bits: number): Helper {
  return (_args, compiler) => {
    const flags = compiler.compile({ kind: 'field', name: 'common_flags' })
    return binaryCode('&', flags, constantCode(BigInt(bits), 32, true))
  }
}

/** `__print_ns_to_secs(ns)` and the rest that goes with it, which is less than 10^9. */
export function nanosecondsHelper(operator: '/' | '%'): Helper {
  return (args, compiler) => {
    const ns = convert(compiler.integer(args[0]), 64, false)
    const result = binaryCode(operator, ns, constantCode(1_000_000_000n, 64, false))
    return operator === '%' ? convert(result, 32, false) : result
  }
}

/** A function that gives back its first argument. */
export const identity: Helper = (args, compiler) => compiler.compile(argument(args[0]))

/** `__builtin_constant_p(value)` */
export const isConstant: Helper = (args, compiler) => {
  const { constant } = compiler.integer(args[0])
  return constantCode(constant === undefined ? 0n : 1n, 32, true)
}

/** `__builtin_choose_expr(constant, a, b)` */
export const chooseExpression: Helper = (args, compiler): Code =>
  compiler.compile(argument(compiler.constant(args[0]) !== 0n ? args[1] : args[2]))

/** Byte-swapping by type: `__le16_to_cpup(pointer)`, 0 where the array is empty. */
export const le16At: Helper = (args, compiler): IntegerCode => {
  const code = compiler.compile(argument(args[0]))
  if (code.kind === 'integer' && code.constant === 0n) return code
  if (code.kind !== 'bytes') throw new ExpressionError('not an address in the record')
  const { locate } = code
  return narrowCode(true, (r) => {
    locate(r)
    return r.from + 2 <= r.to ? r.view.getUint16(r.from, true) : 0
  })
}
