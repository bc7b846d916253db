/**
 * The C expressions that print formats use for table values and for choosing bits of a field:
 * integers, casts, `REC->field` and the operators of C, evaluated in 64 bits as the kernel's
 * compiler would. Precedence climbing over tokens that are read once.
 */

/** A field of the record, shifted and masked: the value is `(field >> shift) & mask`. */
export interface MaskedField {
  readonly field: string
  readonly shift: number
  /** 64 bits, all set when nothing is masked. */
  readonly mask: bigint
}

const ALL = 0xffff_ffff_ffff_ffffn

/** Expressions nested deeper than this are not evaluated. */
const MAX_DEPTH = 100

/** Value of a constant expression as unsigned 64 bits; undefined when it is not one. */
export function evaluateConstant(expression: string): bigint | undefined {
  const value = parse(expression)
  return typeof value === 'bigint' ? value : undefined
}

/** The field an expression takes its bits from; undefined for anything more complicated. */
export function readMaskedField(expression: string): MaskedField | undefined {
  const value = parse(expression)
  return typeof value === 'bigint' ? undefined : value
}

type Value = bigint | MaskedField | undefined

function parse(expression: string): Value {
  const tokens = expression.match(TOKEN) ?? []
  const parser = new Parser(tokens)
  const value = parser.binary(0, 0)
  return parser.atEnd ? value : undefined
}

const TOKEN = /0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|[A-Za-z_]\w*|->|<<|>>|'(?:\\.|[^'\\])'|\S/g

/**
 * Enumerators that kernels leave in their print formats and whose values never changed
 * (`linux/interrupt.h`, `linux/hrtimer.h`, `net/tcp_states.h`, `uapi/linux/ioprio.h`).
 */
const CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ...enumerate('HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU', '', '_SOFTIRQ'),
  ...enumerate('NORESTART RESTART', 'HRTIMER_', ''),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', ''),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', '_SOFT', 4),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', '_HARD', 8),
  ...enumerate(
    'ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK ' +
      'LISTEN CLOSING NEW_SYN_RECV BOUND_INACTIVE',
    'TCP_',
    '',
    1,
  ),
  ...enumerate('NONE RT BE IDLE', 'IOPRIO_CLASS_', ''),
])

function enumerate(names: string, prefix: string, suffix: string, first = 0): [string, bigint][] {
  return names.split(' ').map((name, i) => [prefix + name + suffix, BigInt(first + i)])
}

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['|', 1],
  ['^', 2],
  ['&', 3],
  ['<<', 4],
  ['>>', 4],
  ['+', 5],
  ['-', 5],
  ['*', 6],
  ['/', 6],
  ['%', 6],
])

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** Operators of at least `lowest` precedence, left to right. */
  binary(lowest: number, depth: number): Value {
    let left = this.#unary(depth + 1)
    for (;;) {
      const operator = this.#tokens[this.#at] ?? ''
      const precedence = PRECEDENCE.get(operator)
      if (left === undefined || precedence === undefined || precedence < lowest) return left
      this.#at++
      left = combine(operator, left, this.binary(precedence + 1, depth + 1))
    }
  }

  #unary(depth: number): Value {
    if (depth > MAX_DEPTH) return undefined
    const token = this.#tokens[this.#at++]
    if (token === undefined) return undefined
    if (token === '(') return this.#bracket(depth)
    if (token === '~' || token === '-' || token === '+') {
      const value = this.#unary(depth + 1)
      if (typeof value !== 'bigint') return undefined
      return token === '+' ? value : BigInt.asUintN(64, token === '~' ? ~value : -value)
    }
    if (token === 'REC') return this.#field()
    if (/^\d/.test(token)) return readInteger(token)
    if (/^'.'$/.test(token)) return BigInt(token.charCodeAt(1))
    return CONSTANTS.get(token)
  }

  /** A cast, whose type only widens in print formats, or an expression in brackets. */
  #bracket(depth: number): Value {
    let end = this.#at
    while (isTypeWord(this.#tokens[end])) end++
    if (end > this.#at && this.#tokens[end] === ')') {
      const cast = this.#tokens.slice(this.#at, end)
      this.#at = end + 1
      return narrow(this.#unary(depth + 1), cast)
    }
    const value = this.binary(0, depth + 1)
    return this.#tokens[this.#at++] === ')' ? value : undefined
  }

  #field(): Value {
    const isMember = this.#tokens[this.#at] === '->'
    const field = this.#tokens[this.#at + 1] ?? ''
    this.#at += 2
    return isMember && /^[A-Za-z_]/.test(field) ? { field, shift: 0, mask: ALL } : undefined
  }
}

function isTypeWord(token: string | undefined): boolean {
  return (
    token !== undefined && /^[A-Za-z_*]/.test(token) && token !== 'REC' && !CONSTANTS.has(token)
  )
}

/** `(u32)` and its like cut a constant; wider and unknown types leave it. */
function narrow(value: Value, type: readonly string[]): Value {
  if (typeof value !== 'bigint') return value
  const name = type.join(' ')
  if (/^(__)?u8$|^unsigned char$/.test(name)) return BigInt.asUintN(8, value)
  if (/^(__)?u16$|^unsigned short$/.test(name)) return BigInt.asUintN(16, value)
  return /^(__)?u32$|^unsigned( int)?$/.test(name) ? BigInt.asUintN(32, value) : value
}

function readInteger(token: string): bigint | undefined {
  const digits = token.replace(/[uUlL]+$/, '')
  if (digits.length > 24) return undefined
  const isOctal = /^0[0-7]+$/.test(digits)
  if (!isOctal && /^0\d/.test(digits)) return undefined
  return BigInt.asUintN(64, BigInt(isOctal ? `0o${digits.slice(1)}` : digits))
}

function combine(operator: string, left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculate(operator, left, right)
  if (left === undefined || typeof left === 'bigint') return undefined
  if (typeof right !== 'bigint') return undefined
  if (operator === '&') return { ...left, mask: left.mask & right }
  if (operator !== '>>' || right > 63n) return undefined
  return { ...left, shift: left.shift + Number(right), mask: left.mask >> right }
}

function calculate(operator: string, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '&':
      return a & b
    case '<<':
      return b > 63n ? undefined : BigInt.asUintN(64, a << b)
    case '>>':
      return b > 63n ? undefined : a >> b
    case '+':
      return BigInt.asUintN(64, a + b)
    case '-':
      return BigInt.asUintN(64, a - b)
    case '*':
      return BigInt.asUintN(64, a * b)
    default:
      return b === 0n ? undefined : operator === '/' ? a / b : a % b
  }
}
