/** A DuckDB result as rows for the renderers. Loads the engine: import it lazily. */
import type { QueryStream } from '../parser/sink/duckdb/database.ts'
import { valueWriter } from '../report/duckdb-value.ts'
import type { ResultRows } from '../report/rows.ts'

/** The rows of a streaming result; chunks are fetched as they are asked for. */
export function resultRows(stream: QueryStream): ResultRows {
  const columns = stream.columns.map(({ name, type }) => {
    const { align, text, json } = valueWriter(type)
    return { name, type: String(type), align, text, json }
  })
  return { columns, chunks: stream.chunks }
}
