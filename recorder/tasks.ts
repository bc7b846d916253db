/**
 * Threads, their names and processes: from /proc while they live, from the kernel's tables of those
 * that ran. Authority: proc(5), Documentation/trace/ftrace.rst (saved_cmdlines, saved_tgids).
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { numbersIn } from './process-info.ts'
import type { Tracefs } from './tracefs.ts'

/** Names and processes by thread, gathered from several places and moments. */
export class TaskTable {
  /** Bytes of the name as latin1, which is how it goes to the file. */
  readonly names: Map<number, string> = new Map()
  readonly tgids: Map<number, number> = new Map()

  /** Adds the threads that are alive; their names where there are none yet. */
  addLive(): void {
    for (const pid of numbersIn('/proc')) {
      for (const tid of numbersIn(`/proc/${pid}/task`)) {
        if (this.names.has(tid) && this.tgids.get(tid) === pid) continue
        this.tgids.set(tid, pid)
        const name = readComm(`/proc/${pid}/task/${tid}/comm`)
        if (name !== undefined) this.names.set(tid, name)
      }
    }
  }

  /** Adds the names of threads that the kernel remembers to have run, which are the latest. */
  addSavedNames({ top }: Tracefs): void {
    eachPair(tryRead(top, 'saved_cmdlines'), (tid, name) => {
      if (name !== '<...>') this.names.set(tid, name)
    })
  }

  /**
   * Adds their processes. The kernel's table of them only grows, so that of it only threads are
   * taken that have a name and no process yet.
   */
  addSavedProcesses({ top }: Tracefs): void {
    eachPair(tryRead(top, 'saved_tgids'), (tid, text) => {
      const tgid = Number(text)
      if (tgid > 0 && !this.tgids.has(tid) && this.names.has(tid)) this.tgids.set(tid, tgid)
    })
  }

  /** Names as tracefs `saved_cmdlines` has them. */
  cmdlines(): Buffer {
    let text = ''
    for (const [tid, name] of this.names) text += `${tid} ${name}\n`
    return Buffer.from(text, 'latin1')
  }
}

const comm = Buffer.allocUnsafeSlow(64)

/** There are many: one buffer for all, and no more calls than it takes. */
function readComm(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r')
    try {
      return comm.toString('latin1', 0, readSync(fd, comm, 0, comm.length, null) - 1)
    } finally {
      closeSync(fd)
    }
  } catch {
    // It ended meanwhile.
    return undefined
  }
}

function tryRead(tracefs: Tracefs, path: string): string {
  return tracefs.exists(path) ? tracefs.readBytes(path).toString('latin1') : ''
}

/** Lines of a number, a blank and something. */
function eachPair(text: string, take: (tid: number, rest: string) => void): void {
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const blank = text.indexOf(' ', at)
    const tid = Number(text.slice(at, blank))
    if (blank > at && blank < end && tid > 0) take(tid, text.slice(blank + 1, end))
    at = end + 1
  }
}
