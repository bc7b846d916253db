/** A DuckDB result as rows for the renderers. Loads the engine: import it lazily. */
import type { DuckDBDataChunk, DuckDBResult, DuckDBType } from '@duckdb/node-api'
import { valueWriter } from '../report/duckdb-value.ts'
import type { ResultChunk, ResultColumn, ResultRows } from '../report/rows.ts'

/** The rows of a streaming result; chunks are fetched as they are asked for. */
export function resultRows(result: DuckDBResult): ResultRows {
  const types = result.columnTypes()
  return {
    columns: result.columnNames().map((name, i) => resultColumn(name, types[i]!)),
    chunks: readChunks(result),
  }
}

/** A result column for a DuckDB type. */
export function resultColumn(name: string, type: DuckDBType): ResultColumn {
  const writer = valueWriter(type)
  return { name, type: String(type), align: writer.align, text: writer.text, json: writer.json }
}

async function* readChunks(result: DuckDBResult): AsyncIterable<ResultChunk> {
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield resultChunk(chunk)
  }
}

function resultChunk(chunk: DuckDBDataChunk): ResultChunk {
  const columns: unknown[][] = []
  for (let i = 0; i < chunk.columnCount; i++) columns.push(chunk.getColumnValues(i))
  return { rowCount: chunk.rowCount, columns }
}
