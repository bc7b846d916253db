/**
 * `__print_flags` and `__print_symbolic`: names of bits and of values. What a value is called is
 * remembered, because few values come often. Authority: kernel `kernel/trace/trace_output.c`
 * (trace_print_flags_seq, trace_print_symbols_seq).
 */
import { constantCode, convert, type IntegerCode, type TextCode } from '../code.ts'
import { argument, type Compiler, type Helper } from '../compiler.ts'
import { type Expression, ExpressionError } from '../expression.ts'
import { TextCache } from '../text-cache.ts'
import type { TextSink } from '../text-sink.ts'

/** Values whose text is remembered, for each table. */
const PLACES = 128

/** A table's names; values are unsigned halves. */
interface Table {
  readonly highs: Int32Array
  readonly lows: Int32Array
  readonly names: readonly Uint8Array[]
}

/** `__print_flags(value, delimiter, {mask, name}…)` and its 64-bit form. */
export function flagsHelper(bits: 'long' | 64): Helper {
  return (args, compiler) => {
    const delimiter = textOf(args[1])
    const table = readTable(args.slice(2), compiler)
    return tableText(widened(args[0], bits, compiler), (high, low, sink) =>
      writeFlags(high, low, delimiter, table, sink),
    )
  }
}

/** `__print_symbolic(value, {value, name}…)` and its 64-bit form. */
export function symbolicHelper(bits: 'long' | 64): Helper {
  return (args, compiler) => {
    const table = readTable(args.slice(1), compiler)
    return tableText(widened(args[0], bits, compiler), (high, low, sink) =>
      writeSymbol(high, low, table, sink),
    )
  }
}

function widened(
  value: Expression | undefined,
  bits: 'long' | 64,
  compiler: Compiler,
): IntegerCode {
  const width = bits === 64 || compiler.context.longSize === 8 ? 64 : 32
  return convert(compiler.integer(value), width, false)
}

function tableText(
  { wide }: IntegerCode,
  write: (high: number, low: number, sink: TextSink) => void,
): TextCode {
  const known = new TextCache(PLACES)
  return {
    kind: 'text',
    write: (r) => {
      wide(r)
      const { high, low, sink } = r
      if (known.write(high, low, sink)) return
      const start = sink.length
      write(high, low, sink)
      known.keep(high, low, sink, start)
    },
  }
}

/**
 * Each entry all of whose bits are there takes them; what is left is a number. An entry of 0
 * names the value 0 only.
 */
function writeFlags(
  high: number,
  low: number,
  delimiter: Uint8Array,
  { highs, lows, names }: Table,
  sink: TextSink,
): void {
  let restHigh = high
  let restLow = low
  const start = sink.length
  const isZero = (high | low) === 0
  for (let i = 0; i < names.length; i++) {
    const maskHigh = highs[i]!
    const maskLow = lows[i]!
    if (((maskHigh | maskLow) === 0) !== isZero) continue
    if ((restHigh & maskHigh) !== maskHigh || (restLow & maskLow) !== maskLow) continue
    if (sink.length > start) sink.all(delimiter)
    sink.all(names[i]!)
    restHigh &= ~maskHigh
    restLow &= ~maskLow
    if (restHigh === 0 && restLow === 0) return
  }
  if ((restHigh | restLow) === 0) return
  if (sink.length > start) sink.all(delimiter)
  sink.latin1('0x')
  sink.hex64(restHigh, restLow)
}

function writeSymbol(
  high: number,
  low: number,
  { highs, lows, names }: Table,
  sink: TextSink,
): void {
  for (let i = 0; i < names.length; i++) {
    if (lows[i] === low && highs[i] === high) {
      sink.all(names[i]!)
      return
    }
  }
  sink.latin1('0x')
  sink.hex64(high, low)
}

/** Entries whose value is not known are left out: their values print as numbers. */
function readTable(entries: readonly Expression[], compiler: Compiler): Table {
  const values: bigint[] = []
  const names: Uint8Array[] = []
  for (const entry of entries) {
    const [value, name] = entryOf(entry)
    // The kernel's own end of the table.
    if (name?.kind !== 'string') break
    const constant = constantOf(value, compiler)
    if (constant === undefined) continue
    values.push(constant)
    names.push(textOf(name))
  }
  return {
    highs: Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value >> 32n))),
    lows: Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value))),
    names,
  }
}

function entryOf(entry: Expression): readonly Expression[] {
  if (entry.kind !== 'list' || entry.items.length !== 2)
    throw new ExpressionError('table entry is no { value, "name" }')
  return entry.items
}

/** The value as the unsigned long that the kernel's tables hold. */
function constantOf(value: Expression | undefined, compiler: Compiler): bigint | undefined {
  try {
    const { constant } = compiler.integer(value)
    if (constant === undefined || compiler.context.longSize === 8) return constant
    return convert(constantCode(constant, 64, false), 32, false).constant
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

function textOf(expression: Expression | undefined): Uint8Array {
  const text = argument(expression)
  if (text.kind !== 'string') throw new ExpressionError('not a literal')
  return Buffer.from(text.text)
}
