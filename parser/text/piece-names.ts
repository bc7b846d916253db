/**
 * Task names while pieces of a report are written before it is known what the pieces before them say. Names
 * that are known for good are shown; every line that shows another thread, and every name that a
 * scheduler event gives one, is noted, so that who puts the pieces together can fill the names in.
 */
import type { NameColumn } from './line-head.ts'
import type { LineNames } from './report-line.ts'
import { IDLE, type NameListener, PID_LIMIT, UNKNOWN } from './report-names.ts'

const BLANK = 0x20

/** A name that a line gives a thread, from a place in the text on. */
export interface LearnedName {
  readonly at: number
  readonly pid: number
  readonly name: Uint8Array
}

/** What is open in a piece. */
export interface OpenNames {
  /** Pairs: where in the text a line begins with a task, and which. */
  readonly shown: readonly number[]
  /** The first name in the piece of each thread. */
  readonly learned: readonly LearnedName[]
}

/** Names of one piece at a time. */
export class PieceNames implements LineNames {
  readonly #known = new Map<number, Uint8Array>()
  readonly #changed: NameListener
  #shown: number[] = []
  #learned: LearnedName[] = []
  readonly #taught = new Set<number>()

  constructor(changed: NameListener) {
    this.#changed = changed
  }

  /** Names are known for good. */
  add(names: Iterable<readonly [number, Uint8Array]>): void {
    for (const [pid, name] of names) {
      this.#known.set(pid, name)
      this.#changed(pid)
    }
  }

  /** Another piece begins. */
  begin(): void {
    this.#shown = []
    this.#learned = []
    this.#taught.clear()
  }

  /** What was noted since. */
  get open(): OpenNames {
    return { shown: this.#shown, learned: this.#learned }
  }

  nameOf(pid: number): Uint8Array {
    return pid === 0 ? IDLE : (this.#known.get(pid) ?? UNKNOWN)
  }

  isOpen(pid: number): boolean {
    return pid > 0 && pid < PID_LIMIT && !this.#known.has(pid)
  }

  isFinal(pid: number): boolean {
    return !this.isOpen(pid)
  }

  show(pid: number, at: number): void {
    if (this.isOpen(pid)) this.#shown.push(at, pid)
  }

  learn(pid: number, bytes: Uint8Array, start: number, end: number, at: number): void {
    if (!this.isOpen(pid) || this.#taught.has(pid)) return
    this.#taught.add(pid)
    this.#learned.push({ at, pid, name: bytes.slice(start, end) })
  }
}

/**
 * Fills names into a piece's text and teaches `names` those it gives. False, and nothing done, when one
 * does not fit.
 */
export function fillNames(
  text: Uint8Array,
  { shown, learned }: OpenNames,
  names: LineNames,
  { width, cuts }: NameColumn,
): boolean {
  if (!cuts && learned.some(({ name }) => name.length > width)) return false
  let next = 0
  const teachUpTo = (at: number): void => {
    for (; next < learned.length && learned[next]!.at <= at; next++) {
      const { pid, name } = learned[next]!
      names.learn(pid, name, 0, name.length, at)
    }
  }
  for (let i = 0; i < shown.length; i += 2) {
    const at = shown[i]!
    teachUpTo(at)
    const name = names.nameOf(shown[i + 1]!)
    if (name === UNKNOWN) continue
    text.fill(BLANK, at, at + width)
    text.set(name.subarray(0, width), at + Math.max(0, width - name.length))
  }
  teachUpTo(Number.POSITIVE_INFINITY)
  return true
}
