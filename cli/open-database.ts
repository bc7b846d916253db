/** Opens what a query command was given: a database that `import` made, or a trace.dat itself. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { CatalogueColumn } from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import type { Recording } from '../queries/index.ts'
import { databaseCandidates, type ImportedFile, staleReason } from './database-path.ts'
import { interruptOnSignal, onAbort } from './exit.ts'

/** A database to ask, whatever answers behind it. */
export interface QueryDatabase {
  readonly database: TraceDatabase
  /** Which file answers. */
  readonly path: string
  /** What was recorded. Throws `ERR_TRACE_OPEN` when the database holds no recording. */
  recording(): Promise<Recording>
  close(): Promise<void>
}

/** A database that was just opened, and the columns of its event tables if they are known. */
interface Opened extends Omit<QueryDatabase, 'recording'> {
  readonly tables?: ReadonlyMap<string, readonly CatalogueColumn[]>
}

/**
 * Opens a `.duckdb`, a trace.dat or a folder of Parquet files for reading. For a trace.dat, its database is used instead while
 * it stands for the file; stderr says which one answers. Throws `ERR_TRACE_OPEN` and what parsing
 * throws.
 */
export async function openForQuery(path: string): Promise<QueryDatabase> {
  return guarded(await openWhatAnswers(path))
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

async function openWhatAnswers(path: string): Promise<Opened> {
  if (path === '-') return openTraceFile(path)
  if (requirePath(path) === 'folder') return openFolder(path)
  if (isDuckDB(path)) return openDatabaseFile(path)
  const { imported, remark } = await openImported(path)
  if (imported) {
    process.stderr.write(`answering from ${imported.path}\n`)
    return imported
  }
  const opened = await openTraceFile(path)
  process.stderr.write(`answering from ${path}${remark}\n`)
  return opened
}

/** The database of a trace, when there is one that stands for it; else why not. */
async function openImported(path: string): Promise<{ imported?: Opened; remark: string }> {
  let remark = ''
  for (const candidate of databaseCandidates(path)) {
    let reason: string | undefined
    let opened: Opened | undefined
    try {
      opened = await openDatabaseFile(candidate)
      reason = await staleness(path, opened.database)
    } catch (error) {
      if (!(error instanceof TraceError)) throw error
      reason = 'cannot be read'
    }
    if (opened && reason === undefined) return { imported: opened, remark: '' }
    await opened?.close()
    remark ||= `: ${candidate} ${reason}`
  }
  return { remark }
}

const FILES = 'select file, size, mtime_ns, schema_version, whole from meta.files'

async function staleness(path: string, database: TraceDatabase): Promise<string | undefined> {
  const [{ SCHEMA_VERSION }, { rows }] = await Promise.all([
    import('../parser/meta.ts'),
    database.all(FILES),
  ])
  const files = rows.map(
    ([file, size, mtimeNs, schemaVersion, whole]) =>
      ({ file, size, mtimeNs, schemaVersion, whole }) as unknown as ImportedFile,
  )
  return staleReason(path, files, SCHEMA_VERSION)
}

/**
 * Opens what has a recording's rows stored: a `.duckdb`, a folder, or the database of a trace.dat where
 * it stands for the file; undefined where rows are yet to be decoded. Throws what opening throws.
 */
export async function openStored(path: string): Promise<QueryDatabase | undefined> {
  if (isTrace(path)) {
    const { imported } = path === '-' ? {} : await openImported(path)
    return imported && guarded(imported)
  }
  return openForQuery(path)
}

/** Whether it is to be decoded, not a database or a folder. Throws `ERR_TRACE_OPEN`. */
export function isTrace(path: string): boolean {
  return path === '-' || (requirePath(path) === 'file' && !isDuckDB(path))
}

function requirePath(path: string): 'file' | 'folder' {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat)
    throw new TraceError('ERR_TRACE_OPEN', `${path}: no such file`, { hint: 'check the path' })
  return stat.isDirectory() ? 'folder' : 'file'
}

/** A DuckDB file has `DUCK` after the checksum of its first block. */
function isDuckDB(path: string): boolean {
  const head = Buffer.alloc(12)
  try {
    const fd = openSync(path, 'r')
    try {
      return readSync(fd, head, 0, 12, 0) === 12 && head.toString('latin1', 8) === 'DUCK'
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: ${(error as Error).message}`, {
      hint: 'check that you may read it',
      cause: error,
    })
  }
}

async function openDatabaseFile(path: string): Promise<Opened> {
  const { openDuckDB } = await import('../parser/sink/duckdb/database.ts')
  try {
    const database = await openDuckDB(path, { readOnly: true })
    return { database, path, close: () => database.close() }
  } catch (error) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: ${(error as Error).message}`, {
      hint: 'another process may be writing it; else import the trace again',
      cause: error,
    })
  }
}

async function openTraceFile(path: string): Promise<Opened> {
  const [{ openTraceDatabase }, { analysisObjects }] = await Promise.all([
    import('../parser/trace-database.ts'),
    import('../analysis/index.ts'),
  ])
  const { database, trace, tables } = await openTraceDatabase(path, { objects: analysisObjects })
  return {
    database,
    path,
    tables,
    async close() {
      await database.close()
      trace.close()
    },
  }
}

async function openFolder(path: string): Promise<Opened> {
  const [{ openParquet }, { analysisObjects }] = await Promise.all([
    import('../parser/open-parquet.ts'),
    import('../analysis/index.ts'),
  ])
  const { database, tables } = await openParquet(path, analysisObjects)
  return { database, path, tables, close: () => database.close() }
}
