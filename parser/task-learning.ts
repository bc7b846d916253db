/** Learns thread names from the events that carry them; see `TaskNames` for who is believed. */
import { commonFieldsOf } from './batch/event-table.ts'
import type { MergedRecords } from './batch/merge.ts'
import { columnsOf } from './batch/schema.ts'
import { TaskNames } from './batch/task-names.ts'
import type { Extent } from './batch/types.ts'
import type { TraceFile } from './container/types.ts'
import { parseSavedCmdlines } from './event/saved-cmdlines.ts'
import type { EventFormat } from './event/types.ts'
import { ID, OFFSET, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'

/** What an event says: thread in field `pid` (or the writer) is called `name`. */
interface Lesson {
  readonly pid: string
  readonly name: string
  /** `before`: the name ends with this record; `path`: the name is the file's, cut to 15 bytes. */
  readonly kind?: 'after' | 'path'
}

/** Authority: kernel `include/trace/events/{sched,task}.h`, `fs/exec.c`. */
const LESSONS: Readonly<Record<string, readonly Lesson[]>> = {
  'sched:sched_switch': [
    { pid: 'prev_pid', name: 'prev_comm' },
    { pid: 'next_pid', name: 'next_comm' },
  ],
  'sched:sched_wakeup': [{ pid: 'pid', name: 'comm' }],
  'sched:sched_wakeup_new': [{ pid: 'pid', name: 'comm' }],
  'sched:sched_process_fork': [
    { pid: 'parent_pid', name: 'parent_comm' },
    { pid: 'child_pid', name: 'child_comm' },
  ],
  'sched:sched_process_exec': [{ pid: 'pid', name: 'filename', kind: 'path' }],
  'task:task_rename': [
    { pid: 'pid', name: 'oldcomm' },
    // The event is written before the name changes.
    { pid: 'pid', name: 'newcomm', kind: 'after' },
  ],
  'task:task_newtask': [{ pid: 'pid', name: 'comm' }],
}

/** TASK_COMM_LEN without its NUL. */
const COMM_BYTES = 15

interface BoundLesson {
  readonly pidOffset: number
  readonly extent: Extent
  readonly kind: Lesson['kind']
}

/** What learning needs of a trace. */
export interface LearnableTrace {
  readonly file: TraceFile
  readonly formats: readonly EventFormat[]
  index(): { idsPresent(): Set<number> }
  mergedRecords(ids: readonly number[]): {
    merged: MergedRecords
    view: DataView
    bytes: Uint8Array
  }
}

/** One pass over the naming events, in time order. */
export function learnTaskNames(trace: LearnableTrace): TaskNames {
  const tasks = new TaskNames()
  tasks.addSaved(parseSavedCmdlines(trace.file.savedCmdlines()))
  const lessons: (readonly BoundLesson[] | undefined)[] = []
  for (const format of trace.formats) {
    const bound = bindLessons(format, trace)
    if (bound.length > 0) lessons[format.id] = bound
  }
  const present = trace.index().idsPresent()
  const ids = [...lessons.keys()].filter((id) => lessons[id] && present.has(id))
  if (ids.length > 0) readLessons(trace, tasks, lessons, ids)
  tasks.seal()
  return tasks
}

function bindLessons(format: EventFormat, trace: LearnableTrace): BoundLesson[] {
  const { littleEndian, headerPage } = trace.file
  const columns = columnsOf(format, { longSize: headerPage.longSize, littleEndian })
  return (LESSONS[`${format.system}:${format.name}`] ?? []).flatMap(({ pid, name, kind }) => {
    const pidRead = columns.find((column) => column.name === pid)?.read
    const nameRead = columns.find((column) => column.name === name)?.read
    // task_rename of newer kernels has no pid field: the thread renames itself or is common_pid.
    const pidOffset =
      pidRead?.op === 'int' && pidRead.size === 4
        ? pidRead.offset
        : commonFieldsOf(format).pid.offset
    return nameRead?.op === 'text' ? [{ pidOffset, extent: nameRead.extent, kind }] : []
  })
}

function readLessons(
  trace: LearnableTrace,
  tasks: TaskNames,
  lessons: readonly (readonly BoundLesson[] | undefined)[],
  ids: readonly number[],
): void {
  const { merged, view, bytes } = trace.mergedRecords(ids)
  const { littleEndian } = trace.file
  const range = { start: 0, end: 0 }
  while (merged.next()) {
    const { words } = merged.block
    for (let i = merged.from; i < merged.to; i++) {
      const w = i * STRIDE
      const at = words[w + OFFSET]!
      const size = words[w + SIZE]!
      for (const lesson of lessons[words[w + ID]!]!) {
        if (
          lesson.pidOffset + 4 > size ||
          !findText(lesson.extent, view, littleEndian, at, size, range)
        )
          continue
        if (lesson.kind === 'path') cutToBaseName(bytes, range)
        const name = tasks.names.internText(bytes, range.start, range.end)
        const pid = view.getInt32(at + lesson.pidOffset, littleEndian)
        const later = lesson.kind === 'after' ? 1 : 0
        const lo = (words[w + TS_LO]! + later) >>> 0
        tasks.learn(
          pid,
          lo,
          later === 1 && lo === 0 ? words[w + TS_HI]! + 1 : words[w + TS_HI]!,
          name,
        )
      }
    }
  }
}

/** Puts the text's place, up to its NUL, into `range`; false when it is outside the record. */
function findText(
  extent: Extent,
  view: DataView,
  le: boolean,
  at: number,
  size: number,
  range: { start: number; end: number },
): boolean {
  let place = extent.offset
  let length = extent.at === 'fixed' ? extent.size : size - extent.offset
  if (extent.at === 'dataLoc' || extent.at === 'relLoc') {
    if (extent.offset + extent.size > size || extent.size !== 4) return false
    const word = view.getUint32(at + extent.offset, le)
    place = (word & 0xffff) + (extent.at === 'relLoc' ? extent.offset + 4 : 0)
    length = word >>> 16
  }
  if (length <= 0 || place + length > size) return false
  range.start = at + place
  range.end = range.start
  while (range.end < at + place + length && view.getUint8(range.end) !== 0) range.end++
  return true
}

function cutToBaseName(bytes: Uint8Array, range: { start: number; end: number }): void {
  const slash = bytes.subarray(range.start, range.end).lastIndexOf(0x2f)
  range.start += slash + 1
  range.end = Math.min(range.end, range.start + COMM_BYTES)
}
