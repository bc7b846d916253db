import t from 'tap'
import { RecordCursor } from '../../../parser/text/record-cursor.ts'
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
} from '../../../parser/text/wide.ts'

const values: bigint[] = [0n, 1n, 3n, 10n, 255n, 1_000_000_007n, 0x1234_5678_9abc_def0n]
for (const bit of [16n, 31n, 32n, 33n, 48n, 52n, 53n, 54n, 63n, 64n])
  values.push((1n << bit) - 1n, 1n << bit, (1n << bit) + 1n)
values.push(...values.map((value) => -value))

const high = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n))
const low = (value: bigint): number => Number(BigInt.asIntN(32, value))
const signed = (value: bigint): bigint => BigInt.asIntN(64, value)
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value)

const OPERATIONS: readonly [string, WideOperation, (a: bigint, b: bigint) => bigint][] = [
  ['+', add, (a, b) => a + b],
  ['-', subtract, (a, b) => a - b],
  ['*', multiply, (a, b) => a * b],
  ['&', and, (a, b) => a & b],
  ['|', or, (a, b) => a | b],
  ['^', xor, (a, b) => a ^ b],
  ['/ signed', divideSigned, (a, b) => (signed(b) === 0n ? 0n : signed(a) / signed(b))],
  ['% signed', remainderSigned, (a, b) => (signed(b) === 0n ? 0n : signed(a) % signed(b))],
  ['/', divideUnsigned, (a, b) => (unsigned(b) === 0n ? 0n : unsigned(a) / unsigned(b))],
  ['%', remainderUnsigned, (a, b) => (unsigned(b) === 0n ? 0n : unsigned(a) % unsigned(b))],
]

t.test('operations on halves are those of 64 bits', async (t) => {
  const r = new RecordCursor()
  for (const [name, operation, expected] of OPERATIONS) {
    const wrong: string[] = []
    for (const a of values)
      for (const b of values) {
        operation(r, high(a), low(a), high(b), low(b))
        const result = (BigInt(r.high) << 32n) | BigInt(r.low >>> 0)
        if (result !== signed(expected(a, b))) wrong.push(`${a} ${name} ${b} gives ${result}`)
      }
    t.same(wrong, [], name)
  }
})

t.test('shifts and order', async (t) => {
  const r = new RecordCursor()
  const wrong: string[] = []
  const check = (what: string, expected: bigint): void => {
    const result = (BigInt(r.high) << 32n) | BigInt(r.low >>> 0)
    if (result !== signed(expected)) wrong.push(`${what} gives ${result}`)
  }
  const order = (x: bigint, y: bigint): number => (x < y ? -1 : x > y ? 1 : 0)
  for (const a of values) {
    for (const count of [0, 1, 4, 31, 32, 33, 63, 64]) {
      const n = BigInt(count)
      shiftLeft(r, high(a), low(a), count)
      check(`${a} << ${count}`, a << n)
      shiftRight(r, high(a), low(a), count, true)
      check(`${a} >> ${count} signed`, signed(a) >> n)
      shiftRight(r, high(a), low(a), count, false)
      check(`${a} >> ${count}`, unsigned(a) >> n)
    }
    for (const b of values) {
      const halves = [high(a), low(a), high(b), low(b)] as const
      if (compareWide(...halves, true) !== order(signed(a), signed(b))) wrong.push(`${a} ? ${b}`)
      if (compareWide(...halves, false) !== order(unsigned(a), unsigned(b)))
        wrong.push(`${a} ? ${b} unsigned`)
    }
  }
  t.same(wrong, [])
})
