/**
 * The time column of a report: seconds with six digits, rounded, or with nine; the plain number
 * where the clock counts something else than nanoseconds. The text of the second is made once a
 * second, so a line costs a subtraction and its last digits.
 */
import { FixedText } from './digits.ts'
import type { TextSink } from './text-sink.ts'

const DOT = 0x2e
const COLON = 0x3a
const TWO32 = 0x1_0000_0000
const SECOND = 1_000_000_000n

/** The three digits of 0 … 999 and a colon, as they lie in memory. */
export const TRIPLES: Int32Array = Int32Array.from({ length: 1000 }, (_, i) =>
  Buffer.from(`${String(i).padStart(3, '0')}:`, 'latin1').readInt32LE(),
)

/** Clocks that the reference tool shows as seconds; others are counts of something. */
const SECONDS = new Set(['', 'local', 'global', 'uptime', 'perf', 'tai', 'tsc2nsec'])

/** Whether times of a trace clock are nanoseconds to the reference tool, which leaves out `boot`. */
export function showsSeconds(clock: string): boolean {
  return SECONDS.has(clock) || clock.startsWith('mono')
}

/** How times are shown. */
export interface TimeOptions {
  /** Nanoseconds are shown as they are, not rounded to microseconds. */
  readonly nanoseconds: boolean
  /** The clock counts nanoseconds. */
  readonly seconds: boolean
  /** Added to every time. */
  readonly offset: bigint
}

/** Writes times; they are fastest when they rise. Lower halves may be signed. */
export class TimeText {
  readonly options: TimeOptions
  readonly #nanoseconds: boolean
  readonly #seconds: boolean
  readonly #offset: bigint
  /** Added before the time is cut: the offset, and half of what is cut off. */
  readonly #shift: bigint
  /** The time, as halves of which the upper one is signed, at which the current second began. */
  readonly #base = Float64Array.of(0, 0)
  /** ` 12345.`, or undefined before the first time. */
  #second: FixedText | undefined

  constructor(options: TimeOptions) {
    this.options = options
    this.#nanoseconds = options.nanoseconds
    this.#seconds = options.seconds
    this.#offset = options.offset
    this.#shift = options.offset + (options.nanoseconds || !options.seconds ? 0n : 500n)
  }

  /** Writes a time with the colon after it. */
  write(high: number, low: number, sink: TextSink): void {
    if (!this.#seconds) {
      this.#writeCount(high, low, sink)
      return
    }
    let rest = this.#since(high, low)
    if (this.#second === undefined || !(rest >= 0 && rest < 1e9)) {
      this.#moveTo(high, low)
      rest = this.#since(high, low)
    }
    sink.fixed(this.#second!)
    this.#writeFraction(rest | 0, sink)
  }

  /** Nanoseconds since the current second began, half of what is cut off included. */
  #since(high: number, low: number): number {
    const base = this.#base
    const rest = (low >>> 0) - base[1]!
    return high === base[0] ? rest : (high - base[0]!) * TWO32 + rest
  }

  /** Digits and colon: each group of three overwrites the colon of the one before. */
  #writeFraction(rest: number, sink: TextSink): void {
    sink.reserve(12)
    const { view } = sink
    const at = sink.length
    const micros = (rest / 1000) | 0
    const millis = (micros / 1000) | 0
    view.setInt32(at, TRIPLES[millis]!, true)
    view.setInt32(at + 3, TRIPLES[micros - millis * 1000]!, true)
    if (this.#nanoseconds) view.setInt32(at + 6, TRIPLES[rest - micros * 1000]!, true)
    sink.length = at + (this.#nanoseconds ? 10 : 7)
  }

  #moveTo(high: number, low: number): void {
    const time = BigInt.asUintN(64, ((BigInt(high) << 32n) | BigInt(low >>> 0)) + this.#shift)
    const second = time / SECOND
    const base = second * SECOND - this.#shift
    this.#base[0] = Number(base >> 32n)
    this.#base[1] = Number(base & 0xffffffffn)
    this.#second = new FixedText(Buffer.from(` ${second.toString().padStart(5)}.`, 'latin1'))
  }

  #writeCount(high: number, low: number, sink: TextSink): void {
    const offset = this.#offset
    const start = sink.length
    if (offset === 0n) sink.unsigned64(high, low)
    else {
      const time = BigInt.asUintN(64, ((BigInt(high) << 32n) | BigInt(low >>> 0)) + offset)
      sink.unsigned64(Number(time >> 32n), Number(time & 0xffffffffn))
    }
    sink.padBefore(start, 12, 0x20)
    sink.byte(COLON)
  }
}

/** Writes the seconds of a time as the reference tool does inside an event's text. */
export function writeSeconds(time: bigint, nanoseconds: boolean, sink: TextSink): void {
  const rounded = nanoseconds ? time : time + 500n
  sink.latin1((rounded / SECOND).toString().padStart(5))
  sink.byte(DOT)
  const rest = Number(rounded % SECOND)
  sink.unsignedPadded(nanoseconds ? rest : Math.trunc(rest / 1000), nanoseconds ? 9 : 6, 0x30)
}
