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
import type { Tracefs } from './tracefs.ts'

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

/** Undoes what is not yet undone, newest first, and notes each in the journal. */
export function restoreJournal(tracefs: Tracefs, state: JournalState, dir: string): Restored {
  const kept: string[] = []
  const failed: string[] = []
  let count = 0
  for (const entry of state.changes.toReversed()) {
    if (entry.undone) continue
    try {
      if (undo(tracefs, state, entry, dir)) count++
      else kept.push(pathOf(entry.change))
      appendLine(state.path, { op: 'undone', index: entry.index })
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error))
    }
  }
  return { count, kept, failed }
}

/** Returns false when the file was left alone. */
function undo(tracefs: Tracefs, state: JournalState, entry: ChangeState, dir: string): boolean {
  const { change } = entry
  switch (change.op) {
    case 'instance':
      return removeInstance(tracefs, change.name)
    case 'add':
      return takeAway(tracefs, change)
    case 'set':
    case 'list':
      return withLock(dir, () => undoShared(tracefs, state, entry.index, dir))
  }
}

/** Under the lock; another recording may have amended the journal since it was read. */
function undoShared(tracefs: Tracefs, state: JournalState, index: number, dir: string): boolean {
  const entry = readJournal(state.path)?.changes[index]
  const change = entry?.change
  if (entry === undefined || change === undefined) return true
  if (!('path' in change) || !tracefs.exists(checkPath(change.path))) return true
  const others = listJournals(dir, state.mount).filter(({ path }) => path !== state.path)
  if (change.op === 'set') return setBack(tracefs, change, entry.now, others)
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
  if (left.length < words.length) tracefs.write(path, left.join(' '))
  return true
}

function listWords(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && line !== 'no pid')
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
