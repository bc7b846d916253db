/** A database as an import makes it, filled by hand. */
import { analysisObjects, type CatalogueColumn } from '../../analysis/index.ts'
import { type DuckDB, openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { registerRelations } from '../../parser/sink/duckdb/relations.ts'
import { bindParams, composeQuery, findQuery, Recording } from '../../queries/index.ts'

/** Columns that every event table begins with. */
export interface Common {
  readonly ts: number
  readonly cpu?: number
  readonly tid?: number
  readonly comm?: string
  readonly context?: number
  readonly source?: number
}

type Value = number | bigint | string | boolean | null

/** An event table: its columns beside the common ones, and its rows. */
export interface GivenTable {
  readonly columns: Readonly<Record<string, string>>
  readonly rows: readonly (Common & Readonly<Record<string, Value | undefined>>)[]
}

/** Event tables by `system.event`, and gaps in the recording. */
export interface Given {
  readonly tables: Readonly<Record<string, GivenTable>>
  readonly lost?: readonly {
    cpu: number
    from: number | null
    to: number
    count: number | null
    source?: number
  }[]
  readonly symbols?: readonly (readonly [address: bigint, name: string])[]
  /** Files by source; one file of one buffer unless given. */
  readonly files?: readonly string[]
  /** Processes of threads, as `meta.tasks` has them. */
  readonly tasks?: readonly { pid: number; tgid: number | null; comm?: string; source?: number }[]
  /** Statements that are run at the end, for what else is in `meta`. */
  readonly sql?: readonly string[]
}

const META = `
create schema meta;
create table meta.events (source usmallint, id integer, system varchar, event varchar, rows bigint);
create table meta.lost_events (source usmallint, cpu usmallint, ts bigint, gap_start_ts bigint, count bigint);
create table meta.sources (source usmallint, file varchar, first_ts bigint, last_ts bigint,
  wall_offset_ns bigint, host varchar default 'vm', kernel varchar default 'Linux vm 6.18.44 #1 SMP x86_64', long_size utinyint default 8);
create table meta.symbols (address ubigint, name varchar, type varchar, module varchar, source usmallint);
create table meta.tasks (source usmallint, pid integer, comm varchar, tgid integer, first_ts bigint);
create table meta.descriptors (source usmallint, tgid integer, fd integer, target varchar, close_on_exec boolean);
create table meta.process_maps (source usmallint, tgid integer, start_address ubigint, end_address ubigint,
  file_offset ubigint, path varchar, from_ts bigint, until_ts bigint);
create table meta.mapped_files (source usmallint, path varchar, build_id varchar, size bigint, mtime_ns bigint);
create table meta.settings (source usmallint, setting varchar, value varchar);
create table meta.recorded_events (source usmallint, system varchar, event varchar, filter varchar);
create table meta.fields (system varchar, event varchar, position usmallint, field varchar, source usmallint);
create table meta.print_values (source usmallint, system varchar, event varchar, field varchar, kind varchar,
  shift utinyint, mask ubigint, delimiter varchar, position usmallint, value ubigint, name varchar);`

const COMMON = `ts bigint, common_cpu usmallint, common_pid integer, common_comm varchar, common_flags utinyint,
  common_preempt_count utinyint, common_source usmallint`

/** Makes the database with the relations derived from its tables; the caller closes it. */
export async function makeDatabase(given: Given): Promise<DuckDB> {
  const database = await openDuckDB(':memory:')
  const sql = [META]
  for (const [name, { columns, rows }] of Object.entries(given.tables)) {
    const [system, event] = name.split('.') as [string, string]
    const own = Object.entries(columns).map(([column, type]) => `, ${column} ${type}`)
    sql.push(
      `create schema if not exists ${system}; create table ${name} (${COMMON}${own.join('')})`,
    )
    sql.push(`insert into meta.events values (0, 1, '${system}', '${event}', ${rows.length})`)
    for (const row of rows) {
      const common = [
        row.ts,
        row.cpu ?? 0,
        row.tid ?? 100,
        row.comm ?? 'ping',
        row.context ?? 0,
        0,
        row.source ?? 0,
      ]
      const values = [...common, ...Object.keys(columns).map((column) => row[column] ?? null)]
      sql.push(`insert into ${name} values (${values.map(literal).join(', ')})`)
    }
  }
  for (const [source, file] of (given.files ?? ['trace.dat']).entries()) {
    const times = Object.values(given.tables)
      .flatMap(({ rows }) => rows.filter((row) => (row.source ?? 0) === source))
      .map(({ ts }) => ts)
    const ends = times.length === 0 ? [null, null] : [Math.min(...times), Math.max(...times)]
    sql.push(
      `insert into meta.sources (source, file, first_ts, last_ts) values (${source}, '${file}', ${ends.map(literal).join(', ')})`,
    )
  }
  for (const { cpu, from, to, count, source } of given.lost ?? []) {
    sql.push(
      `insert into meta.lost_events values (${[source ?? 0, cpu, to, from, count].map(literal).join(', ')})`,
    )
  }
  for (const [address, name] of given.symbols ?? []) {
    sql.push(`insert into meta.symbols values (${address}, '${name}', 't', '', 0)`)
  }
  for (const { pid, tgid, comm, source } of given.tasks ?? []) {
    const values = [source ?? 0, pid, comm ?? null, tgid, null]
    sql.push(`insert into meta.tasks values (${values.map(literal).join(', ')})`)
  }
  await database.execute([...sql, ...(given.sql ?? [])].join(';\n'))
  registerRelations(database, [], analysisObjects(await tablesIn(database)))
  return database
}

/** The same with all times multiplied: what is written in ns then happens in ms, with 1e6. */
export function scaled(given: Given, factor: number): Given {
  const tables = Object.entries(given.tables).map(([name, { columns, rows }]) => [
    name,
    { columns, rows: rows.map((row) => ({ ...row, ts: row.ts * factor })) },
  ])
  const lost = given.lost?.map((gap) => ({
    ...gap,
    from: gap.from === null ? null : gap.from * factor,
    to: gap.to * factor,
  }))
  return { ...given, tables: Object.fromEntries(tables), ...(lost ? { lost } : {}) }
}

/** The event tables of a database and their columns. */
async function tablesIn(database: DuckDB): Promise<Map<string, CatalogueColumn[]>> {
  const { rows } =
    await database.all(`select table_schema || '.' || table_name, column_name, data_type
    from information_schema.columns where table_schema not in ('main', 'meta') order by ordinal_position`)
  const tables = new Map<string, CatalogueColumn[]>()
  for (const [table, name, type] of rows) {
    const columns = tables.get(String(table)) ?? []
    tables.set(String(table), [...columns, { name: String(name), type: String(type) }])
  }
  return tables
}

/** The rows of a statement as objects, integers as numbers. */
export async function select(database: DuckDB, sql: string): Promise<Record<string, unknown>[]> {
  return objects(await database.all(sql))
}

function literal(value: Value): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** The rows of a report as objects, integers as numbers. */
export async function answer(
  database: DuckDB,
  name: string,
  params: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const query = findQuery(name)
  const values = bindParams(query, params)
  const sql = composeQuery(query, await Recording.of(database), values)
  return objects(await database.all(sql, values))
}

function objects({ columns, rows }: Awaited<ReturnType<DuckDB['all']>>): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map((column, i) => [
        column.name,
        typeof row[i] === 'bigint' ? Number(row[i]) : row[i],
      ]),
    ),
  )
}
