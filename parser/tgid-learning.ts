/**
 * Learns which process a thread belongs to: our own recorder stores it, and some events tell. Authority: kernel `include/trace/events/{task,sched}.h`, `include/uapi/linux/sched.h`.
 */
import { columnsOf } from './batch/schema.ts'
import type { EventFormat } from './event/types.ts'
import { ID, OFFSET, SIZE, STRIDE } from './ring/record-block.ts'
import type { LearnableTrace } from './task-learning.ts'

const CLONE_THREAD = 0x10000

/** Thread id to process id, as far as what is stored, task_newtask, exec and user stacks tell. */
export function learnTgids(
  trace: LearnableTrace & { readonly pidOffset: number },
): Map<number, number> {
  const tgids = new Map(trace.file.own.tgids)
  for (const { pid } of trace.file.processMaps) tgids.set(pid, pid)
  const present = trace.index().idsPresent()
  const find = (system: string, name: string): EventFormat | undefined =>
    trace.formats.find((f) => f.system === system && f.name === name && present.has(f.id))
  const newtask = find('task', 'task_newtask')
  const exec = find('sched', 'sched_process_exec')
  const stack = find('ftrace', 'user_stack')
  const ids = [newtask, exec, stack].flatMap((format) => (format ? [format.id] : []))
  if (ids.length === 0) return tgids
  const pidOf = offsetOf(trace, newtask, 'pid')
  const flagsOf = offsetOf(trace, newtask, 'clone_flags')
  const execPid = offsetOf(trace, exec, 'pid')
  const tgidOf = offsetOf(trace, stack, 'tgid')
  const { merged, view } = trace.mergedRecords(ids)
  const le = trace.file.littleEndian
  // clone_flags is a long: on a 64-bit big-endian kernel its low half comes last.
  const flagsLow = flagsOf + (!le && trace.file.headerPage.longSize === 8 ? 4 : 0)
  while (merged.next()) {
    const { words } = merged.block
    for (let i = merged.from; i < merged.to; i++) {
      const w = i * STRIDE
      const at = words[w + OFFSET]!
      const size = words[w + SIZE]!
      const id = words[w + ID]!
      const read = (place: number): number =>
        place >= 0 && place + 4 <= size ? view.getInt32(at + place, le) : -1
      const writer = read(trace.pidOffset)
      if (id === newtask?.id) {
        const flags = read(flagsLow)
        const pid = read(pidOf)
        const parent = tgids.get(writer)
        if ((flags & CLONE_THREAD) === 0) tgids.set(pid, pid)
        else if (parent !== undefined) tgids.set(pid, parent)
      } else if (id === exec?.id) tgids.set(read(execPid), read(execPid))
      else if (read(tgidOf) > 0) tgids.set(writer, read(tgidOf))
    }
  }
  tgids.delete(-1)
  return tgids
}

function offsetOf(trace: LearnableTrace, format: EventFormat | undefined, name: string): number {
  if (!format) return -1
  const { littleEndian, headerPage } = trace.file
  const read = columnsOf(format, { longSize: headerPage.longSize, littleEndian }).find(
    (c) => c.name === name,
  )?.read
  return read?.op === 'int' ? read.offset : -1
}
