/** Opens what a query command was given: a database that `import` made, or a trace.dat itself. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'

/** A database to ask, whatever answers behind it. */
export interface QueryDatabase {
  readonly database: TraceDatabase
  /** Which file answers. */
  readonly path: string
  close(): Promise<void>
}

/**
 * Opens a `.duckdb` or a trace.dat for reading; stderr says which one answers for a trace.dat.
 * Throws `ERR_TRACE_OPEN` and what parsing throws.
 */
export async function openForQuery(path: string): Promise<QueryDatabase> {
  if (path === '-') return openTraceFile(path)
  requireFile(path)
  if (isDuckDB(path)) return openDatabaseFile(path)
  return openTraceFile(path)
}

function requireFile(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat)
    throw new TraceError('ERR_TRACE_OPEN', `${path}: no such file`, { hint: 'check the path' })
  if (stat.isDirectory()) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: is a folder`, {
      hint: 'name a trace.dat, or a .duckdb made by traceduck import',
    })
  }
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

async function openDatabaseFile(path: string): Promise<QueryDatabase> {
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

async function openTraceFile(path: string): Promise<QueryDatabase> {
  const { openTraceDatabase } = await import('../parser/trace-database.ts')
  const { database, trace } = await openTraceDatabase(path)
  return {
    database,
    path,
    async close() {
      await database.close()
      trace.close()
    },
  }
}
