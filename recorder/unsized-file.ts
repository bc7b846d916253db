/**
 * Files of the kernel that say nothing of their size: tracefs, /proc. There are hundreds to read, some
 * of them large, and each read gives a page at most: one buffer serves for all.
 */
import { closeSync, openSync, readSync } from 'node:fs'

const FIRST_ROOM = 64 * 1024
/** From here on bytes are given away with their buffer, for less is spent on a new one than on a copy. */
const LARGE = 1024 * 1024
let scratch: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM)

/** All of a file, in bytes of its own. Throws what open(2) and read(2) do. */
export function readUnsized(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    let size = 0
    for (;;) {
      if (size === scratch.length) scratch = grown(scratch)
      const got = readSync(fd, scratch, size, scratch.length - size, null)
      if (got === 0) break
      size += got
    }
    const bytes = scratch.subarray(0, size)
    if (size < LARGE) return Buffer.from(bytes)
    scratch = Buffer.allocUnsafeSlow(FIRST_ROOM)
    return bytes
  } finally {
    closeSync(fd)
  }
}

function grown(bytes: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(4 * bytes.length)
  bytes.copy(larger)
  return larger
}
