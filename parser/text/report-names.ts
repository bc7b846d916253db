/**
 * Task names as the reference tool has them while it reports: what the recorder saved at the end
 * counts most; a thread that is not among those gets the first name that a scheduler event gives
 * it, from the line after that event on; until then it is `<...>`. Each name is kept as the bytes
 * that begin the thread's lines.
 */
import { eachSavedCmdline } from '../event/saved-cmdlines.ts'
import { taskHead } from './line-head.ts'

/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22
/** Beginnings that are kept; threads of a trace are fewer, damaged ones may be any number. */
const MAX_HEADS = 1 << 16
const UNKNOWN = Buffer.from('<...>', 'latin1')
const IDLE = Buffer.from('<idle>', 'latin1')

/** Beginnings of lines by thread. */
export class ReportNames {
  readonly #latency: boolean
  readonly #names = new Map<number, Uint8Array>()
  readonly #heads = new Map<number, Uint8Array>()
  #lastPid = -1
  #lastHead: Uint8Array = new Uint8Array(0)

  /** `saved` is the body of saved_cmdlines. */
  constructor(saved: Uint8Array, latency: boolean) {
    this.#latency = latency
    eachSavedCmdline(saved, (pid, start, end) => {
      this.#names.set(pid, saved.slice(start, end))
    })
  }

  /** What a line of the thread begins with. */
  headOf(pid: number): Uint8Array {
    if (pid === this.#lastPid) return this.#lastHead
    let head = this.#heads.get(pid)
    if (head === undefined) {
      head = taskHead(this.nameOf(pid), pid, this.#latency)
      if (this.#heads.size >= MAX_HEADS) this.#heads.clear()
      this.#heads.set(pid, head)
    }
    this.#lastPid = pid
    this.#lastHead = head
    return head
  }

  /** The thread's name. */
  nameOf(pid: number): Uint8Array {
    return pid === 0 ? IDLE : (this.#names.get(pid) ?? UNKNOWN)
  }

  /** Whether the thread has a name that no event changes any more. */
  isKnown(pid: number): boolean {
    return pid === 0 || this.#names.has(pid)
  }

  /** A scheduler event names a thread: `bytes[start … end]`. */
  learn(pid: number, bytes: Uint8Array, start: number, end: number): void {
    if (pid <= 0 || pid >= PID_LIMIT || this.#names.has(pid)) return
    this.#names.set(pid, bytes.slice(start, end))
    this.#heads.delete(pid)
    if (pid === this.#lastPid) this.#lastPid = -1
  }
}
