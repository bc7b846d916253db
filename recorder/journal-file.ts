/**
 * The file of one recording's journal: JSON, one object per line, appended before each change. Every
 * line starts with a newline, so that one torn by a kill does not spoil the next.
 */
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { bootId, isRunning, ownIdentity, type ProcessIdentity } from './runtime-dir.ts'

/** Paths are relative to the mount of tracefs. `at` orders the changes of all recordings. */
export type Change =
  /** A file with one value; `old` and `text` as written to it. */
  | { readonly op: 'set'; readonly at: number; readonly path: string; readonly old: string }
  /** A file with a list of words; `had` are those of `items` that were there before. */
  | {
      readonly op: 'list'
      readonly at: number
      readonly path: string
      readonly items: readonly string[]
      readonly had: readonly string[]
    }
  /** Something appended; `undo` appended takes it away. */
  | {
      readonly op: 'add'
      readonly at: number
      readonly path: string
      readonly text: string
      readonly undo: string
    }
  | { readonly op: 'instance'; readonly at: number; readonly name: string }

type Line =
  | ({ readonly op: 'begin'; readonly boot: string; readonly mount: string } & ProcessIdentity)
  | Change
  /** What change number `index` made the file read as. */
  | { readonly op: 'done'; readonly index: number; readonly now: string }
  /** From another recording that ended first: what change `index` has to restore instead. */
  | { readonly op: 'inherit'; readonly index: number; readonly old: string }
  | { readonly op: 'release'; readonly index: number; readonly item: string }
  | { readonly op: 'undone'; readonly index: number }

/** A change and what became of it. */
export interface ChangeState {
  readonly index: number
  readonly change: Change
  /** What the file read as after the change; undefined when the recorder died before it knew. */
  now?: string
  undone: boolean
}

/** A journal as read from its file. */
export interface JournalState {
  readonly path: string
  readonly owner: ProcessIdentity
  readonly mount: string
  readonly boot: string
  readonly changes: readonly ChangeState[]
}

/** Appends to one journal's file. */
export function appendLine(path: string, line: Line): void {
  appendFileSync(path, `\n${JSON.stringify(line)}\n`, { mode: 0o600 })
}

let started = 0

/** Begins a journal for this process and returns the path of its file. */
export function beginJournal(dir: string, mount: string): string {
  const owner = ownIdentity()
  started++
  const path = join(dir, `${owner.pid}-${owner.started}-${started}.journal`)
  appendLine(path, { op: 'begin', ...owner, boot: bootId(), mount })
  return path
}

/** Reads a journal; undefined when its first line never made it to the file. */
export function readJournal(path: string): JournalState | undefined {
  let begin: Extract<Line, { op: 'begin' }> | undefined
  const changes: ChangeState[] = []
  for (const line of readLines(path)) {
    if (line.op === 'begin') begin = line
    else if ('index' in line) amend(changes, line)
    else changes.push({ index: changes.length, change: line, undone: false })
  }
  if (begin === undefined) return undefined
  const owner = { pid: begin.pid, started: begin.started }
  return { path, owner, mount: begin.mount, boot: begin.boot, changes }
}

function amend(changes: ChangeState[], line: Extract<Line, { index: number }>): void {
  const state = changes[line.index]
  if (state === undefined) return
  switch (line.op) {
    case 'done':
      state.now = line.now
      return
    case 'undone':
      state.undone = true
      return
    case 'inherit':
      if (state.change.op === 'set') replace(changes, state, { ...state.change, old: line.old })
      return
    case 'release':
      if (state.change.op !== 'list') return
      replace(changes, state, {
        ...state.change,
        had: state.change.had.filter((item) => item !== line.item),
      })
  }
}

function replace(changes: ChangeState[], state: ChangeState, change: Change): void {
  changes[state.index] = { ...state, change }
}

function readLines(path: string): Line[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    if (line === '') return []
    try {
      return [JSON.parse(line) as Line]
    } catch {
      return []
    }
  })
}

/** All journals of this boot and mount in a folder; those of earlier boots are removed. */
export function listJournals(dir: string, mount: string): JournalState[] {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch {
    return []
  }
  const boot = bootId()
  return names
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .flatMap((name) => {
      const state = readJournal(join(dir, name))
      if (state === undefined || state.boot !== boot) {
        if (state !== undefined || !isRunning(ownerOf(name))) rmSync(join(dir, name))
        return []
      }
      return state.mount === mount ? [state] : []
    })
}

function ownerOf(path: string): ProcessIdentity {
  const [pid = '', started = ''] = basename(path).split('-')
  return { pid: Number(pid), started }
}
