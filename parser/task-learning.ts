/** Learns thread names from the events that carry them; see `TaskNames` for who is believed. */
import { commonFieldsOf } from './batch/event-table.ts'
import type { MergedRecords } from './batch/merge.ts'
import { columnsOf } from './batch/schema.ts'
import type { StringPool } from './batch/string-pool.ts'
import { TaskNames } from './batch/task-names.ts'
import type { Extent } from './batch/types.ts'
import type { TraceFile } from './container/types.ts'
import { parseSavedCmdlines } from './event/saved-cmdlines.ts'
import type { EventFormat } from './event/types.ts'
import type { PlainLesson } from './fast-count.ts'
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
  index(): { idsPresent(): ReadonlySet<number> }
  mergedRecords(ids: readonly number[]): {
    merged: MergedRecords
    view: DataView
    bytes: Uint8Array
  }
}

/** Who is told what the naming events say. */
export interface NameListener {
  /** Where names are interned. */
  readonly names: StringPool
  /** It takes no more, and is told how often it did not. */
  readonly isFull: boolean
  miss(): void
  /** Thread `pid` has the name from this time on. */
  learn(pid: number, lo: number, hi: number, name: number): void
}

/** Reads names out of the records of a trace's naming events. */
export class NameReader {
  /** Ids of the events that name threads. */
  readonly ids: readonly number[]
  readonly #lessons: (readonly BoundLesson[] | undefined)[] = []
  /** 1 for their ids: most records are passed over, and ids are 16 bits wide. */
  readonly events: Uint8Array = new Uint8Array(0x10000)
  readonly #littleEndian: boolean
  readonly #range = { start: 0, end: 0 }

  constructor(trace: LearnableTrace) {
    this.#littleEndian = trace.file.littleEndian
    for (const format of trace.formats) {
      const bound = bindLessons(format, trace)
      if (bound.length === 0) continue
      this.#lessons[format.id] = bound
      this.events[format.id] = 1
    }
    this.ids = [...this.#lessons.keys()].filter((id) => this.#lessons[id])
  }

  /** Where the events that only show a thread's name have it, by event id. */
  plainLessons(): Map<number, PlainLesson[]> {
    const plain = new Map<number, PlainLesson[]>()
    for (const id of this.ids) {
      const lessons = this.#lessons[id]!.flatMap(({ pidOffset, extent, kind }) =>
        kind === undefined && extent.at === 'fixed' && extent.size === COMM_BYTES + 1
          ? [{ pidOffset, textOffset: extent.offset }]
          : [],
      )
      if (lessons.length === this.#lessons[id]!.length && lessons.length <= 2)
        plain.set(id, lessons)
    }
    return plain
  }

  /** Tells the listener what entries `from … to` say; other events among them are passed over. */
  read(
    words: Uint32Array,
    from: number,
    to: number,
    view: DataView,
    bytes: Uint8Array,
    listener: NameListener,
  ): void {
    const names = this.events
    for (let i = from; i < to; i++) {
      const id = words[i * STRIDE + ID]!
      if (names[id] === 0) continue
      for (const lesson of this.#lessons[id]!)
        this.#readOne(lesson, words, i * STRIDE, view, bytes, listener)
    }
  }

  #readOne(
    lesson: BoundLesson,
    words: Uint32Array,
    w: number,
    view: DataView,
    bytes: Uint8Array,
    listener: NameListener,
  ): void {
    const at = words[w + OFFSET]!
    const size = words[w + SIZE]!
    const range = this.#range
    if (lesson.pidOffset + 4 > size) return
    if (!findText(lesson.extent, view, this.#littleEndian, at, size, range)) return
    if (lesson.kind === 'path') cutToBaseName(bytes, range)
    if (listener.isFull) {
      listener.miss()
      return
    }
    const name = listener.names.internText(bytes, range.start, range.end)
    const pid = view.getInt32(at + lesson.pidOffset, this.#littleEndian)
    const later = lesson.kind === 'after' ? 1 : 0
    const lo = (words[w + TS_LO]! + later) >>> 0
    listener.learn(
      pid,
      lo,
      later === 1 && lo === 0 ? words[w + TS_HI]! + 1 : words[w + TS_HI]!,
      name,
    )
  }
}

/** Names with the saved ones in, to be taught and sealed. */
export function createTaskNames(trace: LearnableTrace): TaskNames {
  const tasks = new TaskNames()
  tasks.addSaved(parseSavedCmdlines(trace.file.savedCmdlines()))
  return tasks
}

/** One pass over the naming events, in time order. */
export function learnTaskNames(trace: LearnableTrace): TaskNames {
  const tasks = createTaskNames(trace)
  const reader = new NameReader(trace)
  const present = trace.index().idsPresent()
  const ids = reader.ids.filter((id) => present.has(id))
  if (ids.length > 0) {
    const { merged, view, bytes } = trace.mergedRecords(ids)
    while (merged.next())
      reader.read(merged.block.words, merged.from, merged.to, view, bytes, tasks)
  }
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
