/**
 * Takes back what a recording changed in tracefs. Every change outside instances of our own is
 * written to a journal first; `restore` undoes them newest first, after a kill as well as after a
 * normal end. A file that someone else changed since keeps their value; one that another recording
 * has built upon is left to that recording, which then restores what was there before both.
 */
import { existsSync, rmSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import {
  appendLine,
  beginJournal,
  type Change,
  type JournalState,
  listJournals,
  readJournal,
} from './journal-file.ts'
import { type Restored, restoreJournal } from './restore.ts'
import { ensureRuntimeDir, isRunning, runtimeDir, withLock } from './runtime-dir.ts'
import { restorable } from './settings-text.ts'
import type { Tracefs } from './tracefs.ts'

export type { Restored } from './restore.ts'

/** The changes of one recording. All methods are synchronous, so that exit handlers can use them. */
export class Journal {
  readonly #tracefs: Tracefs
  readonly #dir: string
  /** The journal's file. */
  readonly path: string
  readonly #own = new Set<string>()
  /** Changes journaled so far, and which of them set a file, by path. */
  #count = 0
  readonly #set = new Map<string, number>()

  private constructor(tracefs: Tracefs, dir: string, path: string) {
    this.#tracefs = tracefs
    this.#dir = dir
    this.path = path
  }

  /**
   * Starts a journal of this process in `dir`. Throws `ERR_TRACEFS_DENIED` when no file can be made
   * there.
   */
  static begin(tracefs: Tracefs, dir: string = runtimeDir()): Journal {
    ensureRuntimeDir(dir)
    return new Journal(tracefs.top, dir, beginJournal(dir, tracefs.mount))
  }

  /** Whether this journal made the instance, so that removing it undoes whatever is set in it. */
  owns(tracefs: Tracefs): boolean {
    return this.#own.has(tracefs.instance)
  }

  /** Creates an instance that `restore` removes; throws what `Tracefs.createInstance` throws. */
  createInstance(name: string): Tracefs {
    if (this.#tracefs.at(name).exists('.')) throw taken(`there is an instance ${name} already`)
    const index = this.#append({ op: 'instance', at: now(), name })
    try {
      const made = this.#tracefs.createInstance(name)
      this.#own.add(name)
      return made
    } catch (error) {
      this.#mark(index)
      throw error
    }
  }

  /**
   * Replaces the value of a control file; a refused value leaves the file as it was. Throws what
   * `Tracefs.write` throws.
   */
  set(tracefs: Tracefs, path: string, text: string): void {
    if (this.owns(tracefs)) tracefs.write(path, text)
    else withLock(this.#dir, () => this.#replace(tracefs, path, text))
  }

  #replace(tracefs: Tracefs, path: string, text: string): void {
    const before = tracefs.read(path)
    const old = restorable(path, before)
    if (old === undefined) throw new Error(`${path} cannot be restored by one write`)
    const from = tracefs.fromMount(path)
    const known = this.#set.get(from)
    const index = known ?? this.#append({ op: 'set', at: now(), path: from, old })
    if (old !== text.trimEnd()) {
      try {
        tracefs.write(path, text)
      } catch (error) {
        // A refused filter leaves its own error text as the filter.
        if (tracefs.read(path) !== before) tracefs.write(path, old)
        if (known === undefined) this.#mark(index)
        throw error
      }
    }
    this.#set.set(from, index)
    appendLine(this.path, { op: 'done', index, now: tracefs.tryRead(path) ?? '' })
  }

  /**
   * Appends something that `undo`, appended to the same file, takes away again: a probe, a trigger.
   * Throws what `Tracefs.append` throws.
   */
  add(tracefs: Tracefs, path: string, text: string, undo: string): void {
    if (this.owns(tracefs)) {
      tracefs.append(path, text)
      return
    }
    const index = this.#append({ op: 'add', at: now(), path: tracefs.fromMount(path), text, undo })
    try {
      tracefs.append(path, text)
    } catch (error) {
      this.#mark(index)
      throw error
    }
  }

  /** Adds words to a list such as `set_event_pid`; those that others put there stay. */
  include(tracefs: Tracefs, path: string, items: readonly string[]): void {
    if (items.length === 0) return
    if (this.owns(tracefs)) tracefs.append(path, lines(items))
    else withLock(this.#dir, () => this.#include(tracefs, path, items))
  }

  #include(tracefs: Tracefs, path: string, items: readonly string[]): void {
    const present = new Set(tracefs.read(path).split(/\s+/))
    const had = items.filter((item) => present.has(item))
    const at = now()
    const index = this.#append({ op: 'list', at, path: tracefs.fromMount(path), items, had })
    try {
      if (had.length < items.length) tracefs.append(path, lines(items))
    } catch (error) {
      this.#mark(index)
      throw error
    }
  }

  /** Undoes everything, newest first; what failed stays journaled for another try. */
  restore(): Restored {
    const state = readJournal(this.path)
    if (state === undefined) return { count: 0, kept: [], failed: [] }
    this.#own.clear()
    this.#set.clear()
    return finish(this.#tracefs, state, this.#dir)
  }

  #append(change: Change): number {
    appendLine(this.path, change)
    return this.#count++
  }

  #mark(index: number): void {
    appendLine(this.path, { op: 'undone', index })
  }
}

/** What a recording that is gone had left. */
export interface Repaired extends Restored {
  readonly pid: number
}

/**
 * Undoes what recordings of this user that are no longer running have left behind; touches nothing
 * of those that run.
 */
export function repairLeftovers(tracefs: Tracefs, dir: string = runtimeDir()): Repaired[] {
  return listJournals(dir, tracefs.mount)
    .filter(({ owner }) => !isRunning(owner))
    .map((state) => ({ pid: state.owner.pid, ...finish(tracefs.top, state, dir) }))
}

/** Pids of the recordings of this user that are running. */
export function runningRecordings(tracefs: Tracefs, dir: string = runtimeDir()): number[] {
  return listJournals(dir, tracefs.mount)
    .filter(({ owner }) => isRunning(owner))
    .map(({ owner }) => owner.pid)
}

/**
 * Instances named as ours are whose process is gone and that no journal knows, as after a runtime
 * folder was emptied. They are only named: whose they are is not certain.
 */
export function strayInstances(tracefs: Tracefs, dir: string = runtimeDir()): string[] {
  const known = new Set(
    listJournals(dir, tracefs.mount).flatMap(({ changes }) =>
      changes.flatMap(({ change }) => (change.op === 'instance' ? [change.name] : [])),
    ),
  )
  return tracefs.top.folders('instances').filter((name) => {
    const pid = /^traceduck-(?:doctor-)?(\d+)(?:-\d+)?$/.exec(name)?.[1]
    return pid !== undefined && !known.has(name) && !existsSync(`/proc/${pid}`)
  })
}

function finish(tracefs: Tracefs, state: JournalState, dir: string): Restored {
  const restored = restoreJournal(tracefs, state, dir)
  if (restored.failed.length === 0) rmSync(state.path, { force: true })
  return restored
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('')
}

function taken(what: string): TraceError {
  return new TraceError('ERR_TRACER_BUSY', what, {
    hint: 'choose another name, or undo what a killed recording left: traceduck reset',
  })
}

/** Orders changes of all processes. Unit: microseconds of the monotonic clock. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
