/**
 * trace-cmd's filters, as trace-cmd-report(1) describes them: `events:expression`, where events are
 * regular expressions for systems and events, and an expression compares fields. Operators bind as
 * in C.
 */
import { TraceError } from '../../error.ts'

/** Part of an expression. */
export type Node =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Node }
  | { readonly kind: 'minus'; readonly operand: Node }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Node
      readonly right: Node
    }

/** A filter taken apart. */
export interface ParsedFilter {
  /** Of system and event; system undefined: either may match. */
  readonly events: readonly { readonly system: RegExp | undefined; readonly event: RegExp }[]
  /** Undefined: all records of the events match. */
  readonly expression: Node | undefined
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_][\w.]*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(&&|\|\||==|!=|>=|<=|=~|!~|<<|>>|[-+*/%&|^<>!()]))/y

/** Binary operators, those that bind least first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '=~', '!~'],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

const MAX_FILTER = 16_384
const MAX_DEPTH = 200

interface Token {
  readonly kind: 'number' | 'name' | 'string' | 'operator'
  readonly text: string
}

/** Parses a filter. Throws `ERR_USAGE` with the place that is wrong. */
export function parseFilter(text: string): ParsedFilter {
  if (text.length > MAX_FILTER) throw filterError(text.slice(0, 40), 'too long')
  const colon = text.indexOf(':')
  const head = colon < 0 ? text : text.slice(0, colon)
  const events = head.split(',').map((part) => eventPattern(part.trim(), text))
  if (colon < 0) return { events, expression: undefined }
  const parser = new Parser(readTokens(text, colon + 1), text)
  return { events, expression: parser.all() }
}

function eventPattern(text: string, filter: string): ParsedFilter['events'][number] {
  const [first = '', second] = text.split('/', 2)
  if (first === '' || second === '') throw filterError(filter, `'${text}' names no event`)
  const whole = (pattern: string): RegExp => basicRegex(`^${pattern}$`, filter)
  return second === undefined
    ? { system: undefined, event: whole(first) }
    : { system: whole(first), event: whole(second) }
}

/** A basic regular expression of POSIX; `+ ? | ( ) { }` stand for themselves. */
export function basicRegex(pattern: string, filter: string): RegExp {
  const regex = posixRegex(pattern)
  if (!regex) throw filterError(filter, `'${pattern}' is no regular expression`)
  return regex
}

/** Likewise, without regard to case; undefined where it is none. */
export function posixRegex(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern.replace(/[+?|(){}]/g, '\\$&'), 'i')
  } catch {
    return undefined
  }
}

function readTokens(text: string, start: number): Token[] {
  const tokens: Token[] = []
  let at = start
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw filterError(text, `cannot read '${text.slice(at).trim().slice(0, 20)}'`)
    at = TOKEN.lastIndex
    const [, number, name, double, single, operator] = match
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator })
    else tokens.push({ kind: 'string', text: (double ?? single ?? '').replace(/\\(.)/g, '$1') })
  }
  return tokens
}

/** An error about a filter, with what to do. */
export function filterError(filter: string, why: string): TraceError {
  return new TraceError('ERR_USAGE', `-F '${filter}': ${why}`, {
    hint: 'write events:expression, for example \'sched/sched_switch: next_pid == 42 && prev_comm != "sh"\'',
  })
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #filter: string
  #at = 0

  constructor(tokens: readonly Token[], filter: string) {
    this.#tokens = tokens
    this.#filter = filter
  }

  all(): Node {
    const node = this.#level(0, 0)
    const rest = this.#tokens[this.#at]
    if (rest) throw filterError(this.#filter, `'${rest.text}' was not expected`)
    return node
  }

  #level(level: number, depth: number): Node {
    if (depth > MAX_DEPTH) throw filterError(this.#filter, 'nested too deeply')
    const operators = LEVELS[level]
    if (!operators) return this.#unary(depth)
    let left = this.#level(level + 1, depth + 1)
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token?.kind !== 'operator' || !operators.includes(token.text)) return left
      this.#at++
      const right = this.#level(level + 1, depth + 1)
      left = { kind: 'binary', operator: token.text, left, right }
    }
  }

  #unary(depth: number): Node {
    const token = this.#tokens[this.#at++]
    if (!token) throw filterError(this.#filter, 'ends too early')
    if (token.kind === 'number') return { kind: 'number', value: BigInt(token.text) }
    if (token.kind === 'string') return { kind: 'string', value: token.text }
    if (token.kind === 'name') return { kind: 'name', name: token.text }
    if (token.text === '!') return { kind: 'not', operand: this.#unary(depth + 1) }
    if (token.text === '-') return { kind: 'minus', operand: this.#unary(depth + 1) }
    if (token.text !== '(') throw filterError(this.#filter, `'${token.text}' was not expected`)
    const node = this.#level(0, depth + 1)
    const close = this.#tokens[this.#at++]
    if (close?.text !== ')') throw filterError(this.#filter, 'a bracket is not closed')
    return node
  }
}
