/**
 * Collects thread names CPU by CPU, in one pass that does not merge. Each CPU sees a name for some
 * time; where no two CPUs saw different names of a thread at the same time, the runs in order of
 * their beginnings are the thread's names over time, exactly.
 */
import { doubled } from '../ring/doubled.ts'
import type { StringPool } from './string-pool.ts'
import { isFullOfNames, type TaskNames } from './task-names.ts'

/** Words of a run: pid, name, first time (low, high), last time (low, high). */
const WORDS = 6

/** A listener for names, one stream after the other. */
export class NameRuns {
  readonly names: StringPool
  readonly #tasks: TaskNames
  #words: Uint32Array = new Uint32Array(WORDS * 256)
  #count = 0
  /** The current stream's last run of each thread. */
  readonly #latest = new Map<number, number>()

  constructor(tasks: TaskNames) {
    this.#tasks = tasks
    this.names = tasks.names
  }

  /** Whether no more can be taken in. */
  get isFull(): boolean {
    return this.#count >= this.#tasks.most || isFullOfNames(this.names)
  }

  /** A name was not taken in. */
  miss(): void {
    this.#tasks.miss()
  }

  /** Another CPU begins. */
  beginStream(): void {
    this.#latest.clear()
  }

  learn(pid: number, lo: number, hi: number, name: number): void {
    if (pid <= 0) return
    const run = this.#latest.get(pid)
    if (run !== undefined && this.#words[run + 1] === name) {
      this.extend(pid, lo, hi)
      return
    }
    const at = this.#count * WORDS
    if (at === this.#words.length) this.#words = doubled(this.#words)
    const words = this.#words
    words[at] = pid
    words[at + 1] = name
    words[at + 2] = lo
    words[at + 3] = hi
    words[at + 4] = lo
    words[at + 5] = hi
    this.#latest.set(pid, at)
    this.#count++
  }

  /** Notes that a thread still had the name last learned in this stream. */
  extend(pid: number, lo: number, hi: number): void {
    const run = this.#latest.get(pid)
    if (run === undefined) return
    const words = this.#words
    if (hi < words[run + 5]! || (hi === words[run + 5] && lo <= words[run + 4]!)) return
    words[run + 4] = lo
    words[run + 5] = hi
  }

  /** The names, sealed; undefined when CPUs contradict each other and only a merged pass can tell. */
  settle(): TaskNames | undefined {
    const words = this.#words
    const order = new Uint32Array(this.#count).map((_, i) => i * WORDS)
    const time = (at: number): number => words[at + 1]! * 0x100000000 + words[at]!
    order.sort((a, b) => words[a]! - words[b]! || time(a + 2) - time(b + 2))
    for (let i = 1; i < order.length; i++) {
      const [a, b] = [order[i - 1]!, order[i]!]
      const same = words[a] === words[b] && words[a + 1] === words[b + 1]
      // Runs of one name may overlap, as long as no other name lies between them.
      if (same && time(a + 4) > time(b + 4)) words.copyWithin(b + 4, a + 4, a + 6)
      if (!same && words[a] === words[b] && time(a + 4) >= time(b + 2)) return undefined
    }
    for (const at of order)
      this.#tasks.learn(words[at]!, words[at + 2]!, words[at + 3]!, words[at + 1]!)
    this.#tasks.seal()
    return this.#tasks
  }
}
