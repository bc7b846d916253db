/** Where journals of running recordings are kept, and who is still running. */
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TraceError } from '../parser/error.ts'

const LOCK_WAIT_MS = 10_000
const LOCK_POLL_MS = 5

/**
 * The folder for journals: `TRACEDUCK_RUNTIME_DIR`, else `/run/traceduck` for root, whose tracing
 * is the machine's whatever session it came from, else below `XDG_RUNTIME_DIR`.
 */
export function runtimeDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TRACEDUCK_RUNTIME_DIR) return env.TRACEDUCK_RUNTIME_DIR
  const uid = process.getuid?.() ?? 0
  if (uid === 0) return '/run/traceduck'
  if (env.XDG_RUNTIME_DIR) return join(env.XDG_RUNTIME_DIR, 'traceduck')
  return join(tmpdir(), `traceduck-${uid}`)
}

/**
 * Makes the folder, for this user only. Throws `ERR_TRACEFS_DENIED` when that fails or when others
 * could write into it: a journal says what to write to the kernel.
 */
export function ensureRuntimeDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(dir)
    if ((uid === process.getuid?.() || process.getuid === undefined) && (mode & 0o022) === 0) return
  } catch (error) {
    throw new TraceError('ERR_TRACEFS_DENIED', `cannot make ${dir}: ${(error as Error).message}`, {
      hint: 'name a folder for journals with TRACEDUCK_RUNTIME_DIR',
      cause: error,
    })
  }
  throw new TraceError('ERR_TRACEFS_DENIED', `${dir} belongs to or is writable by others`, {
    hint: `remove it, or name another folder with TRACEDUCK_RUNTIME_DIR`,
  })
}

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of `/proc/PID/stat`: clock ticks since boot. */
  readonly started: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startTime(process.pid) ?? '' }
}

/** Whether that process is still there. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const now = startTime(pid)
  return now !== undefined && now === started
}

/** Start time of a process that is no zombie, undefined when there is none. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Identifies this boot: what an earlier one left in tracefs is gone. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Runs `action` while no other process of this user does so with the same folder. Throws
 * `ERR_TRACER_BUSY` after ten seconds.
 */
export function withLock<T>(dir: string, action: () => T): T {
  const lock = join(dir, 'lock')
  const own = join(dir, `lock.${process.pid}`)
  writeText(own, JSON.stringify(ownIdentity()))
  try {
    takeLock(lock, own)
    try {
      return action()
    } finally {
      rmSync(lock, { force: true })
    }
  } finally {
    rmSync(own, { force: true })
  }
}

function takeLock(lock: string, own: string): void {
  for (const end = Date.now() + LOCK_WAIT_MS; Date.now() < end; pause(LOCK_POLL_MS)) {
    try {
      linkSync(own, lock)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      breakStaleLock(lock, own)
    }
  }
  throw new TraceError('ERR_TRACER_BUSY', `another traceduck holds ${lock}`, {
    hint: 'end it if it hangs',
  })
}

/** Removes the lock of a process that died; one taken by mistake in a race is put back. */
function breakStaleLock(lock: string, own: string): void {
  if (!isStale(lock)) return
  const aside = `${own}.stale`
  try {
    renameSync(lock, aside)
    if (!isStale(aside)) linkSync(aside, lock)
    rmSync(aside, { force: true })
  } catch {
    // Another process was faster.
  }
}

function isStale(path: string): boolean {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity
    return !isRunning(owner)
  } catch (error) {
    return error instanceof SyntaxError
  }
}

function writeText(path: string, text: string): void {
  const fd = openSync(path, 'w', 0o600)
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread. Unit: milliseconds. */
export function pause(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms)
}
