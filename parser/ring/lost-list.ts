/** Gaps of one CPU, a few numbers each: a hostile file, or years of overwriting, has one a sub-buffer. */
import { doubled } from './doubled.ts'
import type { LostEvents } from './walk-layout.ts'

/** Numbers of a gap: time after it (low, high), time before it (low, high; NaN if none), count. */
const NUMBERS = 5

/** A list of gaps, in order. */
export class LostList implements Iterable<LostEvents> {
  #numbers = new Float64Array(NUMBERS * 4)
  #count = 0

  /** Adds a gap. */
  push({ tsLo, tsHi, gapStart, count }: LostEvents): void {
    const at = this.#count++ * NUMBERS
    if (at === this.#numbers.length) this.#numbers = doubled(this.#numbers)
    const numbers = this.#numbers
    numbers[at] = tsLo
    numbers[at + 1] = tsHi
    numbers[at + 2] = gapStart?.lo ?? Number.NaN
    numbers[at + 3] = gapStart?.hi ?? Number.NaN
    numbers[at + 4] = count
  }

  *[Symbol.iterator](): Generator<LostEvents> {
    const numbers = this.#numbers
    for (let at = 0; at < this.#count * NUMBERS; at += NUMBERS) {
      const [lo, hi] = [numbers[at + 2]!, numbers[at + 3]!]
      const gapStart = Number.isNaN(lo) ? undefined : { lo, hi }
      yield { tsLo: numbers[at]!, tsHi: numbers[at + 1]!, gapStart, count: numbers[at + 4]! }
    }
  }
}
