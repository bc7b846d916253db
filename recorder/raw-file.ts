/**
 * Where sub-buffers go while a recording runs: one sparse file with a far-apart region for each CPU
 * of each buffer, so that every reader appends on its own and nothing is copied to bring a CPU's
 * sub-buffers together.
 *
 *     0                 room for the head and all that describes the events
 *     FRONT             region of the first CPU: its sub-buffers, then a hole
 *     FRONT + stride    region of the second CPU …
 *
 * At the end the holes are cut out (see `finish.ts`), or the pages are packed into a file of their
 * own while their disk space is given back behind. A sidecar (`state.ts`) says what belongs where.
 */
import { closeSync, existsSync, ftruncateSync, openSync, rmSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { outputError } from '../writer/file-io.ts'
import { allocateRange, punchHole } from './syscalls.ts'

/** The sidecar of a raw file. */
export function statePath(raw: string): string {
  return `${raw}.json`
}

/** Bytes before the first region. */
export const FRONT: number = 2 ** 30

/** The region of one CPU of one buffer. */
export interface Region {
  readonly buffer: string
  readonly cpu: number
  readonly offset: number
  /** The most it may hold. */
  readonly room: number
}

const LARGEST_STRIDE = 2 ** 40
const SMALLEST_STRIDE = 2 ** 30

/**
 * Makes the raw file for `cpus` of each buffer. Strides are as large as the file system lets a file
 * be. Throws `ERR_RECORD_OUTPUT` where it cannot be made.
 */
export function createRawFile(
  path: string,
  buffers: readonly { readonly name: string; readonly cpus: readonly number[] }[],
): Region[] {
  const fd = openOutput(path)
  try {
    const owners = buffers.flatMap(({ name, cpus }) => cpus.map((cpu) => ({ buffer: name, cpu })))
    const stride = findStride(path, fd, owners.length)
    return owners.map((owner, index) => ({
      ...owner,
      offset: FRONT + index * stride,
      room: stride,
    }))
  } finally {
    closeSync(fd)
  }
}

function openOutput(path: string): number {
  try {
    // Without a sidecar, what is there never had an event, or is a link that somebody laid out.
    if (!existsSync(statePath(path))) rmSync(path, { force: true })
    return openSync(path, 'wx')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const hint =
      code === 'EEXIST'
        ? `another recording writes it, or one was killed: traceduck recover ${path}`
        : 'give another place with -o'
    throw new TraceError('ERR_RECORD_OUTPUT', `cannot write ${path}: ${message}`, { hint, cause })
  }
}

function findStride(path: string, fd: number, regions: number): number {
  for (let stride = LARGEST_STRIDE; stride >= SMALLEST_STRIDE; stride /= 2) {
    try {
      ftruncateSync(fd, FRONT + regions * stride)
      return stride
    } catch {
      // Larger than this file system's largest file: try half.
    }
  }
  const hint = 'record to a file system with large files (ext4, xfs, btrfs, tmpfs), see -o'
  throw new TraceError('ERR_RECORD_OUTPUT', `${path}: the file system has no sparse files`, {
    hint,
  })
}

/**
 * Sets disk space aside that completing the file will need, in the part before the first region, so
 * that a recording that fills the disk still comes to a whole file. Throws `ERR_RECORD_OUTPUT`.
 */
export function reserveRoom(path: string, bytes: number): void {
  const fd = openSync(path, 'r+')
  try {
    allocateRange(fd, 0, Math.min(bytes, FRONT))
  } catch (cause) {
    const mb = Math.ceil(bytes / 2 ** 20)
    throw outputError(path, cause, `it takes ${mb} MB before the first event: make room, or use -o`)
  } finally {
    closeSync(fd)
  }
}

/** Gives back what `reserveRoom` has set aside. */
export function releaseRoom(path: string): void {
  const fd = openSync(path, 'r+')
  try {
    punchHole(fd, 0, FRONT)
  } finally {
    closeSync(fd)
  }
}
