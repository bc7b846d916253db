/** Undoing the changes of one journal, with regard to the other recordings that are running. */
import { isAbsolute, normalize } from 'node:path'
import { TraceError } from '../parser/error.ts'
import {
  appendLine,
  type Change,
  type ChangeState,
  type JournalState,
  listJournals,
  readJournal,
} from './journal-file.ts'
import { pause, withLock } from './runtime-dir.ts'
import { restorable } from './settings-text.ts'
import { checkInstanceName, type Tracefs } from './tracefs.ts'

/** What became of the changes of a journal. */
export interface Restored {
  /** Changes undone. */
  readonly count: number
  /** Files left alone because someone else changed them since. */
  readonly kept: readonly string[]
  /** What could not be undone, and why. */
  readonly failed: readonly string[]
}

type ChangeOf<T extends Change['op']> = Extract<Change, { op: T }>

/** A file may stay busy for a moment while a reader that was killed is cleaned up. */
const BUSY_WAIT_MS = 3000
const BUSY_POLL_MS = 20

/**
 * Undoes what is not yet undone and notes each in the journal: instances first, since the events
 * enabled in them hold on to probes, then the rest, newest first.
 */
export function restoreJournal(tracefs: Tracefs, state: JournalState, dir: string): Restored {
  const outcome = { count: 0, kept: [] as string[], failed: [] as string[] }
  const newestFirst = state.changes.filter(({ undone }) => !undone).toReversed()
  const left = [
    ...newestFirst.filter(({ change }) => change.op === 'instance'),
    ...newestFirst.filter(({ change }) => change.op !== 'instance'),
  ]
  for (let at = 0; at < left.length; ) {
    const isShared = shared(left[at]!.change)
    let end = at + 1
    while (end < left.length && shared(left[end]!.change) === isShared) end++
    const run = left.slice(at, end)
    if (isShared) withLock(dir, () => restoreShared(tracefs, state, run, dir, outcome))
    else for (const entry of run) note(state, entry, outcome, () => undoOwn(tracefs, entry.change))
    at = end
  }
  return outcome
}

/** Files that another recording may have changed as well: looked at under the lock. */
function shared(change: Change): boolean {
  return change.op === 'set' || change.op === 'list'
}

/** Another recording may have amended the journal since it was read. */
function restoreShared(
  tracefs: Tracefs,
  state: JournalState,
  run: readonly ChangeState[],
  dir: string,
  outcome: Outcome,
): void {
  const fresh = readJournal(state.path) ?? state
  const others = listJournals(dir, state.mount).filter(({ path }) => path !== state.path)
  for (const { index } of run) {
    const entry = fresh.changes[index]!
    note(state, entry, outcome, () => undoShared(tracefs, entry, others))
  }
}

interface Outcome {
  count: number
  kept: string[]
  failed: string[]
}

/** `undo` returns false when the file was left alone. */
function note(
  state: JournalState,
  { index, change }: ChangeState,
  outcome: Outcome,
  undo: () => boolean,
): void {
  try {
    if (undo()) outcome.count++
    else outcome.kept.push(pathOf(change))
    appendLine(state.path, { op: 'undone', index })
  } catch (error) {
    outcome.failed.push(error instanceof Error ? error.message : String(error))
  }
}

function undoOwn(tracefs: Tracefs, change: Change): boolean {
  if (change.op === 'instance') return removeInstance(tracefs, change.name)
  return change.op === 'add' ? takeAway(tracefs, change) : true
}

function undoShared(
  tracefs: Tracefs,
  { change, now }: ChangeState,
  others: readonly JournalState[],
): boolean {
  if (!('path' in change) || !tracefs.exists(checkPath(change.path))) return true
  if (change.op === 'set') return setBack(tracefs, change, now, others)
  return change.op === 'list' ? takeOut(tracefs, change, others) : true
}

function pathOf(change: Change): string {
  return change.op === 'instance' ? `instances/${change.name}` : change.path
}

/** Journals name files below the mount only; one that does not was not written by us. */
function checkPath(path: string): string {
  if (isAbsolute(path) || normalize(path).startsWith('..')) {
    throw new TraceError('ERR_TRACEFS_RESTORE', `a journal names ${path}, which is not in tracefs`)
  }
  return path
}

function removeInstance(tracefs: Tracefs, name: string): boolean {
  checkInstanceName(name)
  const instance = tracefs.at(name)
  for (const end = Date.now() + BUSY_WAIT_MS; instance.exists('.'); pause(BUSY_POLL_MS)) {
    try {
      if (instance.tryRead('tracing_on') === '1') instance.write('tracing_on', '0')
      tracefs.removeInstance(name)
      return true
    } catch (error) {
      const busy = error instanceof TraceError && error.code === 'ERR_TRACER_BUSY'
      if (instance.exists('.') && (!busy || Date.now() > end)) throw error
    }
  }
  return true
}

function takeAway(tracefs: Tracefs, change: ChangeOf<'add'>): boolean {
  const path = checkPath(change.path)
  if (!tracefs.exists(path)) return true
  for (const end = Date.now() + BUSY_WAIT_MS; ; pause(BUSY_POLL_MS)) {
    try {
      tracefs.append(path, change.undo)
      return true
    } catch (error) {
      if (causeCode(error) === 'ENOENT') return true
      if (causeCode(error) !== 'EBUSY' || Date.now() > end) throw error
    }
  }
}

function causeCode(error: unknown): string | undefined {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code
}

/** `now` is what the file read as after the change, if that is known. */
function setBack(
  tracefs: Tracefs,
  { path, at, old }: ChangeOf<'set'>,
  now: string | undefined,
  others: readonly JournalState[],
): boolean {
  const heir = findHeir(path, at, others)
  if (heir) {
    appendLine(heir.path, { op: 'inherit', index: heir.index, old })
    return true
  }
  const current = restorable(path, tracefs.read(path))
  if (current === old) return true
  if (now !== undefined && restorable(path, now) !== current) return false
  tracefs.write(path, old)
  return true
}

/** The recording that set the same file next after `at`. */
function findHeir(
  path: string,
  at: number,
  journals: readonly JournalState[],
): { path: string; index: number } | undefined {
  let next: { path: string; index: number; at: number } | undefined
  for (const journal of journals) {
    for (const { change, index, undone } of journal.changes) {
      if (undone || change.op !== 'set' || change.path !== path || change.at <= at) continue
      if (next === undefined || change.at < next.at) {
        next = { path: journal.path, index, at: change.at }
      }
    }
  }
  return next
}

function takeOut(
  tracefs: Tracefs,
  change: ChangeOf<'list'>,
  journals: readonly JournalState[],
): boolean {
  const { path } = change
  const drop = new Set(change.items)
  for (const item of change.items) {
    const holder = findHolder(path, item, journals)
    if (holder) appendLine(holder.path, { op: 'release', index: holder.index, item })
    if (holder || change.had.includes(item)) drop.delete(item)
  }
  const words = listWords(tracefs.read(path))
  const left = words.filter((word) => !drop.has(word))
  if (left.length < words.length) tracefs.write(path, left.map((word) => `${word}\n`).join(''))
  return true
}

function listWords(text: string): string[] {
  return text.trim() === 'no pid' ? [] : text.split(/\s+/).filter(Boolean)
}

function findHolder(
  path: string,
  item: string,
  journals: readonly JournalState[],
): { path: string; index: number } | undefined {
  for (const journal of journals) {
    for (const { change, index, undone } of journal.changes) {
      if (undone || change.op !== 'list' || change.path !== path) continue
      if (change.items.includes(item)) return { path: journal.path, index }
    }
  }
  return undefined
}
