/** Expressions of filters, bound to the fields of one event. */
import { decodeText, findNul } from '../../event/text.ts'
import type { EventFormat, FieldFormat } from '../../event/types.ts'
import type { AddressNames } from '../address-names.ts'
import { basicRegex, filterError, type Node } from './syntax.ts'

/** A record while it is looked at; one object serves all. */
export interface FilteredRecord {
  bytes: Uint8Array
  view: DataView
  at: number
  size: number
  cpu: number
  high: number
  low: number
}

/** What an expression may ask for besides fields. */
export interface FilterContext {
  readonly littleEndian: boolean
  readonly names: AddressNames
  /** Name of the record's task. */
  readonly comm: (record: FilteredRecord) => string
  readonly filter: string
}

/** Integers that a double holds come as numbers, others as bigints. */
type Value = number | bigint | string | undefined
type Evaluate = (record: FilteredRecord) => Value

/** Makes the test for records of an event; a field that the event has not makes its part false. */
export function compileFilter(
  expression: Node | undefined,
  format: EventFormat,
  context: FilterContext,
): (record: FilteredRecord) => boolean {
  if (!expression) return () => true
  const evaluate = compile(expression, format, context)
  return (record) => isTrue(evaluate(record))
}

function isTrue(value: Value): boolean {
  return value !== undefined && value !== 0 && value !== 0n && value !== ''
}

function compile(node: Node, format: EventFormat, context: FilterContext): Evaluate {
  switch (node.kind) {
    case 'number': {
      const value = small(node.value)
      return () => value
    }
    case 'string':
      return () => node.value
    case 'name':
      return compileName(node.name, format, context)
    case 'not': {
      const operand = compile(node.operand, format, context)
      return (record) => (isTrue(operand(record)) ? 0 : 1)
    }
    case 'minus': {
      const operand = compile(node.operand, format, context)
      return (record) => {
        const value = operand(record)
        return typeof value === 'number' || typeof value === 'bigint' ? -value : undefined
      }
    }
    case 'binary':
      return compileBinary(node, format, context)
  }
}

function small(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    ? Number(value)
    : value
}

function compileName(name: string, format: EventFormat, context: FilterContext): Evaluate {
  const field =
    format.fields.find((field) => field.name === name) ??
    format.common.find((field) => field.name === name)
  if (field) return compileField(field, context)
  switch (name) {
    case 'COMM':
      return (record) => context.comm(record)
    case 'CPU':
      return (record) => record.cpu
    case 'TIMESTAMP':
      return (record) => joined(record.high, record.low)
    default:
      return () => undefined
  }
}

function joined(high: number, low: number): number | bigint {
  const value = high * 0x1_0000_0000 + (low >>> 0)
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low >>> 0)
}

function compileField(field: FieldFormat, { littleEndian: le }: FilterContext): Evaluate {
  const { offset, size, kind, signed } = field
  if (kind === 'scalar' || kind === 'pointer' || kind === 'bool') {
    const end = offset + size
    return (record) => {
      if (end > record.size) return undefined
      const at = record.at + offset
      const { view } = record
      if (size === 1) return signed ? view.getInt8(at) : view.getUint8(at)
      if (size === 2) return signed ? view.getInt16(at, le) : view.getUint16(at, le)
      if (size === 4) return signed ? view.getInt32(at, le) : view.getUint32(at, le)
      const low = view.getUint32(le ? at : at + 4, le)
      const top = le ? at + 4 : at
      return joined(signed ? view.getInt32(top, le) : view.getUint32(top, le), low)
    }
  }
  if (!field.isText) return () => undefined
  return (record) => {
    let start = offset
    let end = kind === 'rest' ? record.size : offset + size
    if (kind === 'dataLoc' || kind === 'relLoc') {
      if (offset + 4 > record.size || size !== 4) return undefined
      const word = record.view.getUint32(record.at + offset, le)
      start = (word & 0xffff) + (kind === 'relLoc' ? offset + 4 : 0)
      end = start + (word >>> 16)
    }
    if (end > record.size || start > end) return undefined
    const { bytes, at } = record
    return decodeText(bytes, at + start, findNul(bytes, at + start, at + end))
  }
}

function compileBinary(
  node: Node & { kind: 'binary' },
  format: EventFormat,
  context: FilterContext,
): Evaluate {
  const { operator } = node
  const left = compile(node.left, format, context)
  const right = compile(node.right, format, context)
  switch (operator) {
    case '&&':
      return (record) => (isTrue(left(record)) && isTrue(right(record)) ? 1 : 0)
    case '||':
      return (record) => (isTrue(left(record)) || isTrue(right(record)) ? 1 : 0)
    case '=~':
    case '!~': {
      if (node.right.kind !== 'string')
        throw filterError(context.filter, `${operator} needs a pattern in quotes`)
      const regex = basicRegex(node.right.value, context.filter)
      const wanted = operator === '=~'
      return (record) => {
        const text = asText(left(record), context)
        return text !== undefined && regex.test(text) === wanted ? 1 : 0
      }
    }
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return (record) => (compare(operator, left(record), right(record), context) ? 1 : 0)
    default:
      return (record) => calculate(operator, left(record), right(record))
  }
}

/** A number as text is the function at that address. */
function asText(value: Value, { names }: FilterContext): string | undefined {
  if (typeof value === 'string' || value === undefined) return value
  const address = BigInt.asUintN(64, BigInt(value))
  return names.lookup(Number(address >> 32n), Number(address & 0xffffffffn))?.name
}

function compare(operator: string, left: Value, right: Value, context: FilterContext): boolean {
  if (left === undefined || right === undefined) return false
  if (typeof left === 'string' || typeof right === 'string') {
    const same = asText(left, context) === asText(right, context)
    return operator === '==' ? same : operator === '!=' ? !same : false
  }
  switch (operator) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return left < right
    case '>':
      return left > right
    case '<=':
      return left <= right
    default:
      return left >= right
  }
}

function calculate(operator: string, left: Value, right: Value): Value {
  if (typeof left === 'string' || typeof right === 'string') return undefined
  if (left === undefined || right === undefined) return undefined
  const a = BigInt(left)
  const b = BigInt(right)
  switch (operator) {
    case '+':
      return small(BigInt.asIntN(64, a + b))
    case '-':
      return small(BigInt.asIntN(64, a - b))
    case '*':
      return small(BigInt.asIntN(64, a * b))
    case '&':
      return small(a & b)
    case '|':
      return small(a | b)
    case '^':
      return small(a ^ b)
    case '<<':
      return b < 0n || b > 63n ? 0 : small(BigInt.asUintN(64, a << b))
    case '>>':
      return b < 0n || b > 63n ? 0 : small(a >> b)
    default:
      return b === 0n ? undefined : small(operator === '/' ? a / b : a % b)
  }
}
