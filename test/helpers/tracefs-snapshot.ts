/** Every setting of the machine's tracefs, for tests that change some and must leave none changed. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { pause } from '../../recorder/runtime-dir.ts'
import { Tracefs } from '../../recorder/tracefs.ts'

/** Settings by path below the mount. */
export type Snapshot = ReadonlyMap<string, string>

/** What the buffers hold, what the kernel counts, and what it offers: no settings. */
const NOT_SETTINGS =
  /^(README|available_.*|dyn_ftrace_total_info|enabled_functions|error_log|free_buffer|printk_formats|saved_cmdlines|saved_tgids|snapshot(_raw)?|touched_functions|trace|trace_marker(_raw)?|trace_pipe(_raw)?|trace_stat|uprobe_profile|kprobe_profile|stats|buffer_total_size_kb|last_boot_info|format|id|hist|hist_debug|header_page|header_event|inject)$/

const FOLDERS = ['', 'options', 'per_cpu']

/** The machine's tracefs, or why tests on it have to be skipped. */
export function liveTracefs(): { tracefs: Tracefs } | { skip: string } {
  if (process.platform !== 'linux') return { skip: 'tracefs is a part of Linux' }
  try {
    const tracefs = Tracefs.find()
    const name = `traceduck-trial-${process.pid}`
    tracefs.createInstance(name)
    tracefs.removeInstance(name)
    return { tracefs }
  } catch (error) {
    return { skip: `no use of tracefs: ${(error as Error).message}` }
  }
}

const LOCK = join(tmpdir(), 'traceduck-live-tests')
const LOCK_POLL_MS = 50

/** Waits until no other test process uses the machine's tracefs; released when the test ends. */
export function holdTracefs(t: Test): void {
  for (;;) {
    try {
      mkdirSync(LOCK)
      break
    } catch {
      const owner = ownerOfLock()
      if (owner !== undefined && !existsSync(`/proc/${owner}`)) rmSync(LOCK, { recursive: true })
      pause(LOCK_POLL_MS)
    }
  }
  writeFileSync(join(LOCK, 'pid'), String(process.pid))
  t.teardown(() => rmSync(LOCK, { recursive: true, force: true }))
}

function ownerOfLock(): number | undefined {
  try {
    return Number(readFileSync(join(LOCK, 'pid'), 'utf8')) || undefined
  } catch {
    return undefined
  }
}

/**
 * Reads all settings of the top-level buffer, of every event in it, and the names of instances, but
 * for those of recordings by other processes than `own`, which come and go.
 */
export function takeSnapshot(
  tracefs: Tracefs,
  own: ReadonlySet<number> = new Set([process.pid]),
): Snapshot {
  const found = new Map<string, string>()
  for (const folder of FOLDERS) readFolder(tracefs, folder, found)
  for (const cpu of tracefs.folders('per_cpu')) readFolder(tracefs, `per_cpu/${cpu}`, found)
  for (const system of tracefs.folders('events')) {
    for (const event of tracefs.folders(`events/${system}`)) {
      readFolder(tracefs, `events/${system}/${event}`, found)
    }
  }
  const instances = tracefs.folders('instances').filter((name) => {
    const pid = /^traceduck-(?:[a-z]+-)?(\d+)/.exec(name)?.[1]
    return pid === undefined || own.has(Number(pid))
  })
  found.set('instances', instances.join(' '))
  return found
}

function readFolder(tracefs: Tracefs, folder: string, into: Map<string, string>): void {
  const folders = new Set(tracefs.folders(folder || '.'))
  for (const name of tracefs.list(folder || '.')) {
    if (folders.has(name) || NOT_SETTINGS.test(name)) continue
    const path = folder === '' ? name : `${folder}/${name}`
    // Files that may not be read here, such as those for functions, hold nothing we could change.
    into.set(path, tracefs.tryRead(path) ?? '<unreadable>')
  }
}

const SETTLE_TRIES = 20
const SETTLE_MS = 250

/** A snapshot while nobody else is changing anything. */
export function takeStableSnapshot(tracefs: Tracefs, own: ReadonlySet<number>): Snapshot {
  let last = takeSnapshot(tracefs, own)
  for (let tries = 0; tries < SETTLE_TRIES; tries++) {
    pause(SETTLE_MS)
    const next = takeSnapshot(tracefs, own)
    if (differences(last, next).length === 0) return next
    last = next
  }
  return last
}

/**
 * What differs from `before` and stays so: tests of other files may define a probe for a moment, and
 * those are the machine's.
 */
export function lastingDifferences(
  before: Snapshot,
  tracefs: Tracefs,
  own: ReadonlySet<number>,
): string[] {
  for (let tries = 0; ; tries++) {
    const found = differences(before, takeSnapshot(tracefs, own))
    if (found.length === 0 || tries === SETTLE_TRIES) return found
    pause(SETTLE_MS)
  }
}

/** The settings that differ, each as `path: before -> after`. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path)} -> ${after.get(path)}`)
}
