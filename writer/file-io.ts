/** Whole reads and writes at a place in a file, and what to say when the latter fail. */
import { copyFileSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'

/** Fills `target` from `position` as far as the file goes; returns the bytes. */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let at = 0
  while (at < target.length) {
    const got = readSync(fd, target, at, target.length - at, position + at)
    if (got === 0) break
    at += got
  }
  return at
}

/** Writes all of `bytes` at `position`. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position + at)
  }
}

/** Gives a file another name, also on another file system, where it is copied. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const part = `${to}.moving`
    try {
      copyFileSync(from, part)
      renameSync(part, to)
    } finally {
      rmSync(part, { force: true })
    }
    rmSync(from)
  }
}

/** The error for a file that cannot be written; what is none of the system's stays as it is. */
export function outputError(path: string, cause: unknown, hint?: string): unknown {
  const { code, message } = cause as NodeJS.ErrnoException
  if (cause instanceof TraceError || code === undefined) return cause
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const what = full ? 'no space left' : message
  return new TraceError('ERR_RECORD_OUTPUT', `cannot write ${path}: ${what}`, {
    hint:
      hint ?? (full ? 'make room, or give another place with -o' : 'give another place with -o'),
    cause,
  })
}
