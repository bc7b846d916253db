/** What an export writes, in memory. */
import { openForQuery } from '../../cli/open-database.ts'
import type { FileWriter } from '../../export/job.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { Recording } from '../../queries/index.ts'

/** An export that was made in memory. */
export interface Exported {
  readonly bytes: Buffer
  readonly text: string
  /** What the writer said is in it. */
  readonly summary: string
  readonly warnings: readonly string[]
}

/** Exports a database, under the name `file`. */
export async function exportDatabase(
  database: TraceDatabase,
  write: FileWriter,
  { profile, file = 'trace.dat' }: { profile?: string; file?: string } = {},
): Promise<Exported> {
  const pieces: Buffer[] = []
  const warnings: string[] = []
  const summary = await write({
    files: [file],
    profile,
    open: async () => ({ database, recording: () => Recording.of(database) }),
    warn: (line) => void warnings.push(line),
    write: async (data) => void pieces.push(Buffer.from(data)),
  })
  const bytes = Buffer.concat(pieces)
  return { bytes, text: bytes.toString('utf8'), summary, warnings }
}

/** Exports a file as the command does, and hands its database to `check`. */
export async function withExported(
  file: string,
  write: FileWriter,
  check: (exported: Exported, database: TraceDatabase) => void | Promise<void>,
  profile?: string,
): Promise<void> {
  const opened = await openForQuery(file)
  try {
    const { database } = opened
    const options = profile === undefined ? { file } : { file, profile }
    await check(await exportDatabase(database, write, options), database)
  } finally {
    await opened.close()
  }
}
