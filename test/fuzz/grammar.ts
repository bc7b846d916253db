/** Texts of the languages inside a file and on the command line, by their grammar, right or slightly wrong. */
import fc from 'fast-check'
import type { Node } from '../../parser/text/filter/syntax.ts'
import { formatText } from '../helpers/format-text.ts'
import type { Random } from '../helpers/random.ts'
import { HOSTILE_NAMES } from './seeds.ts'

/** One value of an arbitrary, by a seeded generator. */
export const draw = <T>(arbitrary: fc.Arbitrary<T>, random: Random): T =>
  fc.sample(arbitrary, { seed: random.next() | 0, numRuns: 1 })[0]!

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'comm', 'pid', 'ret', 'dev', '__x', 'common_pid', 'COMM', 'CPU'),
  fc.stringMatching(/^[A-Za-z_]\w{0,12}$/),
)
const anyText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...HOSTILE_NAMES),
)

const SCALARS = [
  'int',
  'unsigned long',
  'u8',
  's64',
  'bool',
  'pid_t',
  'char',
  'const char *',
  'struct page *',
  'enum x',
  'unsigned __int128',
  'cpumask_t',
  '',
]
const declaration = fc
  .tuple(
    fc.constantFrom('', '', '', '__data_loc ', '__rel_loc ', '__data_loc __rel_loc '),
    fc.constantFrom(...SCALARS),
    fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: anyText }),
    fc.constantFrom('', '', '[]', '[4]', '[16]', '[0]', '[99999999999]', '[N]', '[2][3]', '['),
  )
  .map(([location, type, field, array]) =>
    location === '' || array !== ''
      ? `${location}${type} ${field}${array}`
      : `${location}${type}[] ${field}`,
  )
const size = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 8, 16, 12, 3),
  fc.integer({ min: -1, max: 70_000 }),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 1e20),
)

const integer = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map(String),
  fc.bigInt({ min: 0n, max: (1n << 66n) - 1n }).map((value) => `0x${value.toString(16)}`),
  fc.constantFrom('0', '1UL', '0xffffffffULL', '10l', '08', '0x', '18446744073709551615'),
)
const UNARY = [
  '-',
  '!',
  '~',
  '*',
  '&',
  '(int)',
  '(u8)',
  '(unsigned long long)',
  '(char *)',
  'sizeof ',
]
const BINARY = '|| && | ^ & == != < > <= >= << >> + - * / %'.split(' ')
const CALLS = [
  '__get_str',
  '__get_dynamic_array',
  '__get_dynamic_array_len',
  '__print_flags',
  '__print_symbolic',
  '__print_hex',
  '__print_array',
  '__get_bitmask',
  '__get_rel_str',
  '__get_sockaddr',
  '__print_ns_to_secs',
  '__print_hex_dump',
  'REC->fn',
  'IS_ERR_VALUE',
  'unknown',
]

/** Expressions of print formats. */
const expression = fc.letrec<{ e: string }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    { weight: 3, arbitrary: name.map((field) => `REC->${field}`) },
    { weight: 2, arbitrary: integer },
    {
      weight: 1,
      arbitrary: fc.constantFrom('"text"', "'c'", 'NAME', '(', ')', '', '"', '{1, "x"}'),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(...UNARY), tie('e')).map(([sign, of]) => `${sign}${of}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('e'), fc.constantFrom(...BINARY), tie('e'))
        .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('e'), tie('e'), tie('e'))
        .map(([test, yes, no]) => `${test} ? ${yes} : ${no}`),
    },
    { weight: 1, arbitrary: fc.tuple(tie('e'), tie('e')).map(([of, at]) => `${of}[${at}]`) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...CALLS), fc.array(tie('e'), { maxLength: 5 }))
        .map(([call, args]) => `${call}(${args.join(', ')})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('e'), fc.array(fc.tuple(integer, anyText), { maxLength: 4 }))
        .map(([of, pairs]) => {
          const table = pairs.map(([value, text]) => `{ ${value}, ${JSON.stringify(text)} }`)
          return `__print_symbolic(${[of, ...table].join(', ')})`
        }),
    },
  ),
})).e

const CONVERSIONS = [
  '%d',
  '%u',
  '%lx',
  '%llu',
  '%s',
  '%*s',
  '%.*s',
  '%*.*pbl',
  '%p',
  '%pS',
  '%pI4',
  '%pI6c',
  '%pM',
  '%pU',
  '%*ph',
  '%c',
  '%%',
  '%999999999d',
  '%.999999999s',
  '%-5hhd',
  '%#08llx',
  '%n',
  '%',
  '%q',
]

/** The line `print fmt:` of an event. */
export const printFmt: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...CONVERSIONS), anyText, expression), { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([parts, drop]) => {
    const format = parts.map(
      ([conversion, text]) => `${JSON.stringify(text).slice(1, -1)}${conversion}`,
    )
    const args = parts.slice(drop ? 1 : 0).map(([, , arg]) => `, ${arg}`)
    return `"${format.join('')}"${args.join('')}`
  })

/** The text of a `format` file. */
export const formatFile: fc.Arbitrary<string> = fc
  .record({
    name: fc.oneof(name, anyText),
    id: fc.oneof(fc.constant(77), fc.integer({ min: -1, max: 70_000 })),
    fields: fc.array(
      fc.record({
        declaration,
        size: size.map((value) => value),
        signed: fc.boolean(),
        offset: fc.option(size, { nil: undefined, freq: 4 }),
      }),
      { maxLength: 12 },
    ),
    printFmt,
  })
  .map(({ fields, ...event }) =>
    formatText({
      ...event,
      system: 'fuzz',
      fields: fields.map(({ offset, ...field }) =>
        offset === undefined ? field : { ...field, offset },
      ),
    }),
  )

/** A filter's expression as the parser has it. */
export const filterTree: fc.Arbitrary<Node> = fc.letrec<{ n: Node }>((tie) => ({
  n: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.bigInt({ min: 0n, max: (1n << 66n) - 1n }).map((value): Node => ({ kind: 'number', value })),
    fc.string({ maxLength: 8 }).map((value): Node => ({ kind: 'string', value })),
    name.map((field): Node => ({ kind: 'name', name: field })),
    tie('n').map((operand): Node => ({ kind: 'not', operand })),
    tie('n').map((operand): Node => ({ kind: 'minus', operand })),
    fc
      .tuple(fc.constantFrom(...BINARY), tie('n'), tie('n'))
      .map(([operator, left, right]): Node => ({ kind: 'binary', operator, left, right })),
    fc.tuple(fc.constantFrom('=~', '!~'), tie('n'), fc.string({ maxLength: 8 })).map(
      ([operator, left, value]): Node => ({
        kind: 'binary',
        operator,
        left,
        right: { kind: 'string', value },
      }),
    ),
  ),
})).n

/** Writes a filter's expression with all its brackets. */
export const filterText = (node: Node): string => {
  switch (node.kind) {
    case 'number':
      return node.value.toString()
    case 'string':
      return `"${node.value.replace(/[\\"]/g, '\\$&')}"`
    case 'name':
      return node.name
    case 'not':
      return `!(${filterText(node.operand)})`
    case 'minus':
      return `-(${filterText(node.operand)})`
    case 'binary':
      return `(${filterText(node.left)}) ${node.operator} (${filterText(node.right)})`
  }
}
