/** Beginnings of lines, ready made for each thread on each CPU. */

import { FixedText } from './digits.ts'
import { taskHead } from './line-head.ts'
import { TextCache } from './text-cache.ts'

/** Beginnings that are kept; threads of a trace are fewer, damaged ones may be any number. */
const MAX_HEADS = 1 << 16
const NO_PID = Number.NaN

/** Threads and flags whose beginnings are kept ready with what stands around them. */
const PLACES = 256

/** Beginnings of the lines of one CPU. */
export class TaskHeads {
  /** All that stands before the time, by flags and thread. */
  readonly starts: TextCache = new TextCache(PLACES)
  readonly #cpu: number
  readonly #latency: boolean
  readonly #heads = new Map<number, FixedText>()
  #lastPid = NO_PID
  #lastHead: FixedText = new FixedText(new Uint8Array(0))

  constructor(cpu: number, latency: boolean) {
    this.#cpu = cpu
    this.#latency = latency
  }

  /** Whether the thread is the one asked for last. */
  isLast(pid: number): boolean {
    return pid === this.#lastPid
  }

  /** The beginning asked for last. */
  get last(): FixedText {
    return this.#lastHead
  }

  /** What a line of the thread begins with; its name is asked for once. */
  of(pid: number, nameOf: (pid: number) => Uint8Array): FixedText {
    let head = this.#heads.get(pid)
    if (head === undefined) {
      head = taskHead(nameOf(pid), pid, this.#cpu, this.#latency)
      if (this.#heads.size >= MAX_HEADS) this.#heads.clear()
      this.#heads.set(pid, head)
    }
    this.#lastPid = pid
    this.#lastHead = head
    return head
  }

  /** All names may be others now. */
  clear(): void {
    this.#heads.clear()
    this.starts.clear()
    this.#lastPid = NO_PID
  }

  /** The thread has another name now. */
  forget(pid: number): void {
    this.#heads.delete(pid)
    this.starts.clear()
    if (pid === this.#lastPid) this.#lastPid = NO_PID
  }
}
