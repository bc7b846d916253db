/**
 * Task names as the reference tool has them while it reports: what the recorder saved at the end
 * counts most; a thread that is not among those gets the first name that a scheduler event gives
 * it, from the line after that event on; until then it is `<...>`.
 */
import { eachSavedCmdline } from '../event/saved-cmdlines.ts'

/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22
const UNKNOWN = Uint8Array.from(Buffer.from('<...>', 'latin1'))
const IDLE = Uint8Array.from(Buffer.from('<idle>', 'latin1'))

/** Who is told when a thread gets a name. */
export type NameListener = (pid: number) => void

/** Names of threads, as bytes. */
export class ReportNames {
  readonly #names = new Map<number, Uint8Array>()
  readonly #changed: NameListener

  /** `saved` is the body of saved_cmdlines. */
  constructor(saved: Uint8Array, changed: NameListener) {
    this.#changed = changed
    eachSavedCmdline(saved, (pid, start, end) => {
      this.#names.set(pid, saved.slice(start, end))
    })
  }

  /** The thread's name. */
  nameOf(pid: number): Uint8Array {
    return pid === 0 ? IDLE : (this.#names.get(pid) ?? UNKNOWN)
  }

  /** A scheduler event names a thread: `bytes[start … end]`. */
  learn(pid: number, bytes: Uint8Array, start: number, end: number): void {
    if (pid <= 0 || pid >= PID_LIMIT || this.#names.has(pid)) return
    this.#names.set(pid, bytes.slice(start, end))
    this.#changed(pid)
  }
}
