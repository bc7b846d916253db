/**
 * The function graph as a call tree: a function that calls nothing recorded is one line with its
 * time; others are an opening line and, with the time, a closing one. Whether a call is such a leaf
 * is known from the record after it, so the one who reads the records says which it is.
 */
import type { EventFormat } from '../../event/types.ts'
import { FixedText } from '../digits.ts'
import type { TextSink } from '../text-sink.ts'
import {
  guarded,
  type NumberField,
  numberField,
  type Plugin,
  type PluginContext,
} from './plugin.ts'

const BLANK = 0x20
const TWO32 = 0x1_0000_0000
/** Depths are cut here: the kernel's own limit is 50, a damaged record may say anything. */
const DEEPEST = 1000
const BAR = new FixedText(Buffer.from('|  ', 'latin1'))
const NO_TIME = new FixedText(Buffer.from('             |  ', 'latin1'))

/** Marks of long times, longest first, in nanoseconds. */
const MARKS: readonly (readonly [number, string])[] = [
  [1e9, '$ '],
  [1e6, '# '],
  [1e5, '! '],
  [1e4, '+ '],
]

/** Writes both ends of calls, and tells leaves. */
export class GraphText {
  /** Ids of the events, -1 where the recording has none. */
  readonly entryId: number
  readonly exitId: number
  readonly #context: PluginContext
  readonly #entryFunc: NumberField | undefined
  readonly #exitFunc: NumberField | undefined
  readonly #calltime: NumberField | undefined
  readonly #rettime: NumberField | undefined
  readonly #retval: NumberField | undefined
  /** The exit record of the entry that is written next. */
  #exitView: DataView | undefined
  #exitAt = 0

  constructor(
    entry: EventFormat | undefined,
    exit: EventFormat | undefined,
    context: PluginContext,
  ) {
    const le = context.print.littleEndian
    this.#context = context
    this.#entryFunc = entry && numberField(entry, 'func', le)
    this.#exitFunc = exit && numberField(exit, 'func', le)
    this.#calltime = exit && numberField(exit, 'calltime', le)
    this.#rettime = exit && numberField(exit, 'rettime', le)
    this.#retval = exit && numberField(exit, 'retval', le)
    this.entryId = entry && this.#entryFunc ? entry.id : -1
    this.exitId = exit && this.#exitFunc ? exit.id : -1
  }

  /** Bytes an exit record must have. */
  get exitSize(): number {
    const fields = [this.#exitFunc, this.#calltime, this.#rettime, this.#retval]
    return Math.max(...fields.map((field) => field?.end ?? 0))
  }

  /** Whether two records, an entry and an exit long enough, are of the same function. */
  sameFunction(entryView: DataView, entryAt: number, exitView: DataView, exitAt: number): boolean {
    const entry = this.#entryFunc!
    const exit = this.#exitFunc!
    return (
      entry.low(entryView, entryAt) === exit.low(exitView, exitAt) &&
      entry.high(entryView, entryAt) === exit.high(exitView, exitAt)
    )
  }

  /** Bytes an entry record must have to be told from others. */
  get entrySize(): number {
    return this.#entryFunc?.end ?? 0
  }

  /** The entry written next is not known to be a leaf. */
  openNext(): void {
    this.#exitView = undefined
  }

  /** The entry written next is a leaf, and this is its exit. */
  closeNext(view: DataView, at: number): void {
    this.#exitView = view
    this.#exitAt = at
  }

  /** Writer of entries. */
  readonly entry: Plugin = (format, context) => {
    const func = this.#entryFunc
    const depth = numberField(format, 'depth', context.print.littleEndian)
    if (!func || !depth) return undefined
    const args = format.fields.find((field) => field.name === 'args' && field.kind === 'rest')
    const least = Math.max(func.end, depth.end)
    return guarded(format, context, least, (_bytes, view, at, size, sink) => {
      const exitView = this.#exitView
      this.#exitView = undefined
      if (exitView) this.#writeTime(exitView, this.#exitAt, sink)
      else sink.fixed(NO_TIME)
      const level = depth.low(view, at)
      indent(level, sink)
      const high = func.high(view, at)
      const low = func.low(view, at)
      this.#writeName(high, low, sink)
      sink.byte(0x28)
      if (args && size > args.offset)
        context.writeArguments(view, at + args.offset, at + size, high, low, sink)
      sink.latin1(exitView ? ');' : ') {')
      if (exitView) this.#writeReturn(exitView, this.#exitAt, sink)
      this.#writeDepth(level, sink)
    })
  }

  /** Writer of exits that close no leaf. */
  readonly exit: Plugin = (format, context) => {
    const depth = numberField(format, 'depth', context.print.littleEndian)
    if (!depth || !this.#exitFunc) return undefined
    const func = this.#exitFunc
    const least = Math.max(depth.end, this.exitSize)
    return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
      this.#writeTime(view, at, sink)
      const level = depth.low(view, at)
      indent(level, sink)
      sink.byte(0x7d)
      if (context.options.tailprint) {
        const high = func.high(view, at)
        const low = func.low(view, at)
        if (context.print.names.symbolOf(high, low) >= 0) {
          sink.latin1(' /* ')
          context.print.names.writeName(high, low, sink)
          sink.latin1(' */')
        }
      }
      this.#writeReturn(view, at, sink)
      this.#writeDepth(level, sink)
    })
  }

  #writeName(high: number, low: number, sink: TextSink): void {
    const { names } = this.#context.print
    if (names.symbolOf(high, low) >= 0) names.writeName(high, low, sink)
    else sink.hex64(high, low)
  }

  /** Mark and time of a call; blank where the kernel did not record when it began. */
  #writeTime(view: DataView, at: number, sink: TextSink): void {
    const from = this.#calltime
    const to = this.#rettime
    if (!from || !to) {
      sink.fixed(NO_TIME)
      return
    }
    // Unsigned 64-bit difference; a double holds what is left of any real call exactly.
    const low = (to.low(view, at) >>> 0) - (from.low(view, at) >>> 0)
    const borrow = low < 0 ? 1 : 0
    const high = (to.high(view, at) - from.high(view, at) - borrow) >>> 0
    const duration = high * TWO32 + (low + borrow * TWO32)
    sink.latin1(MARKS.find(([least]) => duration > least)?.[1] ?? '  ')
    const micros = Math.floor(duration / 1000)
    const start = sink.length
    if (micros < TWO32) sink.unsigned(micros)
    else sink.latin1(micros.toFixed(0))
    if (sink.length - start < 7) {
      sink.byte(0x2e)
      sink.unsignedPadded(duration - micros * 1000, 3, 0x30)
    }
    const width = sink.length - start
    sink.latin1(' us ')
    sink.repeat(BLANK, 7 - width)
    sink.fixed(BAR)
  }

  #writeReturn(view: DataView, at: number, sink: TextSink): void {
    const field = this.#retval
    if (!field) return
    const high = field.high(view, at)
    const low = field.low(view, at)
    sink.latin1(' (ret=')
    const isError = low < 0 && low >= -4095 && (field.size === 4 || high === -1)
    if (isError) sink.signed(low)
    else {
      sink.latin1('0x')
      sink.hex64(high, low)
    }
    sink.byte(0x29)
  }

  #writeDepth(depth: number, sink: TextSink): void {
    if (!this.#context.options.depth) return
    sink.latin1(' (')
    sink.signed(depth)
    sink.byte(0x29)
  }
}

function indent(depth: number, sink: TextSink): void {
  sink.repeat(BLANK, 2 * Math.min(Math.max(depth, 0), DEEPEST))
}
