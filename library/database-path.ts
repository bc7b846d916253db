/** Where `import` puts a trace's database, and where queries look for it. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'

/** `trace.dat` → `trace.duckdb`; a name without that ending gets `.duckdb` added. */
export function databasePath(file: string): string {
  return `${file.replace(/\.dat$/i, '')}.duckdb`
}

/** Where a database of a trace may be, the likeliest place first. */
export function databaseCandidates(file: string): string[] {
  const candidates = [databasePath(file), `${file}.duckdb`]
  return [...new Set(candidates)].filter((path) =>
    statSync(path, { throwIfNoEntry: false })?.isFile(),
  )
}

/** A line of `meta.files`: what a database was made from. */
export interface ImportedFile {
  readonly file: string
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly schemaVersion: number
  /** False when only a selection was imported. */
  readonly whole: boolean
}

/** Why a database does not stand for the file any more; undefined when it does. */
export function staleReason(
  file: string,
  imported: readonly ImportedFile[],
  schemaVersion: number,
): string | undefined {
  const [only] = imported
  if (!only || imported.length > 1) return 'is not of this trace alone'
  if (basename(only.file) !== basename(file)) return `is of ${only.file}`
  if (!only.whole) return 'holds a selection only'
  if (only.schemaVersion !== schemaVersion) return 'was made by another version of traceduck'
  const stat = statSync(file, { bigint: true })
  if (only.size !== stat.size || only.mtimeNs !== stat.mtimeNs) return 'is older than the trace'
  return undefined
}
