/** The function tracer's events and its companions: stacks, repeats, raw markers. */

import type { EventFormat } from '../../event/types.ts'
import type { AddressNames } from '../address-names.ts'
import { writeSeconds } from '../line-time.ts'
import type { FieldsWriter } from '../raw-fields.ts'
import type { TextSink } from '../text-sink.ts'
import { guarded, numberField, type Plugin, type PluginContext } from './plugin.ts'

const BLANK = 0x20
/** Blanks for each call that a function is inside of. */
const INDENT = 3
/** Deepest nesting that is followed; the kernel's own limit of the function graph is lower. */
const DEEPEST = 256

/** A function by name, indented below its caller, with its arguments where they were recorded. */
export const functionEntry: Plugin = (format, context) => {
  const parts = functionParts(format, context)
  return parts && guarded(format, context, parts.least, parts.write)
}

/** The same, and how often and until when it went on. */
export const functionRepeats: Plugin = (format, context) => {
  const { print, place, nanoseconds } = context
  const parts = functionParts(format, context)
  const count = numberField(format, 'count', print.littleEndian)
  const top = numberField(format, 'top_delta_ts', print.littleEndian)
  const bottom = numberField(format, 'bottom_delta_ts', print.littleEndian)
  if (!parts || !count || !top || !bottom) return undefined
  const least = Math.max(parts.least, count.end, top.end, bottom.end)
  return guarded(format, context, least, (bytes, view, at, size, sink) => {
    parts.write(bytes, view, at, size, sink)
    sink.latin1(' (count: ')
    sink.unsigned64(count.high(view, at), count.low(view, at))
    sink.latin1('  last_ts: ')
    // The function did not repeat often enough for this to be a hot path.
    const ts = (BigInt(place.high) << 32n) | BigInt(place.low >>> 0)
    const delta = (BigInt(top.low(view, at) >>> 0) << 32n) | BigInt(bottom.low(view, at) >>> 0)
    writeSeconds(BigInt.asUintN(64, ts - delta), nanoseconds, sink)
    sink.byte(0x29)
  })
}

function functionParts(
  format: EventFormat,
  context: PluginContext,
): { least: number; write: FieldsWriter } | undefined {
  const { print, place, options, writeArguments } = context
  const { names } = print
  const ip = numberField(format, 'ip', print.littleEndian)
  const parent = numberField(format, 'parent_ip', print.littleEndian)
  if (!ip || !parent) return undefined
  const args = format.fields.find((field) => field.name === 'args' && field.kind === 'rest')
  const nesting = new Nesting(names)
  const write: FieldsWriter = (_bytes, view, at, size, sink) => {
    const high = ip.high(view, at)
    const low = ip.low(view, at)
    const parentHigh = parent.high(view, at)
    const parentLow = parent.low(view, at)
    if (options.indent) {
      const depth = nesting.enter(place.cpu, high, low, parentHigh, parentLow)
      sink.repeat(BLANK, depth * INDENT)
    }
    writeFunction(names, high, low, options.offset, sink)
    if (args && size > args.offset) {
      sink.byte(0x28)
      writeArguments(view, at + args.offset, at + size, high, low, sink)
      sink.byte(0x29)
    }
    if (!options.parent) return
    sink.latin1(' <-- ')
    writeFunction(names, parentHigh, parentLow, options.offset, sink)
  }
  return { least: Math.max(ip.end, parent.end), write }
}

function writeFunction(
  names: AddressNames,
  high: number,
  low: number,
  withOffset: boolean,
  sink: TextSink,
): void {
  if (!withOffset || names.symbolOf(high, low) < 0) names.writeName(high, low, sink)
  else {
    names.writeNameOffset(high, low, sink)
    sink.byte(BLANK)
  }
}

/** Guesses how deep a function is, CPU by CPU, from who called whom. */
class Nesting {
  readonly #names: AddressNames
  /** For each CPU the symbols from the outermost caller inwards. */
  readonly #stacks: Int32Array[] = []
  readonly #sizes: number[] = []

  constructor(names: AddressNames) {
    this.#names = names
  }

  /** Notes a call; returns how many callers are above the caller. */
  enter(cpu: number, high: number, low: number, parentHigh: number, parentLow: number): number {
    const parent = this.#names.symbolOf(parentHigh, parentLow)
    if (parent < 0) return 0
    const child = this.#names.symbolOf(high, low)
    this.#stacks[cpu] ??= new Int32Array(DEEPEST)
    const stack = this.#stacks[cpu]!
    const size = this.#sizes[cpu] ?? 0
    for (let i = 0; i < size; i++)
      if (stack[i] === parent) {
        this.#put(cpu, stack, i + 1, child)
        return i
      }
    stack[0] = parent
    this.#sizes[cpu] = Math.max(size, 1)
    this.#put(cpu, stack, 1, child)
    return 0
  }

  /** What was deeper stays: the reference tool finds callers there that have long returned. */
  #put(cpu: number, stack: Int32Array, at: number, symbol: number): void {
    if (symbol < 0 || at >= DEEPEST) return
    stack[at] = symbol
    this.#sizes[cpu] = Math.max(this.#sizes[cpu]!, at + 1)
  }
}

/** A line for each address of a kernel stack, up to the end mark or the end of the record. */
export const kernelStack: Plugin = (format, context) => {
  const { print, options } = context
  const caller = format.fields.find((field) => field.name === 'caller')
  if (!caller) return undefined
  const { longSize, littleEndian, names } = print
  const first = numberField(
    { ...format, fields: [{ ...caller, size: longSize }] },
    'caller',
    littleEndian,
  )!
  return (_bytes, view, at, size, sink) => {
    sink.latin1('<stack trace >\n')
    for (let step = 0; first.end + step <= size; step += longSize) {
      const high = first.high(view, at + step)
      const low = first.low(view, at + step)
      if (low === -1 && (longSize === 4 || high === -1)) break
      sink.latin1('=> ')
      if (names.symbolOf(high, low) >= 0) {
        writeFunction(names, high, low, options.offset, sink)
        sink.latin1(' (')
        sink.hex64(high, low)
        sink.byte(0x29)
      } else sink.hex64(high, low)
      sink.byte(0x0a)
    }
  }
}

/** `# id` and the bytes that somebody wrote to trace_marker_raw. */
export const rawData: Plugin = (format, context) => {
  const id = numberField(format, 'id', context.print.littleEndian)
  const buffer = format.fields.find((field) => field.name === 'buf')
  if (!id || !buffer) return undefined
  return guarded(format, context, id.end, (bytes, view, at, size, sink) => {
    sink.latin1('# ')
    sink.hex64(id.high(view, at), id.low(view, at))
    for (let i = at + buffer.offset; i < at + size; i++) {
      sink.byte(BLANK)
      sink.hexPadded(bytes[i]!, 2)
    }
  })
}
