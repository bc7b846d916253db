/**
 * Texts by 64-bit value: the same few flag words, states and addresses come again and again, and
 * their names are dear to make. Bounded: of the values that fall on a pair of places the last two stay.
 */
import { FixedText } from './digits.ts'
import type { TextSink } from './text-sink.ts'

/** Longer texts are not kept. */
const MAX_TEXT = 1024

/** Remembers what a writer wrote for a value. */
export class TextCache {
  /** How far a hash is shifted to be a place. */
  readonly #shift: number
  readonly #highs: Int32Array
  readonly #lows: Int32Array
  readonly #texts: (FixedText | undefined)[]

  /** `places` is a power of two. */
  constructor(places: number) {
    this.#shift = 32 - Math.log2(places)
    this.#highs = new Int32Array(places)
    this.#lows = new Int32Array(places)
    this.#texts = new Array(places).fill(undefined)
  }

  /** The text known for a value. */
  find(high: number, low: number): FixedText | undefined {
    const place = this.#place(high, low)
    if (this.#lows[place] === (low | 0) && this.#highs[place] === (high | 0))
      return this.#texts[place]
    const other = place ^ 1
    if (this.#lows[other] === (low | 0) && this.#highs[other] === (high | 0))
      return this.#texts[other]
    return undefined
  }

  /** Writes the text known for a value; false when there is none. */
  write(high: number, low: number, sink: TextSink): boolean {
    const text = this.find(high, low)
    if (text === undefined) return false
    sink.fixed(text)
    return true
  }

  /** Keeps what `sink` has since `start` as the text of a value. */
  keep(high: number, low: number, sink: TextSink, start: number): void {
    if (sink.length - start > MAX_TEXT) return
    const place = this.#place(high, low)
    this.#move(place, place ^ 1)
    this.#highs[place] = high
    this.#lows[place] = low
    this.#texts[place] = new FixedText(sink.bytes.subarray(start, sink.length))
  }

  #move(from: number, to: number): void {
    this.#highs[to] = this.#highs[from]!
    this.#lows[to] = this.#lows[from]!
    this.#texts[to] = this.#texts[from]
  }

  /** Forgets everything. */
  clear(): void {
    this.#texts.fill(undefined)
  }

  #place(high: number, low: number): number {
    return Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> this.#shift
  }
}
