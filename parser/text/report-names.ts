/**
 * Task names as the reference tool has them while it reports: what the recorder saved at the end
 * counts most; a thread that is not among those gets the first name that a scheduler event gives
 * it, from the line after that event on; until then it is `<...>`. Until the first line of another
 * thread than the idle one, names are only collected, and then looked up by halving a sorted list:
 * of a thread's several names it takes the one that the search meets first.
 */
import { eachSavedCmdline } from '../event/saved-cmdlines.ts'

/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
export const PID_LIMIT: number = 1 << 22
/** Names collected at most; further ones of threads that only wake up others are not needed. */
const MAX_COLLECTED = 1 << 22
export const UNKNOWN: Uint8Array = Uint8Array.from(Buffer.from('<...>', 'latin1'))
export const IDLE: Uint8Array = Uint8Array.from(Buffer.from('<idle>', 'latin1'))

/** Who is told when a thread gets a name. */
export type NameListener = (pid: number) => void

/** Names of threads, as bytes. */
export class ReportNames {
  readonly #names = new Map<number, Uint8Array>()
  /** Who is told. */
  changed: NameListener
  /** In order of registration, until a name is asked for. */
  #collected: { readonly pid: number; readonly name: Uint8Array }[] | undefined = []

  /** `saved` is the body of saved_cmdlines. */
  constructor(saved: Uint8Array, changed: NameListener) {
    this.changed = changed
    eachSavedCmdline(saved, (pid, start, end) => {
      this.#collected!.push({ pid, name: saved.slice(start, end) })
    })
  }

  /** The names there are, once what was collected has been looked at. */
  get settled(): ReadonlyMap<number, Uint8Array> | undefined {
    return this.#collected ? undefined : this.#names
  }

  /** No name comes from elsewhere. */
  isOpen(_pid: number): boolean {
    return false
  }

  isFinal(pid: number): boolean {
    return !this.#collected && (pid <= 0 || pid >= PID_LIMIT || this.#names.has(pid))
  }

  /** Names are as they are when they are shown. */
  show(_pid: number, _at: number): void {}

  /** The thread's name. */
  nameOf(pid: number): Uint8Array {
    if (pid === 0) return IDLE
    if (this.#collected) this.#settle(this.#collected)
    return this.#names.get(pid) ?? UNKNOWN
  }

  /** A scheduler event names a thread: `bytes[start … end]`. */
  learn(pid: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#collected) {
      if (this.#collected.length < MAX_COLLECTED)
        this.#collected.push({ pid, name: bytes.slice(start, end) })
      return
    }
    if (pid <= 0 || pid >= PID_LIMIT || this.#names.has(pid)) return
    this.#names.set(pid, bytes.slice(start, end))
    this.changed(pid)
  }

  #settle(collected: readonly { readonly pid: number; readonly name: Uint8Array }[]): void {
    this.#collected = undefined
    const sorted = collected.toReversed().sort((a, b) => a.pid - b.pid)
    for (const { pid } of sorted) {
      if (this.#names.has(pid)) continue
      let low = 0
      let high = sorted.length
      while (low < high) {
        const middle = (low + high) >>> 1
        const found = sorted[middle]!
        if (found.pid === pid) {
          this.#names.set(pid, found.name)
          break
        }
        if (found.pid > pid) high = middle
        else low = middle + 1
      }
    }
  }
}
