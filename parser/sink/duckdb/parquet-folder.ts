/**
 * Folders of Parquet files that an export made, as a database: views over the files. `meta/columns`
 * lists the tables, so that opening need not look into each file. Folders of several recordings may
 * have been exported one by one: where the numbers of their sources meet, later ones count on.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Column, TableSchema } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import { quoteName, quoteText } from './binding.ts'
import { type DuckDB, openDuckDB } from './database.ts'
import { asGlob, eventFolder, MANIFEST, metaPath } from './hive-folder.ts'
import { type LazyObject, registerRelations } from './relations.ts'

/** Tables of a recording, and the views over them. */
export interface ParquetDatabase {
  readonly database: DuckDB
  /** Columns of the event tables, by `system.event`. */
  readonly tables: ReadonlyMap<string, readonly Column[]>
}

/** The folder of one recording. */
interface TracePart {
  readonly folder: string
  readonly tables: readonly TableSchema[]
  /** What is added to the numbers of its sources. */
  readonly sourceOffset: number
}

/**
 * Opens a folder as a database in memory; views are made when they are first named. `meta` are the
 * tables that each recording has beside its events, `objects` gives further views. Fails with
 * ERR_TRACE_OPEN.
 */
export async function openParquetFolder(
  folder: string,
  meta: readonly TableSchema[],
  objects: (tables: readonly TableSchema[]) => readonly LazyObject[],
): Promise<ParquetDatabase> {
  const database = await openDuckDB(':memory:')
  try {
    const parts = await readParts(database, folder)
    const tables = await mergeTables(database, parts)
    const views = [
      ...tables.map((table) => eventView(parts, table)),
      ...meta.map((table) => metaView(parts, table)),
    ]
    registerRelations(database, [], [...views, ...objects(tables)])
    return { database, tables: new Map(tables.map((table) => [keyOf(table), table.columns])) }
  } catch (error) {
    await database.close()
    throw new TraceError('ERR_TRACE_OPEN', `${folder}: ${(error as Error).message}`, {
      hint: 'name a trace.dat, a .duckdb made by traceduck import, or a folder made by export --to parquet',
      cause: error,
    })
  }
}

const MANIFEST_FILE = metaPath(MANIFEST, 'parquet')

/** The folder itself, or those of several recordings below it. */
function traceFolders(folder: string): string[] {
  if (existsSync(join(folder, MANIFEST_FILE))) return [folder]
  const below = (path: string, key: string): string[] =>
    readdirSync(path)
      .filter((name) => name.startsWith(`${key}=`))
      .sort()
      .map((name) => join(path, name))
  const found = below(folder, 'host')
    .flatMap((host) => below(host, 'trace'))
    .filter((path) => existsSync(join(path, MANIFEST_FILE)))
  return found.length > 0 ? found : [folder]
}

async function readParts(database: DuckDB, folder: string): Promise<TracePart[]> {
  const found = []
  for (const path of traceFolders(folder)) {
    const tables = await readManifest(database, path)
    found.push({ folder: path, tables, ...(await readSources(database, path)) })
  }
  const parts: TracePart[] = []
  let next = 0
  for (const { first, last, ...part } of found.sort((a, b) => a.first - b.first)) {
    const sourceOffset = Math.max(0, next - first)
    parts.push({ ...part, sourceOffset })
    next = last + sourceOffset + 1
  }
  return parts
}

async function readManifest(database: DuckDB, folder: string): Promise<TableSchema[]> {
  const { rows } = await database.all(
    `select table_schema, table_name, column_name, column_type
    from ${parquet(asGlob(join(folder, MANIFEST_FILE)))} order by table_schema, table_name, position`,
  )
  const tables: { schema: string; name: string; columns: Column[] }[] = []
  for (const [schema = '', name = '', column = '', type = ''] of rows.map((r) => r.map(String))) {
    let table = tables.at(-1)
    if (table?.schema !== schema || table.name !== name) {
      table = { schema, name, columns: [] }
      tables.push(table)
    }
    table.columns.push({ name: column, type: type as Column['type'] })
  }
  return tables
}

async function readSources(
  database: DuckDB,
  folder: string,
): Promise<{ readonly first: number; readonly last: number }> {
  const file = parquet(asGlob(join(folder, metaPath('sources', 'parquet'))))
  const { rows } = await database.all(`select min(source), max(source) from ${file}`)
  return { first: Number(rows[0]?.[0] ?? 0), last: Number(rows[0]?.[1] ?? -1) }
}

/** The tables of all parts: columns by name in order of first appearance. */
async function mergeTables(database: DuckDB, parts: readonly TracePart[]): Promise<TableSchema[]> {
  const merged = new Map<string, TableSchema>()
  for (const table of parts.flatMap(({ tables }) => tables)) {
    const known = merged.get(keyOf(table))
    if (known === undefined) merged.set(keyOf(table), table)
    else if (!sameColumns(known, table))
      merged.set(keyOf(table), await unionOf(database, parts, table))
  }
  return [...merged.values()]
}

/** The columns of a table that is not the same in all parts. */
async function unionOf(
  database: DuckDB,
  parts: readonly TracePart[],
  { schema, name }: TableSchema,
): Promise<TableSchema> {
  const rows = rowsOf(parts, { schema, name })
  const columns = await database.all(`describe ${rows}`)
  return {
    schema,
    name,
    columns: columns.rows.map(([column, type]) => ({
      name: String(column),
      type: String(type) as Column['type'],
    })),
  }
}

function sameColumns(a: TableSchema, b: TableSchema): boolean {
  return JSON.stringify(a.columns) === JSON.stringify(b.columns)
}

function keyOf({ schema, name }: Pick<TableSchema, 'schema' | 'name'>): string {
  return `${schema}.${name}`
}

function eventView(parts: readonly TracePart[], table: TableSchema): LazyObject {
  return viewOf(table, rowsOf(parts, table))
}

/** The rows of an event table: those of all parts that have it, in the parts' order. */
function rowsOf(parts: readonly TracePart[], table: Pick<TableSchema, 'schema' | 'name'>): string {
  const having = parts.flatMap(({ folder, tables, sourceOffset }) => {
    const own = tables.find((one) => keyOf(one) === keyOf(table))
    const files = `${asGlob(join(folder, eventFolder(table)))}/*.parquet`
    return own ? [{ files, sourceOffset, own }] : []
  })
  const same = having.every(({ own }) => sameColumns(own, having[0]!.own))
  return unionAll(having, { name: 'common_source', type: 'USMALLINT' }, same)
}

function metaView(parts: readonly TracePart[], table: TableSchema): LazyObject {
  const files = parts.map(({ folder, sourceOffset }) => ({
    files: asGlob(join(folder, metaPath(table.name, 'parquet'))),
    sourceOffset,
  }))
  const source = table.columns.find(({ name }) => name === 'source')
  return viewOf(table, unionAll(files, source, true))
}

/** Rows of several files as SQL; as one list of files where they are alike. */
function unionAll(
  parts: readonly { readonly files: string; readonly sourceOffset: number }[],
  source: Column | undefined,
  same: boolean,
): string {
  if (same && parts.every(({ sourceOffset }) => sourceOffset === 0)) {
    const list = parts.map(({ files }) => quoteText(files)).join(', ')
    return `from read_parquet([${list}], hive_partitioning = false)`
  }
  return parts
    .map(({ files, sourceOffset }) => {
      const counted =
        source && `(${source.name} + ${sourceOffset})::${source.type} as ${source.name}`
      return `select *${counted ? ` replace (${counted})` : ''} from ${parquet(files)}`
    })
    .join(' union all by name ')
}

function viewOf({ schema, name }: TableSchema, rows: string): LazyObject {
  const full = `${quoteName(schema)}.${quoteName(name)}`
  return { schema, name, create: `create or replace view ${full} as ${rows}`, standsAlone: true }
}

function parquet(files: string): string {
  return `read_parquet(${quoteText(files)}, hive_partitioning = false)`
}
