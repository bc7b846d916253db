/** Opens what a query command was given: a database that `import` made, or a trace.dat itself. */
import { existsSync, statSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'

/** A database to ask, and what to say and do when done with it. */
export interface QueryDatabase {
  readonly database: TraceDatabase
  /** Which file answers. */
  readonly path: string
  /** Says on stderr, once, what was lost or skipped while reading. */
  reportDiagnostics(): Promise<void>
  close(): Promise<void>
}

/** Opens a `.duckdb` or `.dat` file for reading. Throws `ERR_TRACE_OPEN` and what parsing throws. */
export async function openForQuery(path: string): Promise<QueryDatabase> {
  requireFile(path)
  return openDatabaseFile(path)
}

function requireFile(path: string): void {
  if (path === '-') {
    throw new TraceError(
      'ERR_USAGE',
      'a trace cannot be read from stdin: it is read in random order',
      {
        hint: 'save it to a file first',
      },
    )
  }
  if (!existsSync(path)) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: no such file`, { hint: 'check the path' })
  }
  if (!statSync(path).isFile()) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: not a regular file`, {
      hint: 'name a trace.dat, or a .duckdb made by traceduck import',
    })
  }
}

async function openDatabaseFile(path: string): Promise<QueryDatabase> {
  const { openDuckDB } = await import('../parser/sink/duckdb/database.ts')
  try {
    const database = await openDuckDB(path, { readOnly: true })
    return { database, path, async reportDiagnostics() {}, close: () => database.close() }
  } catch (error) {
    throw new TraceError('ERR_TRACE_OPEN', `${path}: ${(error as Error).message}`, {
      hint: 'another process may be writing it; else import the trace again',
      cause: error,
    })
  }
}
