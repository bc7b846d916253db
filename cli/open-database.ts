/** Opens what a query command was given: a database that `import` made, or a trace.dat itself. */
import { isTrace, type Opened, openImported, openRecording } from '../library/open.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import type { Recording } from '../queries/index.ts'
import { interruptOnSignal, onAbort } from './exit.ts'
import { say } from './safe-text.ts'

/** A database to ask, whatever answers behind it. */
export interface QueryDatabase {
  readonly database: TraceDatabase
  /** Which file answers. */
  readonly path: string
  /** What was recorded. Throws `ERR_TRACE_OPEN` when the database holds no recording. */
  recording(): Promise<Recording>
  close(): Promise<void>
}

/**
 * Opens a `.duckdb`, a trace.dat or a folder of Parquet files for reading. For a trace.dat, its database is used instead while
 * it stands for the file; stderr says which one answers. Throws `ERR_TRACE_OPEN` and what parsing
 * throws.
 */
export async function openForQuery(path: string): Promise<QueryDatabase> {
  const asked = path !== '-' && isTrace(path)
  const opened = await openRecording(path)
  if (asked) say(`answering from ${opened.path}${opened.remark ?? ''}\n`)
  return guarded(opened)
}

/** Lets signals interrupt what runs on the database. */
function guarded(opened: Opened): QueryDatabase {
  const releaseSignal = interruptOnSignal(() => opened.database.interrupt())
  // A process that ends for another reason, say a closed pipe, would wait for the engine too.
  const releaseAbort = onAbort(() => opened.database.interrupt())
  let reading: Promise<Recording> | undefined
  return {
    database: opened.database,
    path: opened.path,
    recording() {
      reading ??= readRecording(opened)
      return reading
    },
    async close() {
      releaseSignal()
      releaseAbort()
      await opened.close()
    },
  }
}

async function readRecording({ database, tables }: Opened): Promise<Recording> {
  const { Recording } = await import('../queries/index.ts')
  return Recording.of(database, tables)
}

/**
 * Opens what has a recording's rows stored: a `.duckdb`, a folder, or the database of a trace.dat where
 * it stands for the file; undefined where rows are yet to be decoded. Throws what opening throws.
 */
export async function openStored(path: string): Promise<QueryDatabase | undefined> {
  if (isTrace(path)) {
    const { imported } = await openImported(path)
    return imported && guarded(imported)
  }
  return openForQuery(path)
}
