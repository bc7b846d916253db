/**
 * The C expressions of print formats, parsed: what the text says, before any types. The kernel
 * prints the arguments of `TP_printk` as the preprocessor left them, so operators, casts, `sizeof`,
 * conditional and statement expressions all occur. Texts come from a file: the time is linear in
 * the text, and depth and size of what comes out are bounded.
 */
import { skipQuoted } from '../event/print-fmt.ts'
import { unescapeC } from '../event/printk-formats.ts'
import { isTypeName } from './type-names.ts'

/** A parsed expression. */
export type Expression =
  | IntegerLiteral
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  /** `REC->name` */
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'conditional'
      readonly test: Expression
      readonly yes: Expression
      readonly no: Expression
    }
  | { readonly kind: 'cast'; readonly type: string; readonly of: Expression }
  /** `sizeof(type)` or `sizeof expression`: one of the two is there. */
  | { readonly kind: 'sizeof'; readonly type: string; readonly of: Expression | undefined }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** `{ a, b }` in the tables of flags and symbols. */
  | { readonly kind: 'list'; readonly items: readonly Expression[] }

/** An integer or character constant; its C type depends on the size of a long. */
export interface IntegerLiteral {
  readonly kind: 'integer'
  /** 64 bits, unsigned. */
  readonly value: bigint
  readonly unsigned: boolean
  /** How many `l` the suffix has. */
  readonly longs: number
  readonly decimal: boolean
}

/** Deeper nesting is refused; real formats stay below 30. */
const MAX_DEPTH = 200

/** More nodes that are evaluated for each record are refused; real arguments stay below 100. */
const MAX_NODES = 10_000

/** Thrown for text that is no expression of this language; caught by who compiles. */
export class ExpressionError extends Error {}

const PRECEDENCE: ReadonlyMap<string, number> = new Map(
  [
    ['||'],
    ['&&'],
    ['|'],
    ['^'],
    ['&'],
    ['==', '!='],
    ['<', '>', '<=', '>='],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
  ].flatMap((operators, i) => operators.map((operator): [string, number] => [operator, i + 1])),
)

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)|([A-Za-z_]\w*)|(->|<<|>>|<=|>=|==|!=|&&|\|\||["']|\S))/y

/** Parses one expression; throws ExpressionError. */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.expression(0)
  if (!parser.atEnd) throw new ExpressionError(`'${parser.token.slice(0, 40)}' is not expected`)
  return expression
}

/** A name bound in a statement expression, and how many nodes its value has. */
interface Binding {
  readonly value: Expression
  readonly nodes: number
}

class Parser {
  /** The token ahead, '' at the end; a string literal's token is its quote. */
  token = ''
  readonly #text: string
  #at = 0
  #literal = ''
  #nodes = 0
  #listDepth = 0
  #bindings: ReadonlyMap<string, Binding> = new Map()

  constructor(text: string) {
    this.#text = text
    this.#next()
  }

  get atEnd(): boolean {
    return this.token === ''
  }

  expression(depth: number): Expression {
    const test = this.#binary(1, depth + 1)
    if (!this.#is('?')) return test
    this.#next()
    // GNU `a ?: b` is `a ? a : b`.
    const yes = this.#is(':') ? test : this.expression(depth + 1)
    this.#expect(':')
    const no = this.expression(depth + 1)
    return this.#node({ kind: 'conditional', test, yes, no })
  }

  #binary(lowest: number, depth: number): Expression {
    let left = this.#unary(depth + 1)
    let height = depth
    for (;;) {
      const operator = this.token
      const precedence = PRECEDENCE.get(operator)
      if (precedence === undefined || precedence < lowest) return left
      // A chain of one operator nests to the left, and is walked as deep.
      this.#checkDepth(height++)
      this.#next()
      const right = this.#binary(precedence + 1, depth + 1)
      left = this.#node({ kind: 'binary', operator, left, right })
    }
  }

  #unary(depth: number): Expression {
    this.#checkDepth(depth)
    const operator = this.token
    if (/^[-+~!*&]$/.test(operator)) {
      this.#next()
      return this.#node({ kind: 'unary', operator, of: this.#unary(depth + 1) })
    }
    if (operator === 'sizeof') return this.#sizeof(depth)
    if (operator === '(') {
      const type = this.#typeAhead()
      if (type !== undefined) {
        // A compound literal or a cast.
        return this.#node({ kind: 'cast', type, of: this.#unary(depth + 1) })
      }
    }
    return this.#postfix(this.#primary(depth + 1), depth)
  }

  #sizeof(depth: number): Expression {
    this.#next()
    if (this.token === '(') {
      const type = this.#typeAhead()
      if (type !== undefined) return this.#node({ kind: 'sizeof', type, of: undefined })
    }
    return this.#node({ kind: 'sizeof', type: '', of: this.#unary(depth + 1) })
  }

  #postfix(start: Expression, depth: number): Expression {
    let of = start
    for (;;) {
      if (this.token === '[') {
        this.#next()
        const index = this.expression(depth + 1)
        this.#expect(']')
        of = this.#node({ kind: 'index', of, index })
      } else if (this.token === '->' && of.kind === 'name' && of.name === 'REC') {
        this.#next()
        of = this.#node({ kind: 'field', name: this.#identifier() })
      } else if (this.token === '.' && of.kind === 'field' && of.name === 'ent') {
        // The head of every record, whose members the format calls common_….
        this.#next()
        of = this.#node({ kind: 'field', name: `common_${this.#identifier()}` })
      } else return of
    }
  }

  #primary(depth: number): Expression {
    const { token } = this
    if (token === '"') return this.#strings()
    if (token === "'") {
      const value = BigInt(Buffer.from(unescapeC(this.#literal), 'latin1')[0] ?? 0)
      this.#next()
      return this.#node({ kind: 'integer', value, unsigned: false, longs: 0, decimal: true })
    }
    if (token === '(') {
      this.#next()
      const inner = this.token === '{' ? this.#statements(depth + 1) : this.expression(depth + 1)
      this.#expect(')')
      return inner
    }
    if (token === '{') return this.#list(depth)
    if (/^\d/.test(token)) {
      this.#next()
      return this.#node(readInteger(token))
    }
    const name = this.#identifier()
    if (this.token === '(') return this.#call(name, depth)
    const binding = this.#bindings.get(name)
    if (binding) {
      this.#count(binding.nodes)
      return binding.value
    }
    return this.#node({ kind: 'name', name })
  }

  #call(name: string, depth: number): Expression {
    this.#next()
    const args: Expression[] = []
    while (this.token !== ')') {
      // `sizeof` and `__builtin_types_compatible_p` apart, no function takes a type.
      args.push(this.expression(depth + 1))
      if (this.token === ',') this.#next()
      else if (this.token !== ')') throw new ExpressionError(`no end of ${name}(…)`)
    }
    this.#next()
    return this.#node({ kind: 'call', name, args })
  }

  /** `{ value, "name" }`; what is in it is a constant and not counted as evaluated. */
  #list(depth: number): Expression {
    this.#checkDepth(depth)
    this.#next()
    this.#listDepth++
    const items: Expression[] = []
    while (this.token !== '}') {
      items.push(this.expression(depth + 1))
      if (this.token === ',') this.#next()
      else if (this.token !== '}') throw new ExpressionError('no end of {…}')
    }
    this.#listDepth--
    this.#next()
    return { kind: 'list', items }
  }

  /** `({ type name = value; …; result; })`: the names stand for their values. */
  #statements(depth: number): Expression {
    this.#checkDepth(depth)
    this.#next()
    const outer = this.#bindings
    for (;;) {
      const mark = this.#at
      const { token } = this
      const declaration = this.#declaration()
      if (declaration === undefined) {
        this.#at = mark
        this.token = token
        break
      }
      const before = this.#nodes
      const value = this.expression(depth + 1)
      this.#expect(';')
      const { type, name } = declaration
      const typed: Expression = type === '' ? value : { kind: 'cast', type, of: value }
      this.#bindings = new Map(this.#bindings).set(name, {
        value: typed,
        nodes: this.#nodes - before + 1,
      })
    }
    const result = this.expression(depth + 1)
    if (this.token === ';') this.#next()
    this.#expect('}')
    this.#bindings = outer
    return result
  }

  /** `type name =` ahead; type is '' where the value's own counts. */
  #declaration(): { type: string; name: string } | undefined {
    const words: string[] = []
    while (/^[A-Za-z_]|^\*$/.test(this.token)) {
      words.push(this.token)
      this.#next()
    }
    if (this.token !== '=' || words.length < 2) return undefined
    this.#next()
    const name = words.pop()!
    const isAuto = words.includes('__auto_type')
    return { type: isAuto ? '' : words.join(' '), name }
  }

  /** Adjacent literals are one. */
  #strings(): Expression {
    let text = ''
    while (this.token === '"') {
      text += unescapeC(this.#literal)
      this.#next()
    }
    return this.#node({ kind: 'string', text })
  }

  /** The type in brackets ahead, taken; undefined, and nothing taken, when it is none. */
  #typeAhead(): string | undefined {
    const mark = this.#at
    const { token } = this
    this.#next()
    const words: string[] = []
    while (/^[A-Za-z_]|^\*$/.test(this.token)) {
      words.push(this.token)
      this.#next()
    }
    if (this.token === ')' && words.length > 0 && words[0] !== 'REC') {
      this.#next()
      if (isTypeName(words) || (words.length === 1 && this.#startsOperand())) return words.join(' ')
    }
    this.#at = mark
    this.token = token
    return undefined
  }

  /** What follows `(name)` makes it a cast, because a value cannot stand there. */
  #startsOperand(): boolean {
    return /^[A-Za-z_0-9("'~!]/.test(this.token)
  }

  #identifier(): string {
    const { token } = this
    if (!/^[A-Za-z_]/.test(token)) throw new ExpressionError(`'${token}' where a value is expected`)
    this.#next()
    return token
  }

  #is(token: string): boolean {
    return this.token === token
  }

  #expect(token: string): void {
    if (this.token !== token)
      throw new ExpressionError(`'${this.token}' where '${token}' is expected`)
    this.#next()
  }

  #node<T extends Expression>(node: T): T {
    this.#count(1)
    return node
  }

  #count(nodes: number): void {
    if (this.#listDepth > 0) return
    this.#nodes += nodes
    if (this.#nodes > MAX_NODES) throw new ExpressionError('expression too long')
  }

  #checkDepth(depth: number): void {
    if (depth > MAX_DEPTH) throw new ExpressionError('expression too deep')
  }

  #next(): void {
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#text)
    this.token = match ? (match[1] ?? match[2] ?? match[3]!) : ''
    if (!match) {
      this.#at = this.#text.length
      return
    }
    this.#at = TOKEN.lastIndex
    if (this.token !== '"' && this.token !== "'") return
    const start = this.#at
    const end = skipQuoted(this.#text, start - 1, this.#text.length)
    if (end - 1 < start || this.#text[end - 1] !== this.token)
      throw new ExpressionError('literal without an end')
    this.#literal = this.#text.slice(start, end - 1)
    this.#at = end
  }
}

function readInteger(token: string): IntegerLiteral {
  const digits = token.replace(/[uUlL]+$/, '')
  const suffix = token.slice(digits.length).toLowerCase()
  const isOctal = /^0[0-7]+$/.test(digits)
  if (digits.length > 24 || (!isOctal && /^0\d/.test(digits)))
    throw new ExpressionError(`'${token.slice(0, 40)}' is no number`)
  return {
    kind: 'integer',
    value: BigInt.asUintN(64, BigInt(isOctal ? `0o${digits.slice(1)}` : digits)),
    unsigned: suffix.includes('u'),
    longs: suffix.replace('u', '').length,
    decimal: !isOctal && !/^0[xX]/.test(digits),
  }
}
