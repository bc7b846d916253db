/**
 * Separate debug files: where the full symbol table of a stripped program is.
 * Authority: the GDB manual, "Separate Debug Files". By build id
 * `ROOT/.build-id/ab/cdef….debug`; by section `.gnu_debuglink` (name, NUL, padding to 4, CRC-32 of
 * the debug file) beside the program, in `.debug/` there, and under `ROOT` with the program's path.
 */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { openFileSource } from '../parser/container/source.ts'
import { type ElfFile, openElf, textAt } from './elf.ts'
import { hasSymbolTable } from './symbols.ts'

/** Where distributions put debug files. */
export const DEBUG_ROOTS: readonly string[] = ['/usr/lib/debug']

/**
 * Opens the separate debug file that belongs to `elf`, undefined when none is installed. A file
 * whose build id or checksum differs is not taken. The caller closes it.
 */
export function openDebugFile(
  elf: ElfFile,
  roots: readonly string[] = DEBUG_ROOTS,
): ElfFile | undefined {
  const link = readDebugLink(elf)
  for (const path of debugPlaces(elf, link?.name, roots)) {
    if (!existsSync(path) || isSame(path, elf.path)) continue
    const debug = openIfBelongs(path, elf, link?.checksum)
    if (debug) return debug
  }
  return undefined
}

function isSame(path: string, other: string): boolean {
  return realpathSync(path) === realpathSync(other)
}

function debugPlaces(elf: ElfFile, link: string | undefined, roots: readonly string[]): string[] {
  const id = elf.buildId
  const byId =
    id !== undefined && id.length > 2
      ? roots.map((root) => join(root, '.build-id', id.slice(0, 2), `${id.slice(2)}.debug`))
      : []
  if (link === undefined) return byId
  const folder = dirname(realpathSync(elf.path))
  return [
    ...byId,
    join(folder, link),
    join(folder, '.debug', link),
    ...roots.map((root) => join(root, folder, link)),
  ]
}

interface DebugLink {
  readonly name: string
  readonly checksum: number
}

function readDebugLink(elf: ElfFile): DebugLink | undefined {
  const section = elf.sections.find(({ name }) => name === '.gnu_debuglink')
  if (section === undefined || section.size < 8 || section.size > 4096) return undefined
  const bytes = elf.sectionBytes(section)
  const name = textAt(bytes, 0)
  const at = (Buffer.byteLength(name) + 4) & ~3
  if (name === '' || basename(name) !== name || at + 4 > bytes.length) return undefined
  return { name, checksum: new DataView(bytes.buffer).getUint32(at, elf.littleEndian) }
}

function openIfBelongs(path: string, elf: ElfFile, checksum?: number): ElfFile | undefined {
  let debug: ElfFile
  try {
    debug = openElf(path)
  } catch {
    return undefined
  }
  const belongs =
    elf.buildId !== undefined && debug.buildId !== undefined
      ? debug.buildId === elf.buildId
      : checksum === checksumOf(path)
  if (belongs && debug.machine === elf.machine && hasSymbolTable(debug)) return debug
  debug.close()
  return undefined
}

function checksumOf(path: string): number {
  const source = openFileSource(path)
  try {
    const piece = new Uint8Array(1024 * 1024)
    let sum = 0
    for (let at = 0; ; ) {
      const got = source.readAt(piece, 0, piece.length, at)
      if (got === 0) return sum
      sum = crc32(piece.subarray(0, got), sum)
      at += got
    }
  } finally {
    source.close()
  }
}
