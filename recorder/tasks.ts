/**
 * Threads, their names and processes: from /proc while they live, from the kernel's tables of those
 * that ran. Authority: proc(5), Documentation/trace/ftrace.rst (saved_cmdlines, saved_tgids).
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { numbersIn } from './process-info.ts'
import type { Tracefs } from './tracefs.ts'

/** Names and processes by thread. */
export interface Tasks {
  /** Bytes of the name as latin1, which is how it goes to the file. */
  readonly names: ReadonlyMap<number, string>
  readonly tgids: ReadonlyMap<number, number>
}

/** The threads that are alive; the names of those in `known` are not read again. */
export function readLiveTasks(known?: Tasks): Tasks {
  const names = new Map<number, string>()
  const tgids = new Map<number, number>()
  for (const pid of numbersIn('/proc')) {
    for (const tid of numbersIn(`/proc/${pid}/task`)) {
      tgids.set(tid, pid)
      if (known?.names.has(tid) && known.tgids.get(tid) === pid) continue
      const name = readComm(`/proc/${pid}/task/${tid}/comm`)
      if (name !== undefined) names.set(tid, name)
    }
  }
  return { names, tgids }
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

/**
 * The threads that the kernel remembers to have run. Its table of processes only grows, so that of
 * it only threads are taken whose names it has too: those that ran lately.
 */
export function readSavedTasks(tracefs: Tracefs): Tasks {
  const { top } = tracefs
  const names = new Map<number, string>()
  for (const [tid, name] of pairs(tryRead(top, 'saved_cmdlines'))) {
    if (name !== '<...>') names.set(tid, name)
  }
  const tgids = new Map<number, number>()
  for (const [tid, tgid] of pairs(tryRead(top, 'saved_tgids'))) {
    if (names.has(tid) && Number(tgid) > 0) tgids.set(tid, Number(tgid))
  }
  return { names, tgids }
}

/** Later ones are believed. */
export function mergeTasks(...tasks: readonly Partial<Tasks>[]): Tasks {
  return {
    names: new Map(tasks.flatMap(({ names }) => [...(names ?? [])])),
    tgids: new Map(tasks.flatMap(({ tgids }) => [...(tgids ?? [])])),
  }
}

/** Names as tracefs `saved_cmdlines` has them. */
export function cmdlinesText({ names }: Tasks): Buffer {
  return Buffer.from([...names].map(([tid, name]) => `${tid} ${name}\n`).join(''), 'latin1')
}

function tryRead(tracefs: Tracefs, path: string): string {
  return tracefs.exists(path) ? tracefs.readBytes(path).toString('latin1') : ''
}

function* pairs(text: string): Generator<[number, string]> {
  for (const line of text.split('\n')) {
    const blank = line.indexOf(' ')
    const tid = Number(line.slice(0, blank))
    if (blank > 0 && tid > 0) yield [tid, line.slice(blank + 1)]
  }
}
