/** Names of kernel functions for the file. Authority: proc(5), Documentation/admin-guide/sysctl/kernel.rst. */
import { closeSync, openSync, readSync } from 'node:fs'

/** A list of symbols fits in mostly. */
const FIRST_ROOM = 8 * 2 ** 20

/**
 * The text of `/proc/kallsyms`. Empty, and a sentence in `notices`, where it cannot be read or its
 * addresses are hidden, which tells nothing.
 */
export function readKallsyms(notices: string[], path = '/proc/kallsyms'): Buffer {
  try {
    const text = readAll(path)
    if (hasAddresses(text)) return text
    notices.push(
      'no names of kernel functions: their addresses are hidden; sysctl kernel.kptr_restrict=1 shows them to root',
    )
  } catch (error) {
    notices.push(`no names of kernel functions: ${(error as Error).message}`)
  }
  return Buffer.alloc(0)
}

/** The kernel gives a page at a time: the buffer is not to be made anew for each. */
function readAll(path: string): Buffer {
  let bytes = Buffer.allocUnsafeSlow(FIRST_ROOM)
  const fd = openSync(path, 'r')
  try {
    for (let size = 0; ; ) {
      if (size === bytes.length) bytes = Buffer.concat([bytes], 2 * size)
      const got = readSync(fd, bytes, size, bytes.length - size, null)
      if (got === 0) return bytes.subarray(0, size)
      size += got
    }
  } finally {
    closeSync(fd)
  }
}

/** Per-CPU symbols are at small addresses, zero among them; hidden ones are all zero. */
function hasAddresses(text: Buffer): boolean {
  const lines = text.toString('latin1', 0, 65536).split('\n')
  return lines.some((line) => /^0*[1-9a-f]/.test(line))
}
