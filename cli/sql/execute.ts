/** Runs one SQL statement and turns the engine's complaint into two lines. */
import { TraceError } from '../../parser/error.ts'
import type { QueryStream, TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { missingRelation } from './missing-relation.ts'
import type { Piece } from './split.ts'

/** Takes the rows of a statement that has some; they stream while it runs. */
export type TakeRows = (stream: QueryStream) => Promise<void>

/** Runs a statement; `take` is called when it returns rows. Throws `ERR_SQL`, `ERR_NOT_RECORDED`. */
export async function executeStatement(
  database: TraceDatabase,
  piece: Piece,
  take: TakeRows,
): Promise<void> {
  try {
    for await (const stream of database.statements(piece.text)) {
      if (stream.hasRows) await take(stream)
      else for await (const _ of stream.chunks);
    }
  } catch (error) {
    throw (await missingRelation(database, error)) ?? placedError(error, piece)
  }
}

/** True when the engine stopped because it was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof TraceError && error.code === 'ERR_INTERRUPTED'
}

/** Adds to `ERR_SQL` the line it is about and what to do; other errors stay what they are. */
export function placedError(error: unknown, piece: Piece): unknown {
  if (!(error instanceof TraceError) || error.code !== 'ERR_SQL') return error
  const text = error.cause instanceof Error ? error.cause.message : error.message
  const lines = text.replace(/^Failed to \w+ statements?: /, '').split('\n')
  const [what = '', ...more] = lines.map((line) => line.trim())
  const at = more.findIndex((line) => LINE.test(line))
  const inPiece = at < 0 ? 1 : Number(LINE.exec(more[at]!)![1])
  const advice = more.slice(0, at < 0 ? undefined : at).filter((line) => line !== '')
  return new TraceError('ERR_SQL', `line ${piece.line + inPiece - 1}: ${what}`, {
    hint: error.hint ?? (advice.join(' ') || hintFor(what)),
    cause: error,
  })
}

const LINE = /^LINE (\d+):/

function hintFor(what: string): string {
  if (what.startsWith('Catalog Error')) return 'see what there is with: show all tables'
  if (what.startsWith('Binder Error'))
    return 'see the columns of a table with: describe SCHEMA.TABLE'
  if (what.startsWith('Out of Memory')) return 'ask for fewer columns or rows at a time'
  return 'check the statement; tables are listed by: show all tables'
}
