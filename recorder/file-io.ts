/** Whole reads and writes at a place in a file. */
import { readSync, writeSync } from 'node:fs'

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
