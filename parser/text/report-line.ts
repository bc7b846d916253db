/** Lines of a report, made of the columns in the other files of this folder. */
import { decodeText } from '../event/text.ts'
import { FixedText } from './digits.ts'
import type { TextSource } from './event-texts.ts'
import { EventTexts, type TextOptions } from './event-texts.ts'
import { FlagsText } from './line-head.ts'
import { TimeText } from './line-time.ts'
import { ReportNames } from './report-names.ts'
import { TaskHeads } from './task-heads.ts'
import type { TextSink } from './text-sink.ts'

/** How lines look. */
export interface LineOptions extends TextOptions {
  /** Narrow columns, as latency tracers have them. */
  readonly latency: boolean
  /** Each line has the time since the line before. */
  readonly timeDifference: boolean
}

/** What all lines of a CPU of a buffer share. */
export interface LineStream {
  readonly cpu: number
  /** Name of the file or instance in front of the line, '' where there is one buffer only. */
  readonly prefix: FixedText
  readonly heads: TaskHeads
  /** In the clock of the buffer. */
  readonly time: TimeText
}

/** Who names threads otherwise than the reference tool, by time; undefined leaves it to that. */
export type HeadOf = (pid: number, low: number, high: number, cpu: number) => FixedText

/** Where flags and thread usually are in a record, and where they end. */
const FLAGS = 2
const PID = 4
const PLAIN_BYTES = 8
/** Who names threads. */
export interface LineNames {
  /** The thread's name. */
  nameOf(pid: number): Uint8Array
  /** Whether a name may still be decided by others: what is shown is not kept. */
  isOpen(pid: number): boolean
  /** Whether what scheduler events call it changes nothing any more. */
  isFinal(pid: number): boolean
  /** A line shows the thread, from a place in its text on. */
  show(pid: number, at: number): void
  /** A scheduler event names a thread, `bytes[start … end]`, in a line that is written up to a place. */
  learn(pid: number, bytes: Uint8Array, start: number, end: number, at: number): void
}

const NEWLINE = 0x0a
const BLANK = 0x20

/** Writes the lines of one recording. */
export class ReportLine {
  readonly texts: EventTexts
  names: LineNames
  /** Names as the lines written give them. */
  readonly namesInOrder: ReportNames
  readonly #options: LineOptions
  readonly #flags: FlagsText
  readonly #pidOffset: number
  readonly #littleEndian: boolean
  readonly #headOf: HeadOf | undefined
  readonly #heads: TaskHeads[] = []
  /** Flags and thread decide what stands before the time, and are where they usually are. */
  readonly #isPlain: boolean
  #version = 0
  readonly #nameOf = (pid: number): Uint8Array => this.names.nameOf(pid)
  #lastHigh = -1
  #lastLow = 0

  constructor(
    source: TextSource,
    options: LineOptions,
    outOfBounds: () => void,
    headOf: HeadOf | undefined,
  ) {
    const { file, formats } = source
    this.#options = options
    this.#littleEndian = file.littleEndian
    this.#headOf = headOf
    this.#flags = new FlagsText(formats[0], file.littleEndian, options)
    const pid = formats[0]?.common.find(({ name }) => name === 'common_pid')
    this.#pidOffset = pid?.offset ?? PID
    this.#isPlain = headOf === undefined && this.#pidOffset === PID && this.#flags.isPlain
    this.namesInOrder = new ReportNames(file.savedCmdlines(), this.renamed)
    this.names = this.namesInOrder
    this.texts = new EventTexts(
      source,
      options,
      (thread, bytes, start, end, sink) => this.names.learn(thread, bytes, start, end, sink.length),
      outOfBounds,
    )
  }

  /** Whether a line is what its thread's head, its time, its event and its record say, whatever came before. */
  get isPlain(): boolean {
    return this.#isPlain && !this.#options.timeDifference
  }

  /** Another number when heads of lines may be others. */
  get version(): number {
    return this.#version
  }

  /** A thread has another name now. */
  readonly renamed = (thread: number): void => {
    this.#version++
    for (const heads of this.#heads) heads.forget(thread)
  }

  /** Takes names from somewhere else. */
  useNames(names: LineNames): void {
    this.names = names
    this.#version++
    for (const heads of this.#heads) heads.clear()
  }

  /** What lines of a CPU share; `offset` is added to their times, which are `seconds` or counts. */
  stream(cpu: number, seconds: boolean, prefix: Uint8Array, offset: bigint): LineStream {
    const { nanoseconds, latency } = this.#options
    const time = new TimeText({ nanoseconds, seconds, offset })
    const heads = new TaskHeads(cpu, latency)
    this.#heads.push(heads)
    return { cpu, prefix: new FixedText(prefix), heads, time }
  }

  /** Thread that a record is of, -1 where the record is too short to say. */
  pidOf(view: DataView, at: number, size: number): number {
    if (size < this.#pidOffset + 4) return -1
    return view.getInt32(at + this.#pidOffset, this.#littleEndian)
  }

  /** Name of the record's task as lines show it now. */
  commOf(view: DataView, at: number, size: number): string {
    const name = this.names.nameOf(this.pidOf(view, at, size))
    return decodeText(name, 0, name.length)
  }

  /**
   * Writes the line, or lines, of the record of `size` bytes at `at`, whose time is `high:low`, the lower half signed or not;
   * false where the event is unknown.
   */
  write(
    stream: LineStream,
    id: number,
    high: number,
    low: number,
    missed: number,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    size: number,
    sink: TextSink,
  ): boolean {
    if (this.#isPlain && missed === 0 && size >= PLAIN_BYTES) {
      const flags = view.getUint16(at + FLAGS, true)
      const start = stream.heads.starts.find(flags, view.getInt32(at + PID, this.#littleEndian))
      if (start) sink.fixed(start)
      else {
        const from = sink.length
        this.#writeStart(stream, high, low, missed, bytes, view, at, size, sink)
        const pid = view.getInt32(at + PID, this.#littleEndian)
        if (!this.names.isOpen(pid)) stream.heads.starts.keep(flags, pid, sink, from)
      }
    } else this.#writeStart(stream, high, low, missed, bytes, view, at, size, sink)
    stream.time.write(high, low, sink)
    if (this.#options.timeDifference) this.#writeDifference(high, low, sink)
    const { texts } = this
    const writer = texts.writer(id)
    sink.fixed(writer.label)
    const { place } = texts
    place.cpu = stream.cpu
    place.high = high
    place.low = low
    writer.write(bytes, view, at, size, sink)
    if (sink.bytes[sink.length - 1] !== NEWLINE) sink.byte(NEWLINE)
    return writer.format !== undefined
  }

  /** All that stands before the time. */
  #writeStart(
    { prefix, heads, cpu }: LineStream,
    high: number,
    low: number,
    missed: number,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    size: number,
    sink: TextSink,
  ): void {
    if (prefix.length > 0) sink.fixed(prefix)
    if (missed !== 0) writeMissed(cpu, missed, sink)
    const pid = this.pidOf(view, at, size)
    this.names.show(pid, sink.length)
    if (this.#headOf) sink.fixed(this.#headOf(pid, low >>> 0, high, cpu))
    else sink.fixed(heads.isLast(pid) ? heads.last : heads.of(pid, this.#nameOf))
    this.#flags.write(bytes, view, at, size, sink)
  }

  /** Nanoseconds, or the clock's units, as the reference tool: rounded unless shown in full. */
  #writeDifference(high: number, low: number, sink: TextSink): void {
    sink.byte(BLANK)
    const start = sink.length
    if (this.#lastHigh >= 0) {
      const unit = this.#options.nanoseconds ? 1 : 1000
      const now = roundedTo(unit, high, low)
      const last = roundedTo(unit, this.#lastHigh, this.#lastLow)
      sink.latin1(`(+${now - last})`)
    }
    sink.padTo(start, 8)
    this.#lastHigh = high
    this.#lastLow = low
  }
}

function roundedTo(unit: number, high: number, low: number): bigint {
  const time = (BigInt(high) << 32n) | BigInt(low >>> 0)
  return unit === 1 ? time : (time + 500n) / 1000n
}

function writeMissed(cpu: number, missed: number, sink: TextSink): void {
  sink.latin1(`CPU:${cpu} [${missed < 0 ? '' : `${missed} `}EVENTS DROPPED]\n`)
}
