/** Runs one SQL statement and turns the engine's complaint into two lines. */
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { TraceError } from '../../parser/error.ts'
import type { Piece } from './split.ts'

/** Takes the rows of a statement that has some; they stream while it runs. */
export type TakeRows = (result: DuckDBResult) => Promise<void>

/** Runs a statement; `take` is called when it returns rows. Throws `ERR_SQL`. */
export async function executeStatement(
  connection: DuckDBConnection,
  piece: Piece,
  take: TakeRows,
): Promise<void> {
  const { ResultReturnType } = await import('@duckdb/node-api')
  try {
    const extracted = await connection.extractStatements(piece.text)
    for (let i = 0; i < extracted.count; i++) {
      const statement = await extracted.prepare(i)
      if (statement.parameterCount > 0) throw unboundError(piece)
      const result = await statement.stream()
      if (result.returnType === ResultReturnType.QUERY_RESULT) await take(result)
      else while ((await result.fetchChunk())?.rowCount) {}
      statement.destroySync()
    }
  } catch (error) {
    throw sqlError(error, piece)
  }
}

function unboundError(piece: Piece): TraceError {
  return new TraceError(
    'ERR_SQL',
    `line ${piece.line}: the statement has parameters without values`,
    {
      hint: 'write the values into the statement',
    },
  )
}

/** True when the engine stopped because it was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && /^INTERRUPT Error/i.test(error.message)
}

/** `ERR_SQL` for what the engine threw about `piece`; a `TraceError` stays what it is. */
export function sqlError(error: unknown, piece: Piece): unknown {
  if (error instanceof TraceError || isInterrupt(error)) return error
  if (!(error instanceof Error) || !ENGINE_MESSAGE.test(error.message)) return error
  const [what = '', ...more] = error.message.split('\n').map((line) => line.trim())
  const at = more.findIndex((line) => /^LINE \d+:/.test(line))
  const inPiece = at < 0 ? 1 : Number(/^LINE (\d+):/.exec(more[at]!)![1])
  const advice = more.slice(0, at < 0 ? undefined : at).filter((line) => line !== '')
  return new TraceError('ERR_SQL', `line ${piece.line + inPiece - 1}: ${what}`, {
    hint: advice.length > 0 ? advice.join(' ') : hintFor(what),
    cause: error,
  })
}

/** The engine's messages start with the kind of error. */
const ENGINE_MESSAGE = /^[A-Z][\w -]* (Error|exception|Exception)\b|^Failed to /i

function hintFor(what: string): string {
  if (/^Catalog Error/.test(what)) return 'see what there is with: show all tables'
  if (/^Binder Error/.test(what)) return 'see the columns of a table with: describe SCHEMA.TABLE'
  if (/^Out of Memory/.test(what))
    return 'ask for fewer columns or rows, or raise it: set memory_limit = ...'
  return 'check the statement; tables and columns are listed by: show all tables'
}
