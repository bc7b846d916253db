/**
 * Files in the making: written beside their target under a name that says which process writes them, and
 * given the target's name when they are complete. A process that was killed leaves its part; the next
 * one that writes the same target on the same machine removes it.
 */
import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { TraceError } from './error.ts'

const SUFFIX = /^(\d+)(-\d+\.part)(\..*)?$/
/** Parts of this process, by what follows its number. */
const own = new Set<string>()

/** Where this process writes `target` until it is complete. */
export function partPath(target: string): string {
  const suffix = `-${own.size}.part`
  own.add(suffix)
  return join(dirname(target), `${prefixOf(target)}${process.pid}${suffix}`)
}

/** Removes what processes that are gone have left of `target`. */
export function removeAbandonedParts(target: string): void {
  const prefix = prefixOf(target)
  for (const name of namesIn(dirname(target))) {
    if (!name.startsWith(prefix)) continue
    const [, pid, suffix = ''] = SUFFIX.exec(name.slice(prefix.length)) ?? []
    if (pid === undefined || isWritten(Number(pid), suffix)) continue
    rmSync(join(dirname(target), name), { recursive: true, force: true })
  }
}

/**
 * Gives a complete part its name; throws `ERR_OUTPUT_EXISTS` when another process was faster, unless
 * `force`.
 */
export function publishPart(part: string, target: string, force: boolean): void {
  if (!force) {
    try {
      // Unlike a rename, a link never replaces what is there.
      linkSync(part, target)
      rmSync(part)
      return
    } catch (error) {
      // Some file systems have no links; then there is a moment between looking and renaming.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(target))
        throw outputExists(target)
    }
  }
  renameSync(part, target)
}

/**
 * Throws `ERR_OUTPUT_EXISTS` when something is at `path` that must stay: a file unless `force`, and
 * always a folder, a device or a pipe, which a file of that name would take away from everybody.
 */
export function refuseExisting(path: string, force: boolean): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (!there || (force && there.isFile())) return
  if (there.isFile()) throw outputExists(path)
  throw new TraceError('ERR_OUTPUT_EXISTS', `${path} is not a regular file`, {
    hint: 'name another file with -o',
  })
}

function outputExists(path: string): TraceError {
  return new TraceError('ERR_OUTPUT_EXISTS', `${path} exists`, {
    hint: 'name another file with -o, or overwrite it with --force',
  })
}

/** Processes are numbered anew on each machine, and in each container. */
function prefixOf(target: string): string {
  return `.${basename(target)}.${encodeURIComponent(hostname())}-`
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** In a container, every process may have the same number. */
function isWritten(pid: number, suffix: string): boolean {
  if (pid === process.pid) return own.has(suffix)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
