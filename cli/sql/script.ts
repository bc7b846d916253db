/** One-shot SQL: statements in order, all their rows to one destination. */
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import {
  chooseFormat,
  type Format,
  type OutputOptions,
  openDestination,
  type TextFormat,
  writeRows,
} from '../output.ts'
import { resultRows } from '../result.ts'
import { executeStatement } from './execute.ts'
import { allStatements, type Piece } from './split.ts'

/** Runs every statement of `sql`. Throws `ERR_SQL`, `ERR_USAGE` and what writing throws. */
export async function runScript(
  database: TraceDatabase,
  sql: string,
  options: OutputOptions,
): Promise<void> {
  const pieces = allStatements(sql)
  if (pieces.length === 0) {
    throw new TraceError('ERR_USAGE', 'there is no SQL statement to run', {
      hint: "for example: traceduck sql trace.dat 'show all tables'",
    })
  }
  const format = chooseFormat(options)
  if (format === 'parquet' || format === 'arrow') await runTyped(database, pieces, format, options)
  else await runText(database, pieces, format, options)
}

async function runText(
  database: TraceDatabase,
  pieces: readonly Piece[],
  format: TextFormat,
  options: OutputOptions,
): Promise<void> {
  const destination = openDestination(options)
  try {
    for (const piece of pieces) {
      await executeStatement(database, piece, (stream) =>
        writeRows(resultRows(stream), format, destination, options),
      )
    }
    await destination.finish()
  } finally {
    destination.discard()
  }
}

/** A typed file holds one result: the last statement's. */
async function runTyped(
  database: TraceDatabase,
  pieces: readonly Piece[],
  format: Exclude<Format, TextFormat>,
  options: OutputOptions,
): Promise<void> {
  for (const piece of pieces.slice(0, -1)) {
    await executeStatement(database, piece, () => {
      throw new TraceError('ERR_USAGE', `line ${piece.line}: --format ${format} holds one result`, {
        hint: 'keep only the last statement that returns rows',
      })
    })
  }
  const last = pieces.at(-1)!
  if (format === 'parquet') {
    const { writeParquet } = await import('./parquet-output.ts')
    await writeParquet(database, last, options)
  } else {
    const { writeArrowOutput } = await import('./arrow-output.ts')
    await writeArrowOutput(database, last, options)
  }
}
