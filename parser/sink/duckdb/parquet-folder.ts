/**
 * A recording as a folder of Parquet files that any reader understands: `system=kmem/event=kmalloc/`
 * for the rows of `kmem.kmalloc`, `meta/` for what the files said about themselves. `meta/columns`
 * lists the tables, so that opening the folder again need not look into each file.
 */
import { join } from 'node:path'
import type { Column, TableSchema } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import { quoteName, quoteText } from './binding.ts'
import { type DuckDB, openDuckDB, type TraceDatabase } from './database.ts'
import { type LazyObject, registerRelations } from './relations.ts'

const FORMAT = '(format parquet, compression zstd)'
const MANIFEST = 'columns'
/** Bytes of a file name that every file system takes. */
const LONGEST_NAME = 255
const MANIFEST_COLUMNS = 'table_schema, table_name, position, column_name, column_type'

/** A table that is written: its columns and their SQL types, in order. */
export interface StoredTable {
  readonly schema: string
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** A folder's file that says which tables there are. */
export function manifestPath(folder: string): string {
  return join(folder, 'meta', `${MANIFEST}.parquet`)
}

/** Where the files of an event table are, below the folder. Throws ERR_SINK_WRITE. */
export function eventFolder({ schema, name }: Pick<TableSchema, 'schema' | 'name'>): string {
  return join(folderName('system', schema), folderName('event', name))
}

/** A partition's folder; characters that mean something to a path or a glob are encoded. */
function folderName(key: string, value: string): string {
  const name = `${key}=${encodeURIComponent(value).replace(/[!'()*~.]/g, percent)}`
  if (name.length <= LONGEST_NAME) return name
  throw new TraceError(
    'ERR_SINK_WRITE',
    `${key} ${value.slice(0, 40)}…: too long for a file name`,
    {
      hint: 'leave it out: import other events with -e, and export the database',
    },
  )
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

/**
 * Writes event and `meta` tables of a database into `folder`, whose parents exist; `mkdir` makes
 * folders. Fails with ERR_SINK_WRITE.
 */
export async function writeParquetFolder(
  database: TraceDatabase,
  folder: string,
  events: readonly StoredTable[],
  meta: readonly string[],
  mkdir: (path: string) => void,
): Promise<void> {
  const copy = (select: string, file: string): Promise<void> =>
    database.execute(`copy (${select}) to ${quoteText(file)} ${FORMAT}`)
  try {
    mkdir(join(folder, 'meta'))
    for (const table of events) {
      const own = join(folder, eventFolder(table))
      mkdir(own)
      await copy(`from ${fullName(table)}`, join(own, 'part-0.parquet'))
    }
    for (const name of meta)
      await copy(`from meta.${quoteName(name)}`, join(folder, 'meta', `${name}.parquet`))
    await copy(manifestOf(events), manifestPath(folder))
  } catch (error) {
    if (!(error instanceof TraceError) || error.code !== 'ERR_SQL') throw error
    throw new TraceError('ERR_SINK_WRITE', `${folder}: ${error.message}`, {
      hint: 'check the free space of the disk',
      cause: error,
    })
  }
}

function fullName({ schema, name }: Pick<TableSchema, 'schema' | 'name'>): string {
  return `${quoteName(schema)}.${quoteName(name)}`
}

function manifestOf(tables: readonly StoredTable[]): string {
  const rows = tables.flatMap(({ schema, name, columns }) =>
    columns.map((column, position) => {
      const texts = [column.name, column.type].map(quoteText).join(', ')
      return `(${quoteText(schema)}, ${quoteText(name)}, ${position}::usmallint, ${texts})`
    }),
  )
  const none = "('', '', 0::usmallint, '', '')"
  const values = `from (values ${rows.join(', ') || none}) as t(${MANIFEST_COLUMNS})`
  return rows.length > 0 ? `select * ${values}` : `select * ${values} where false`
}

/** Tables of a recording, and the views over them. */
export interface ParquetDatabase {
  readonly database: DuckDB
  /** Columns of the event tables, by `system.event`. */
  readonly tables: ReadonlyMap<string, readonly Column[]>
}

/**
 * Opens a folder that `writeParquetFolder` wrote as a database in memory: views over the files, made
 * when they are first named. `objects` gives further ones. Fails with ERR_TRACE_OPEN.
 */
export async function openParquetFolder(
  folder: string,
  meta: readonly string[],
  objects: (tables: readonly TableSchema[]) => readonly LazyObject[],
): Promise<ParquetDatabase> {
  const database = await openDuckDB(':memory:')
  try {
    const tables = await readManifest(database, folder)
    const views = [
      ...tables.map((table) => eventView(folder, table)),
      ...meta.map((name) => metaView(folder, name)),
    ]
    registerRelations(database, [], [...views, ...objects(tables)])
    const byName = tables.map((table) => [`${table.schema}.${table.name}`, table.columns] as const)
    return { database, tables: new Map(byName) }
  } catch (error) {
    await database.close()
    throw new TraceError('ERR_TRACE_OPEN', `${folder}: ${(error as Error).message}`, {
      hint: 'name a trace.dat, a .duckdb made by traceduck import, or a folder made by export',
      cause: error,
    })
  }
}

async function readManifest(database: DuckDB, folder: string): Promise<TableSchema[]> {
  const file = quoteText(asGlob(manifestPath(folder)))
  const { rows } = await database.all(
    `select ${MANIFEST_COLUMNS} from read_parquet(${file}) order by table_schema, table_name, position`,
  )
  const tables: { schema: string; name: string; columns: Column[] }[] = []
  for (const [schema = '', name = '', , column = '', type = ''] of rows.map((row) =>
    row.map(String),
  )) {
    let table = tables.at(-1)
    if (table?.schema !== schema || table.name !== name) {
      table = { schema, name, columns: [] }
      tables.push(table)
    }
    table.columns.push({ name: column, type: type as Column['type'] })
  }
  return tables
}

function eventView(folder: string, table: TableSchema): LazyObject {
  const files = `${asGlob(join(folder, eventFolder(table)))}/*.parquet`
  return viewOf(table.schema, table.name, files)
}

function metaView(folder: string, name: string): LazyObject {
  return viewOf('meta', name, asGlob(join(folder, 'meta', `${name}.parquet`)))
}

function viewOf(schema: string, name: string, files: string): LazyObject {
  const rows = `read_parquet(${quoteText(files)}, hive_partitioning = false)`
  return {
    schema,
    name,
    create: `create or replace view ${fullName({ schema, name })} as from ${rows}`,
    standsAlone: true,
  }
}

/** A path that is matched as it is. */
function asGlob(path: string): string {
  return path.replace(/[[*?]/g, '[$&]')
}
