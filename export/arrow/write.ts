/** All tables of recordings as Arrow IPC files, one for each table. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exportTraces, storedTables } from '../../parser/export.ts'
import { quoteName } from '../../parser/sink/duckdb/binding.ts'
import type { StoredTable } from '../../parser/sink/duckdb/copy-tables.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { eventPath, metaPath } from '../../parser/sink/duckdb/hive-folder.ts'
import { type Labels, labelsOfDatabase } from '../../parser/source-labels.ts'
import { writeArrow as writeResult } from '../../report/arrow.ts'
import type { FolderWriter } from '../job.ts'
import { ArrowSink, EXTENSION } from './arrow-sink.ts'

/** Arrow IPC files, uncompressed. */
export const writeArrow: FolderWriter = async ({
  files,
  folder,
  stored,
  selection,
  onProgress,
}) => {
  if (stored) {
    const { catalogue } = await stored.recording()
    const { events, meta } = storedTables(catalogue.tables)
    const labels = await labelsOfDatabase(stored.database)
    const copy = (table: StoredTable, path: string): Promise<void> =>
      copyTable(stored.database, table, join(folder, path), labels)
    for (const table of events) await copy(table, eventPath(table, 0, EXTENSION))
    for (const table of meta) await copy(table, metaPath(table.name, EXTENSION))
    return { tables: events.length }
  }
  const decoded = await exportTraces(
    files,
    folder,
    async (path, labels) => new ArrowSink(path, labels),
    { ...selection, onProgress },
  )
  return { tables: decoded.tables, decoded }
}

async function copyTable(
  database: TraceDatabase,
  { schema, name, rows }: StoredTable,
  path: string,
  labels: Labels,
): Promise<void> {
  const stream = await database.query(`from ${rows ?? `${quoteName(schema)}.${quoteName(name)}`}`)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'wx')
  try {
    const write = async (bytes: Uint8Array): Promise<void> => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    }
    await writeResult(stream, { write }, 'file', labels)
  } finally {
    closeSync(file)
  }
}
