/**
 * Checks `common_comm` twice: against the rule (the name the naming events gave a thread last, else
 * will give it first, else saved_cmdlines), worked out here from the rows themselves; and against
 * the names that the reference tool printed, which knows only one name a thread.
 */
import type { ColumnBatch } from '../../parser/batch/column-batch.ts'
import { columnValue } from '../../parser/batch/column-value.ts'
import { columnText } from './field-text.ts'
import { partial, Tally } from './tally.ts'

/** Pid and name columns of the events that carry names; undefined: the record's own thread. */
const TEACHERS: Readonly<Record<string, readonly (readonly [string | undefined, string])[]>> = {
  'sched:sched_switch': [
    ['prev_pid', 'prev_comm'],
    ['next_pid', 'next_comm'],
  ],
  'sched:sched_wakeup': [['pid', 'comm']],
  'sched:sched_wakeup_new': [['pid', 'comm']],
  'sched:sched_process_fork': [
    ['parent_pid', 'parent_comm'],
    ['child_pid', 'child_comm'],
  ],
  'sched:sched_process_exec': [['pid', 'filename']],
  'task:task_rename': [
    ['pid', 'oldcomm'],
    ['pid', 'newcomm'],
  ],
  'task:task_newtask': [['pid', 'comm']],
}

interface Lesson {
  readonly ts: bigint
  readonly cpu: number
  readonly name: string
}

interface Seen {
  readonly ts: bigint
  readonly pid: number
  readonly ours: string
  readonly theirs: string
}

/** Gathers names from all rows, then compares. */
export class NameCheck {
  readonly #lessons = new Map<number, Lesson[]>()
  readonly #seen: Seen[] = []

  /** Notes what a row of `event` says about names. */
  learn(event: string, batch: ColumnBatch, row: number): void {
    for (const [pidColumn, nameColumn] of TEACHERS[event] ?? []) {
      const value = (name: string): unknown => {
        const column = batch.table.columns.findIndex((c) => c.name === name)
        return column < 0 ? undefined : columnValue(batch, column, row)
      }
      const pid = (value(pidColumn ?? 'common_pid') ?? value('common_pid')) as number
      const text = value(nameColumn)
      if (typeof text !== 'string') continue
      const name = nameColumn === 'filename' ? baseName(text) : text
      const later = nameColumn === 'newcomm' ? 1n : 0n
      const lesson = {
        ts: (value('ts') as bigint) + later,
        cpu: value('common_cpu') as number,
        name,
      }
      const list = this.#lessons.get(pid)
      if (list) list.push(lesson)
      else this.#lessons.set(pid, [lesson])
    }
  }

  /** Notes a row's name and the name in its line. */
  see(ts: bigint, pid: number, ours: string, theirs: string): void {
    this.#seen.push({ ts, pid, ours, theirs })
  }

  /** Compares all that was seen. */
  compare(savedCmdlines: Uint8Array): Tally {
    const tally = new Tally()
    const saved = parseSaved(savedCmdlines)
    for (const list of this.#lessons.values())
      list.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.cpu - b.cpu))
    for (const { ts, pid, ours, theirs } of this.#seen) {
      const lessons = pid === 0 ? undefined : this.#lessons.get(pid)
      const expected = pid === 0 ? '<idle>' : (nameAt(lessons, ts) ?? saved.get(pid) ?? '<...>')
      const words = `thread ${pid} at ${ts} is ${JSON.stringify(ours)}`
      if (ours !== expected) tally.differ(`${words}, expected ${JSON.stringify(expected)}`)
      else if (ours === theirs) tally.same()
      else if (theirs === '<...>') tally.add(partial('name-unknown-to-reference'), () => '')
      else if (lessons) tally.add(partial('name-at-another-moment'), () => '')
      else tally.differ(`${words}, the reference has ${JSON.stringify(theirs)}`)
    }
    return tally
  }
}

const baseName = (path: string): string =>
  columnText(Buffer.from(path.slice(path.lastIndexOf('/') + 1)).subarray(0, 15))

const nameAt = (lessons: readonly Lesson[] | undefined, ts: bigint): string | undefined =>
  (lessons?.findLast((lesson) => lesson.ts <= ts) ?? lessons?.[0])?.name

const parseSaved = (bytes: Uint8Array): Map<number, string> => {
  const names = new Map<number, string>()
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    const blank = line.indexOf(' ')
    if (blank > 0)
      names.set(
        Number(line.slice(0, blank)),
        columnText(Buffer.from(line.slice(blank + 1), 'latin1')),
      )
  }
  return names
}
