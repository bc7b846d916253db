/** All tables of recordings as files that DuckDB writes: Parquet, CSV, NDJSON. */
import { exportTraces, storedTables } from '../parser/export.ts'
import { type CopyFormat, CSV, NDJSON, PARQUET } from '../parser/sink/duckdb/copy-format.ts'
import { createCopySink } from '../parser/sink/duckdb/copy-sink.ts'
import { copyTables } from '../parser/sink/duckdb/copy-tables.ts'
import { labelsOfDatabase } from '../parser/source-labels.ts'
import type { ExportedFolder, FolderJob, FolderWriter } from './job.ts'

/** Parquet files that sql and run answer from, and readers of hive-partitioned tables. */
export const writeParquet: FolderWriter = (job) => writeCopies(job, PARQUET)

/** A CSV file for each table. */
export const writeCsv: FolderWriter = (job) => writeCopies(job, CSV)

/** A file of JSON objects, one a line, for each table. */
export const writeNdjson: FolderWriter = (job) => writeCopies(job, NDJSON)

async function writeCopies(job: FolderJob, format: CopyFormat): Promise<ExportedFolder> {
  const { files, folder, stored, selection, memory, onProgress } = job
  if (stored) {
    const { catalogue } = await stored.recording()
    const tables = storedTables(catalogue.tables)
    const labels = await labelsOfDatabase(stored.database)
    await copyTables(stored.database, folder, format, { ...tables, labels })
    return { tables: tables.events.length }
  }
  const decoded = await exportTraces(
    files,
    folder,
    (path, labels) => createCopySink(path, { format, labels, memory }),
    { ...selection, onProgress },
  )
  return { tables: decoded.tables, decoded }
}
