/** A recording as a folder of Parquet files: writing one from a database, and asking it. */
import { mkdirSync } from 'node:fs'
import type { ObjectsOf } from './catalogue.ts'
import { eventsView } from './import.ts'
import { metaRelations } from './meta.ts'
import type { TraceDatabase } from './sink/duckdb/database.ts'
import {
  openParquetFolder,
  type ParquetDatabase,
  type StoredTable,
  writeParquetFolder,
} from './sink/duckdb/parquet-folder.ts'

export { manifestPath, type ParquetDatabase } from './sink/duckdb/parquet-folder.ts'

const META = metaRelations([]).map(({ name }) => name)

/**
 * Writes the event tables (columns by `system.event`) and the `meta` tables of a database into a
 * folder, which is made. Types are kept as they are. Fails with ERR_SINK_WRITE.
 */
export async function exportParquet(
  database: TraceDatabase,
  tables: ReadonlyMap<string, StoredTable['columns']>,
  folder: string,
): Promise<void> {
  const events = [...tables].map(([full, columns]) => {
    const dot = full.indexOf('.')
    return { schema: full.slice(0, dot), name: full.slice(dot + 1), columns }
  })
  await writeParquetFolder(database, folder, events, META, (path) => {
    mkdirSync(path, { recursive: true })
  })
}

/** Opens such a folder in memory, with macros and views from `objects`. Fails with ERR_TRACE_OPEN. */
export async function openParquet(folder: string, objects?: ObjectsOf): Promise<ParquetDatabase> {
  return openParquetFolder(folder, META, (tables) => {
    const columns = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table.columns]))
    const events = { schema: 'main', name: 'events', create: () => eventsView(tables) }
    return [events, ...(objects?.(columns) ?? [])]
  })
}
