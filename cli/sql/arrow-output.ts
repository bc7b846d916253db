/** `--format arrow`: an IPC file with `-o FILE`, an IPC stream on stdout. */
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { type OutputOptions, openDestination, outputFile } from '../output.ts'
import { executeStatement } from './execute.ts'
import type { Piece } from './split.ts'

/** Writes a statement's rows as uncompressed Arrow IPC. Throws `ERR_SQL`, `ERR_USAGE`, `ERR_SINK_WRITE`. */
export async function writeArrowOutput(
  database: TraceDatabase,
  piece: Piece,
  options: OutputOptions,
): Promise<void> {
  const file = outputFile(options)
  if (file === undefined && process.stdout.isTTY) {
    throw new TraceError('ERR_USAGE', 'Arrow is not for a terminal', {
      hint: 'name a file with -o, or use a pipe',
    })
  }
  const [{ writeArrow }, { labelsOfDatabase }] = await Promise.all([
    import('../../report/arrow.ts'),
    import('../../parser/source-labels.ts'),
  ])
  const labels = await labelsOfDatabase(database)
  const destination = openDestination(options)
  const layout = file === undefined || file.endsWith('.arrows') ? 'stream' : 'file'
  let results = 0
  try {
    await executeStatement(database, piece, async (stream) => {
      results++
      await writeArrow(stream, destination, layout, labels)
    })
    if (results !== 1) {
      throw new TraceError(
        'ERR_USAGE',
        `line ${piece.line}: the statement returns no rows to write`,
        {
          hint: 'end with a select',
        },
      )
    }
    await destination.finish()
  } finally {
    destination.discard()
  }
}
