/** `--format parquet`: the engine writes the file itself, from the statement. */
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { PendingFile, writeError } from '../destination.ts'
import { type OutputOptions, outputFile } from '../output.ts'
import { executeStatement } from './execute.ts'
import type { Piece } from './split.ts'

/** Writes a statement's rows as Parquet (zstd). Throws `ERR_SQL`, `ERR_USAGE`, `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`. */
export async function writeParquet(
  database: TraceDatabase,
  piece: Piece,
  options: OutputOptions,
): Promise<void> {
  const file = outputFile(options)
  if (file === undefined) {
    throw new TraceError('ERR_USAGE', 'Parquet cannot be written to a pipe', {
      hint: 'name a file with -o',
    })
  }
  const pending = new PendingFile(file, options.force === true)
  try {
    const target = pending.partPath.replaceAll("'", "''")
    // The line ends keep a comment in the statement from swallowing what follows, and line numbers right.
    const text = `copy (${piece.text}\n) to '${target}' (format parquet, compression zstd)`
    await executeStatement(database, { text, line: piece.line }, async () => {})
    pending.finish()
  } catch (error) {
    throw isAbout(pending.partPath, error) ? writeError(file, error) : error
  } finally {
    pending.discard()
  }
}

/** Whether it is the file that the engine could not write, and not the statement that is wrong. */
function isAbout(path: string, error: unknown): boolean {
  return error instanceof TraceError && error.code === 'ERR_SQL' && error.message.includes(path)
}
