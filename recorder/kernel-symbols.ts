/** Names of kernel functions for the file. Authority: proc(5), Documentation/admin-guide/sysctl/kernel.rst. */
import { readUnsized } from './unsized-file.ts'

/**
 * The text of `/proc/kallsyms`. Empty, and a sentence in `notices`, where it cannot be read or its
 * addresses are hidden, which tells nothing.
 */
export function readKallsyms(notices: string[], path = '/proc/kallsyms'): Buffer {
  try {
    const text = readUnsized(path)
    if (hasAddresses(text)) return text
    notices.push(
      'no names of kernel functions: their addresses are hidden; sysctl kernel.kptr_restrict=1 shows them to root',
    )
  } catch (error) {
    notices.push(`no names of kernel functions: ${(error as Error).message}`)
  }
  return Buffer.alloc(0)
}

/** Per-CPU symbols are at small addresses, zero among them; hidden ones are all zero. */
function hasAddresses(text: Buffer): boolean {
  const lines = text.toString('latin1', 0, 65536).split('\n')
  return lines.some((line) => /^0*[1-9a-f]/.test(line))
}
