/** Bundled recordings without the kernel's symbols, which are most of their bytes and of the work on them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { repack } from './repack.ts'

/** A copy of a recording under the same name, in a folder that is gone when the process ends. */
export function withoutSymbols(recording: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'without-symbols-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, basename(recording))
  writeFileSync(path, repack(readFileSync(recording), { kallsyms: '' }))
  return path
}
