/** Opens what a query command was given: a database that `import` made, or a trace.dat itself. */
import { existsSync, statSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TraceError } from '../parser/error.ts'

/** A database to ask, and what to say and do when done with it. */
export interface QueryDatabase {
  readonly connection: DuckDBConnection
  /** Which file answers. */
  readonly path: string
  /** Says on stderr, once, what was lost or skipped while reading. */
  reportDiagnostics(): Promise<void>
  close(): void
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
  const { DuckDBInstance } = await import('@duckdb/node-api')
  try {
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
    const connection = await instance.connect()
    return {
      connection,
      path,
      async reportDiagnostics() {},
      close() {
        connection.closeSync()
        instance.closeSync()
      },
    }
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new TraceError('ERR_TRACE_OPEN', `${path}: ${reason}`, {
      hint: 'another process may be writing it; else import the trace again',
      cause: error,
    })
  }
}
