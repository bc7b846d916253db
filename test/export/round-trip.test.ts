// Exported folders hold what the recording holds: row for row, value for value, type for type.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { ArrowSink } from '../../export/arrow/arrow-sink.ts'
import { columnsOf, type Row, rowsOf } from '../../library/plain-rows.ts'
import { exportTraces } from '../../parser/export.ts'
import { importTraces } from '../../parser/import.ts'
import { metaRelations } from '../../parser/meta.ts'
import { openParquet } from '../../parser/open-parquet.ts'
import { PARQUET } from '../../parser/sink/duckdb/copy-format.ts'
import { createCopySink } from '../../parser/sink/duckdb/copy-sink.ts'
import { openDuckDB, type TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { eventPath, metaPath } from '../../parser/sink/duckdb/hive-folder.ts'
import { root } from '../helpers/paths.ts'
import { everyRecording, someRecordings } from '../helpers/recordings.ts'

t.setTimeout(290_000)

const arrow = createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow')
const folder = mkdtempSync(join(tmpdir(), 'round-trip-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** A table's columns, as `name TYPE`, and its rows. */
interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

async function tableOf(database: TraceDatabase, schema: string, name: string): Promise<Table> {
  const stream = await database.query(`from "${schema}"."${name}"`)
  const columns = columnsOf(stream).map((column) => `${column.name} ${column.type}`)
  const rows: Row[] = []
  for await (const row of rowsOf(stream)) rows.push(row)
  return { columns, rows }
}

/** DuckDB's names for what Arrow's types are. */
const TYPES: Readonly<Record<string, string>> = {
  Bool: 'BOOLEAN',
  Utf8: 'VARCHAR',
  Binary: 'BLOB',
  Int8: 'TINYINT',
  Int16: 'SMALLINT',
  Int32: 'INTEGER',
  Int64: 'BIGINT',
  Uint8: 'UTINYINT',
  Uint16: 'USMALLINT',
  Uint32: 'UINTEGER',
  Uint64: 'UBIGINT',
}

/** The same of an Arrow IPC file, as arrow-js reads it. */
function arrowTable(path: string): Table {
  const table = arrow.tableFromIPC(readFileSync(path))
  const columns = table.schema.fields.map(({ name, type }) => {
    const item = (type as { children?: { type: unknown }[] }).children?.[0]?.type
    return `${name} ${item ? `${TYPES[String(item)]}[]` : TYPES[String(type)]}`
  })
  const values = table.schema.fields.map(({ name }) => table.getChild(name)!)
  const rows = Array.from({ length: table.numRows }, (_, i) =>
    Object.fromEntries(table.schema.fields.map(({ name }, k) => [name, plain(values[k]!.get(i))])),
  )
  return { columns, rows }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  return value !== null && typeof value === 'object'
    ? Array.from(value as Iterable<unknown>)
    : value
}

async function compare(t: Test, file: string, parquet: string, ipc: string): Promise<void> {
  await exportTraces([file], parquet, (path, labels) =>
    createCopySink(path, { format: PARQUET, labels }),
  )
  await exportTraces([file], ipc, async (path, labels) => new ArrowSink(path, labels))
  const imported = join(folder, 'imported.duckdb')
  await importTraces([file], { out: imported, force: true })
  const database = await openDuckDB(imported, { readOnly: true })
  const exported = await openParquet(parquet)
  const tables = [
    ...[...exported.tables.keys()].map((name) => name.split('.')),
    ...metaRelations([]).map(({ name }) => ['meta', name]),
  ]
  const stored = await database.all(
    "select count(*) from duckdb_tables() where schema_name not in ('main', 'meta')",
  )
  t.equal(exported.tables.size, Number(stored.rows[0]![0]))
  const problems: string[] = []
  for (const [schema = '', name = ''] of tables) {
    // Long, and like any other table.
    if (name === 'symbols') continue
    const expected = await tableOf(database, schema, name)
    const path =
      schema === 'meta' ? metaPath(name, 'arrow') : eventPath({ schema, name }, 0, 'arrow')
    const inArrow = arrowTable(join(ipc, path))
    const inParquet = await tableOf(exported.database, schema, name)
    for (const [what, got] of [
      ['Arrow', inArrow],
      ['Parquet', inParquet],
    ] as const) {
      const difference = differenceOf(got, expected)
      if (difference) problems.push(`${schema}.${name} in ${what}: ${difference}`)
    }
  }
  t.same(problems, [])
  await database.close()
  await exported.database.close()
}

function differenceOf(got: Table, expected: Table): string | undefined {
  if (String(got.columns) !== String(expected.columns))
    return `columns ${got.columns}, not ${expected.columns}`
  if (got.rows.length !== expected.rows.length)
    return `${got.rows.length} rows, not ${expected.rows.length}`
  for (const [i, row] of got.rows.entries()) {
    const [a, b] = [rowText(row), rowText(expected.rows[i]!)]
    if (a !== b) return `row ${i} is ${a}, not ${b}`
  }
  return undefined
}

function rowText(row: Row): string {
  return JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

const pairs: string[] = []
const recordings = someRecordings().filter((path) => everyRecording || path.includes('traces'))
for (const [i, file] of recordings.entries()) {
  const [parquet, ipc] = [join(folder, `${i}.parquet`), join(folder, `${i}.arrow`)]
  pairs.push(parquet, ipc)
  t.test(basename(file), (t) => compare(t, file, parquet, ipc))
}

/** An interpreter with the modules; `.ci/run` makes one. */
const python = process.env.TRACEDUCK_PYTHON ?? 'python3'
const without = spawnSync(python, ['-c', 'import polars, pyarrow']).status !== 0
const skip =
  without && `${python} lacks pyarrow or polars: name one that has them, TRACEDUCK_PYTHON`

t.test('pyarrow, polars and duckdb read both alike', { skip }, async (t) => {
  const script = join(root, 'test/helpers/read-exports.py')
  const done = spawnSync(python, [script, ...pairs], { encoding: 'utf8', maxBuffer: 1 << 26 })
  t.equal(done.status, 0, done.stderr)
  const { problems, results } = JSON.parse(done.stdout) as {
    problems: string[]
    results: { rows: number; events: number }[]
  }
  t.same(problems, [])
  t.equal(results.length, pairs.length / 2)
  t.ok(results.every(({ rows }) => rows > 0))
})
