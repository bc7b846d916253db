/** Asks a folder of Parquet files that an export made. */
import type { ObjectsOf } from './catalogue.ts'
import { eventsView } from './import.ts'
import { metaRelations } from './meta.ts'
import { openParquetFolder, type ParquetDatabase } from './sink/duckdb/parquet-folder.ts'

export type { ParquetDatabase } from './sink/duckdb/parquet-folder.ts'

/**
 * Opens a folder of one recording, or of several below `host=…/trace=…/`, in memory, with macros and
 * views from `objects`. Fails with ERR_TRACE_OPEN.
 */
export async function openParquet(folder: string, objects?: ObjectsOf): Promise<ParquetDatabase> {
  return openParquetFolder(folder, metaRelations([]), (tables) => {
    const columns = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table.columns]))
    const events = { schema: 'main', name: 'events', create: () => eventsView(tables) }
    return [events, ...(objects?.(columns) ?? [])]
  })
}
