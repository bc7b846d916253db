/**
 * Compiles parsed expressions for the records of one event. Types are C's: what an operand is
 * decides width and sign of the result, and pointers into the record step by what they point at.
 */
import type { EventFormat, FieldFormat } from '../event/types.ts'
import { AddressNames } from './address-names.ts'
import { elementOf, offsetBy } from './array-access.ts'
import {
  asBytes,
  asInteger,
  type BytesCode,
  type Code,
  constantCode,
  convert,
  type IntegerCode,
  truncate,
  truthOf,
} from './code.ts'
import { ENUMERATORS } from './enumerators.ts'
import { type Expression, ExpressionError } from './expression.ts'
import { arrayField, integerAt, scalarField } from './field-code.ts'
import { literalByte, literalCode, literalText } from './literals.ts'
import { binaryCode, conditionalCode, unaryCode } from './operators.ts'
import type { PrintContext } from './print-context.ts'
import { createTextOf } from './strings.ts'
import { type IntegerType, namedType, sizeOfType } from './type-names.ts'

/** Bytes of the word that says where a dynamic array is. */
const LOCATION_BYTES = 4

/** A function of print formats: compiles a call of it. */
export type Helper = (args: readonly Expression[], compiler: Compiler) => Code

/** Compiles expressions over one event's fields. */
export class Compiler {
  readonly context: PrintContext
  readonly format: EventFormat
  /** Bytes that a record must have for all fixed fields that were used. */
  minimumSize = 0
  readonly #helpers: ReadonlyMap<string, Helper>
  readonly #known: ReadonlyMap<string, Code>

  /** `known` has fields that are not what their declaration says. */
  constructor(
    format: EventFormat,
    context: PrintContext,
    helpers: ReadonlyMap<string, Helper>,
    known: ReadonlyMap<string, Code> = new Map(),
  ) {
    this.format = format
    this.context = context
    this.#helpers = helpers
    this.#known = known
  }

  /** Whether a field is what its declaration says. */
  isDeclared(name: string): boolean {
    return !this.#known.has(name)
  }

  /** Compiles an expression; throws ExpressionError where it cannot be evaluated. */
  compile(expression: Expression): Code {
    switch (expression.kind) {
      case 'integer':
        return literalCode(expression, this.context.longSize)
      case 'string':
        return literalText(Buffer.from(expression.text))
      case 'name':
        return this.#name(expression.name)
      case 'field':
        return this.#field(expression.name)
      case 'unary':
        return this.#unary(expression.operator, expression.of)
      case 'binary':
        return this.#binary(expression.operator, expression.left, expression.right)
      case 'conditional':
        return this.#conditional(
          this.compile(expression.test),
          this.compile(expression.yes),
          this.compile(expression.no),
        )
      case 'cast':
        return this.#cast(expression.type, this.compile(expression.of))
      case 'sizeof':
        return this.#sizeof(expression.type, expression.of)
      case 'index':
        return this.#index(this.compile(expression.of), expression.index)
      case 'call':
        return this.#call(expression.name, expression.args)
      case 'list':
        throw new ExpressionError('{…} outside a table')
    }
  }

  /** An argument that must be a number. */
  integer(expression: Expression | undefined): IntegerCode {
    return asInteger(this.compile(argument(expression)))
  }

  /** An argument that must be bytes of the record. */
  bytes(expression: Expression | undefined): BytesCode {
    return asBytes(this.compile(argument(expression)))
  }

  /** The value of an argument that must be a constant. */
  constant(expression: Expression | undefined): bigint {
    const { constant } = this.integer(expression)
    if (constant === undefined) throw new ExpressionError('not a constant')
    return constant
  }

  /** The value of an expression, as unsigned 64 bits; undefined where a record decides it. */
  constantOf(expression: Expression): bigint | undefined {
    const code = this.compile(expression)
    return code.kind === 'integer' ? code.constant : undefined
  }

  /** The array that a helper like `__get_str(name)` names. */
  namedArray(expression: Expression | undefined): BytesCode {
    const field = this.#namedField(expression)
    if (field.kind === 'scalar' || field.kind === 'pointer' || field.kind === 'bool')
      throw new ExpressionError(`field ${field.name} is no array`)
    return this.#array(field)
  }

  /** `name`, or `name[i]` of probes' arrays of strings: each element is a location of its own. */
  #namedField(expression: Expression | undefined): FieldFormat {
    if (expression?.kind === 'name') return this.#find(expression.name)
    if (expression?.kind !== 'index' || expression.of.kind !== 'name')
      throw new ExpressionError('not the name of a field')
    const field = this.#find(expression.of.name)
    const offset = field.offset + Number(this.constant(expression.index)) * LOCATION_BYTES
    if (offset < field.offset || offset + LOCATION_BYTES > field.offset + field.size)
      throw new ExpressionError(`no such element of ${field.name}`)
    return { ...field, offset, size: LOCATION_BYTES }
  }

  #find(name: string): FieldFormat {
    const { fields, common } = this.format
    const field = fields.find((f) => f.name === name) ?? common.find((f) => f.name === name)
    if (!field) throw new ExpressionError(`no field ${name}`)
    return field
  }

  #field(name: string): Code {
    const known = this.#known.get(name)
    if (known) return known
    // The location word itself, as macros of old kernels use it.
    const location = /^__(?:data|rel)_loc_(.*)/.exec(name)?.[1]
    if (location !== undefined) {
      const field = this.#find(location)
      this.#needs(field.offset + field.size)
      return integerAt(field.offset, Math.min(field.size, 4), false, this.context.littleEndian)
    }
    const field = this.#find(name)
    if (field.kind !== 'scalar' && field.kind !== 'pointer' && field.kind !== 'bool')
      return this.#array(field)
    this.#needs(field.offset + field.size)
    return scalarField(field, this.context)
  }

  #array(field: FieldFormat): BytesCode {
    // The declared length of stacks is only nominal: they may end before it.
    if (field.kind !== 'rest' && !isStack(this.format)) this.#needs(field.offset + field.size)
    return arrayField(field, this.context)
  }

  #needs(bytes: number): void {
    if (bytes > this.minimumSize) this.minimumSize = bytes
  }

  #name(name: string): Code {
    const value = ENUMERATORS.get(name)
    if (value === undefined) throw new ExpressionError(`${name} is not known`)
    return constantCode(value, 32, true)
  }

  #unary(operator: string, of: Expression): Code {
    if (operator === '&') return this.#addressOf(of)
    const value = this.compile(of)
    if (operator === '*') return elementOf(asBytes(value), undefined, this.context)
    return unaryCode(operator, value)
  }

  #addressOf(of: Expression): BytesCode {
    if (of.kind === 'index')
      return offsetBy(this.bytes(of.of), this.integer(of.index), 1, this.context)
    if (of.kind !== 'field') throw new ExpressionError('address of no field')
    const field = this.#find(of.name)
    if (field.kind !== 'scalar' && field.kind !== 'pointer' && field.kind !== 'bool')
      return this.#array(field)
    const { offset, size, signed } = field
    this.#needs(offset + size)
    return {
      kind: 'bytes',
      element: { bits: (size * 8) as IntegerType['bits'], signed },
      locate: (r) => {
        r.from = r.at + offset
        r.to = r.from + size
      },
    }
  }

  #binary(operator: string, left: Expression, right: Expression): Code {
    const a = this.compile(left)
    const b = this.compile(right)
    if (operator === '+' && a.kind === 'bytes') return offsetBy(a, asInteger(b), 1, this.context)
    if (operator === '+' && b.kind === 'bytes') return offsetBy(b, asInteger(a), 1, this.context)
    if (operator === '-' && a.kind === 'bytes') return offsetBy(a, asInteger(b), -1, this.context)
    return binaryCode(operator, a, b)
  }

  #conditional(test: Code, yes: Code, no: Code): Code {
    if (yes.kind === 'integer' && no.kind === 'integer') return conditionalCode(test, yes, no)
    const isTrue = truthOf(test)
    if (yes.kind === 'bytes' && no.kind === 'bytes')
      return {
        kind: 'bytes',
        element: yes.element,
        locate: (r) => {
          if (isTrue(r)) yes.locate(r)
          else no.locate(r)
        },
      }
    const a = createTextOf(yes, this.context)
    const b = createTextOf(no, this.context)
    return {
      kind: 'text',
      write: (r) => {
        if (isTrue(r)) a(r)
        else b(r)
      },
    }
  }

  #cast(type: string, value: Code): Code {
    const named = namedType(type, this.context.longSize)
    if (!named) throw new ExpressionError(`type ${type} is not known`)
    const { bits, signed, pointer, isBool } = named
    if (value.kind === 'text') {
      if (pointer) return value
      throw new ExpressionError(`text as ${type}`)
    }
    if (value.kind === 'bytes') {
      if (!pointer) throw new ExpressionError(`address of the record as ${type}`)
      return { ...value, element: pointer.element }
    }
    if (isBool) return unaryCode('!', unaryCode('!', value))
    if (bits === 8 || bits === 16) return truncate(value, bits, signed)
    if (bits === 0) throw new ExpressionError(`${type} is no number`)
    const cast = convert(value, bits, signed)
    return pointer ? { ...cast, pointer } : cast
  }

  #sizeof(type: string, of: Expression | undefined): IntegerCode {
    const { longSize } = this.context
    const size = of ? this.#sizeOfExpression(of) : sizeOfType(type, longSize)
    if (size === undefined) throw new ExpressionError(`size of ${type} is not known`)
    return constantCode(BigInt(size), longSize === 8 ? 64 : 32, false)
  }

  #sizeOfExpression(of: Expression): number | undefined {
    if (of.kind === 'field') return this.#find(of.name).size
    if (of.kind === 'index' && of.of.kind === 'field') return this.#find(of.of.name).elementSize
    if (of.kind === 'name') return sizeOfType(of.name, this.context.longSize)
    const code = this.compile(of)
    return code.kind === 'integer' ? code.bits / 8 : undefined
  }

  #index(of: Code, index: Expression): Code {
    if (of.kind === 'text') {
      if (of.literal) return literalByte(of.literal, this.integer(index))
      throw new ExpressionError('index of text')
    }
    return elementOf(asBytes(of), this.integer(index), this.context)
  }

  #call(name: string, args: readonly Expression[]): Code {
    const helper = this.#helpers.get(name)
    if (!helper) throw new ExpressionError(`function ${name} is not known`)
    return helper(args, this)
  }
}

/**
 * Value of an expression that needs no record, as unsigned 64 bits; undefined when it is none.
 * A long has 8 bytes.
 */
export function constantValue(expression: Expression): bigint | undefined {
  try {
    return WITHOUT_RECORD.integer(expression).constant
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

const WITHOUT_RECORD = new Compiler(
  {
    id: 0,
    system: '',
    name: '',
    common: [],
    fields: [],
    printFmt: '',
    parseOk: true,
    problem: '',
  },
  {
    littleEndian: true,
    longSize: 8,
    uname: '',
    names: new AddressNames(() => ({ lookup: () => undefined, find: () => -1 })),
    printkFormats: () => ({ textAt: () => undefined, lookup: () => undefined }),
    printk: () => undefined,
    outOfBounds: () => {},
  },
  new Map(),
)

/** Whether an event is a list of addresses, as long as its record. */
export function isStack({ system, name }: EventFormat): boolean {
  return system === 'ftrace' && (name === 'kernel_stack' || name === 'user_stack')
}

/** The argument of a helper; throws where there are too few. */
export function argument(expression: Expression | undefined): Expression {
  if (!expression) throw new ExpressionError('too few arguments')
  return expression
}
