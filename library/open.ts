/** Opens what a recording is asked through: a trace.dat itself, or what an import or an export made of it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { CatalogueColumn } from '../analysis/relations.ts'
import { TraceError } from '../parser/error.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'
import { databaseCandidates, type ImportedFile, staleReason } from './database-path.ts'

/** A database that was just opened. */
export interface Opened {
  readonly database: TraceDatabase
  /** Which file answers. */
  readonly path: string
  /** Columns of its event tables, where they are known. */
  readonly tables?: ReadonlyMap<string, readonly CatalogueColumn[]>
  /** Why a database beside the trace.dat is not used. */
  readonly remark?: string
  close(): Promise<void>
}

/**
 * Opens a `.duckdb`, a trace.dat or a folder of Parquet files for reading; `-` is a trace.dat from
 * standard input. For a trace.dat, its database is used instead while it stands for the file. Throws
 * `ERR_TRACE_OPEN` and what parsing throws.
 */
export async function openRecording(path: string): Promise<Opened> {
  if (!isTrace(path))
    return requirePath(path) === 'folder' ? openFolder(path) : openDatabaseFile(path)
  const { imported, remark } = await openImported(path)
  return imported ?? { ...(await openTraceFile(path)), remark }
}

/** Whether it is to be decoded, not a database or a folder. Throws `ERR_TRACE_OPEN`. */
export function isTrace(path: string): boolean {
  return path === '-' || (requirePath(path) === 'file' && !isDuckDB(path))
}

/** The database of a trace, when there is one that stands for it; else why not. */
export async function openImported(
  path: string,
): Promise<{ readonly imported?: Opened; readonly remark: string }> {
  if (path === '-') return { remark: '' }
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
  const [{ openDuckDB }, { quoteName, quoteText }, { FILE_CATALOGUE }] = await Promise.all([
    import('../parser/sink/duckdb/database.ts'),
    import('../parser/sink/duckdb/binding.ts'),
    import('../parser/sink/duckdb/catalogues.ts'),
  ])
  try {
    const database = await openDuckDB(':memory:')
    try {
      await database.raw(`attach ${quoteText(path)} as ${quoteName(FILE_CATALOGUE)} (read_only)`)
      await database.raw(`use ${quoteName(FILE_CATALOGUE)}`)
    } catch (error) {
      await database.close()
      throw error
    }
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
