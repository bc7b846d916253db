/** Where bytes come from: a file, memory, or standard input. The only parser file that uses `fs`. */
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TraceError } from '../error.ts'
import type { ByteSource } from './types.ts'

const STDIN = 'standard input'

/**
 * Opens a regular file for positioned reads. The caller closes it.
 * Throws `ERR_TRACE_OPEN` when it cannot be opened or is not a regular file; reads throw it too.
 */
export function openFileSource(path: string): ByteSource {
  let fd: number
  try {
    // A pipe that nobody writes to would be waited for.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw openError(path, cause)
  }
  const stat = fstatSync(fd)
  if (!stat.isFile()) {
    closeSync(fd)
    throw new TraceError('ERR_TRACE_OPEN', `${path} is not a regular file`, {
      where: { file: path },
      hint: 'use - to read a trace from standard input',
    })
  }
  return fdSource(fd, path, stat.size, () => {})
}

/** Reads a file that others have open, and close. */
export function borrowFd(fd: number, name: string, size: number): ByteSource {
  const { readAt } = fdSource(fd, name, size, () => {})
  return { name, size, fd, readAt, close() {} }
}

/** Serves bytes already in memory; `bytes` is borrowed, not copied. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    readAt(target, targetOffset, length, position) {
      const end = Math.min(bytes.length, position + Math.min(length, target.length - targetOffset))
      if (position >= end) return 0
      target.set(bytes.subarray(position, end), targetOffset)
      return end - position
    },
    close() {},
  }
}

/**
 * Makes standard input readable at any place: as it is where it is a file, else by copying it to a
 * temporary file that has no name any more, so that a pipe of any size costs little memory. The
 * caller closes it; the space is freed then.
 * Throws `ERR_TRACE_OPEN` when the copy cannot be made.
 */
export async function spoolStdin(): Promise<ByteSource> {
  const stat = fstatSync(0)
  if (stat.isFile()) return fdSource(0, STDIN, stat.size, () => {})
  const directory = mkdtempSync(join(tmpdir(), 'traceduck-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  let fd = -1
  try {
    fd = openSync(join(directory, 'stdin'), 'wx+', 0o600)
    if (process.platform !== 'win32') remove()
    let size = 0
    for await (const piece of process.stdin as AsyncIterable<Uint8Array>) {
      size += writeAll(fd, piece)
    }
    return fdSource(fd, STDIN, size, process.platform === 'win32' ? remove : () => {})
  } catch (cause) {
    if (fd >= 0) closeSync(fd)
    remove()
    throw openError(STDIN, cause)
  }
}

function writeAll(fd: number, piece: Uint8Array): number {
  let done = 0
  while (done < piece.length) done += writeSync(fd, piece, done)
  return done
}

function fdSource(fd: number, name: string, size: number, afterClose: () => void): ByteSource {
  let open = true
  return {
    name,
    size,
    fd,
    readAt(target, targetOffset, length, position) {
      const wanted = Math.min(length, target.length - targetOffset)
      let done = 0
      while (done < wanted) {
        const got = readOnce(fd, name, target, targetOffset + done, wanted - done, position + done)
        if (got === 0) break
        done += got
      }
      return done
    },
    close() {
      if (!open) return
      open = false
      closeSync(fd)
      afterClose()
    },
  }
}

function readOnce(
  fd: number,
  name: string,
  target: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  try {
    return readSync(fd, target, at, length, position)
  } catch (cause) {
    throw new TraceError('ERR_TRACE_OPEN', `cannot read ${name}: ${text(cause)}`, {
      where: { file: name, offset: position },
      cause,
    })
  }
}

function openError(name: string, cause: unknown): TraceError {
  return new TraceError('ERR_TRACE_OPEN', `cannot open ${name}: ${text(cause)}`, {
    where: { file: name },
    hint: 'check the path and its permissions',
    cause,
  })
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
