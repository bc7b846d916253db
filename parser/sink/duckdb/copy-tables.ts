/** Writes the tables of a database into files of a folder, laid out as `CopySink` does it. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TableSchema } from '../../batch/column-batch.ts'
import { quoteName } from './binding.ts'
import { type CopyFormat, copyStatement } from './copy-format.ts'
import type { TraceDatabase } from './database.ts'
import { eventPath, metaPath } from './hive-folder.ts'
import { sinkFailure } from './sink-failure.ts'

/** A table that is stored: its columns and their SQL types, in order. */
export interface StoredTable extends Pick<TableSchema, 'schema' | 'name'> {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** SQL of its rows where it is no table of the database. */
  readonly rows?: string
}

/** What to write of a database. */
export interface CopiedTables {
  /** What files of events say of themselves, where the format has a place for it. */
  readonly labels: Readonly<Record<string, string>>
  readonly events: readonly StoredTable[]
  readonly meta: readonly StoredTable[]
}

/** Writes a folder. Fails with ERR_SINK_WRITE and what reading fails with. */
export async function copyTables(
  database: TraceDatabase,
  folder: string,
  format: CopyFormat,
  { labels, events, meta }: CopiedTables,
): Promise<void> {
  const copy = async (
    table: StoredTable,
    path: string,
    about?: CopiedTables['labels'],
  ): Promise<void> => {
    const file = join(folder, path)
    const rows = table.rows ?? `${quoteName(table.schema)}.${quoteName(table.name)}`
    mkdirSync(dirname(file), { recursive: true })
    await database.execute(copyStatement(format, table.columns, rows, file, true, about))
  }
  try {
    for (const table of events) await copy(table, eventPath(table, 0, format.extension), labels)
    for (const table of meta) await copy(table, metaPath(table.name, format.extension))
  } catch (error) {
    throw sinkFailure(folder, error)
  }
}
