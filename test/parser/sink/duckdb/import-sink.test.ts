import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ColumnBatch, TableSchema } from '../../../../parser/batch/column-batch.ts'
import type { TraceError } from '../../../../parser/error.ts'
import { openDuckDB } from '../../../../parser/sink/duckdb/database.ts'
import {
  createDuckDBSink,
  type DuckDBSink,
  type DuckDBSinkOptions,
} from '../../../../parser/sink/duckdb/import-sink.ts'
import { makeBatch, makeRelation, TestPool, type Value } from '../../../helpers/make-batch.ts'

const kmalloc: TableSchema = {
  schema: 'kmem',
  name: 'kmalloc',
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'comm', type: 'VARCHAR' },
    { name: 'stack', type: 'UBIGINT[]' },
    { name: 'flag', type: 'BOOLEAN' },
  ],
}
const PERIOD = 3300
const ROWS = 60 * PERIOD
const OTHER = ROWS / 10
const row = (i: number): Value[] => [
  BigInt(i),
  i % 11 === 0 ? null : `task ${i % 50} with a long name`,
  i % 5 === 0
    ? null
    : Array.from({ length: i % 4 }, (_, k) => 0xffff_ffff_8000_0000n + BigInt((i % PERIOD) + k)),
  i % 3 === 0,
]

async function ask(path: string, sql: string): Promise<unknown[]> {
  const db = await openDuckDB(path, { readOnly: true })
  const { rows } = await db.all(sql)
  await db.close()
  return rows.map((cells) => (cells.length === 1 ? cells[0] : cells))
}

/** Rows repeat after PERIOD but for `ts`, so that batches are cheap to make. */
async function fill(sink: DuckDBSink, table: TableSchema, from: number, to: number): Promise<void> {
  const pool = new TestPool()
  const rows = Array.from({ length: PERIOD }, (_, i) => row(i))
  const halves = [rows.slice(0, PERIOD / 2), rows.slice(PERIOD / 2)]
  const batches = halves.map((half) => makeBatch(table, half, pool))
  for (let at = from; at < to; at += PERIOD / 2) {
    const batch = batches[(at / (PERIOD / 2)) % 2] as ColumnBatch
    const ts = batch.columns[0]?.values as BigInt64Array
    for (let i = 0; i < batch.rows; i++) ts[i] = BigInt(at + i)
    await sink.write(batch)
  }
}

async function checkAllRows(t: Test, options: DuckDBSinkOptions): Promise<void> {
  const dir = t.testdir()
  const path = join(dir, 'out.duckdb')
  const sink = await createDuckDBSink(path, options)
  const other: TableSchema = { ...kmalloc, name: 'kfree"; drop' }
  // An insert of whole row groups that cuts a batch in two, and a last one.
  for (let at = 0; at < ROWS; at += 10 * PERIOD) {
    await fill(sink, kmalloc, at, at + 10 * PERIOD)
    await fill(sink, other, at / 10, at / 10 + PERIOD)
  }
  await sink.declare([kmalloc, { ...kmalloc, name: 'silent' }])
  t.notOk(existsSync(path), 'not there before it is complete')
  await sink.close()
  t.strictSame(readdirSync(dir), ['out.duckdb'])
  t.strictSame(
    await ask(
      path,
      `select count(*), count(*) filter (ts <> rowid), sum(ts)::bigint, count(comm),
      sum(len(stack))::bigint, sum(stack[1])::varchar, count_if(flag) from kmem.kmalloc`,
    ),
    [expected(ROWS)],
  )
  t.strictSame(await ask(path, 'select count(*), sum(ts)::bigint from kmem."kfree""; drop"'), [
    [BigInt(OTHER), BigInt((OTHER * (OTHER - 1)) / 2)],
  ])
  t.strictSame(await ask(path, 'select count(*) from kmem.silent'), [0n])
  t.strictSame(
    await ask(
      path,
      `select count(*) from kmem.kmalloc where comm is distinct from
      (case when ts % 11 = 0 then null else 'task ' || (ts % 50) || ' with a long name' end)`,
    ),
    [0n],
  )
}

t.test('writes every row of every table, in order, and nothing beside the file', async (t) => {
  await checkAllRows(t, {})
})

t.test('closes and opens the file while rows come, which changes nothing', async (t) => {
  await checkAllRows(t, { rowsBetweenOpenings: 2 * PERIOD })
})

function expected(count: number): unknown[] {
  const rows = Array.from({ length: count }, (_, i) => row(i))
  const lists = rows.map((r) => (r[2] ?? []) as bigint[])
  return [
    BigInt(count),
    0n,
    BigInt((count * (count - 1)) / 2),
    BigInt(rows.filter((r) => r[1] !== null).length),
    BigInt(lists.reduce((n, list) => n + list.length, 0)),
    String(lists.reduce((sum, list) => sum + (list[0] ?? 0n), 0n)),
    BigInt(rows.filter((r) => r[3]).length),
  ]
}

t.test('keeps what comes from different pools apart', async (t) => {
  const path = join(t.testdir(), 'out.duckdb')
  const sink = await createDuckDBSink(path)
  const text = (name: string) => ({
    schema: 'meta',
    name,
    columns: [{ name: 'v', type: 'VARCHAR' as const }],
  })
  await sink.insertRelation(makeRelation(text('a'), 3, (i) => [`first pool, string ${i}`]))
  await sink.insertRelation(makeRelation(text('b'), 3, (i) => [`second pool, number ${i}`]))
  await sink.execute('create view pair as select v from meta.a union all select v from meta.b')
  await sink.close()
  const want = [0, 1, 2].map((i) => `first pool, string ${i}`)
  t.strictSame(await ask(path, 'from pair'), [
    ...want,
    ...[0, 1, 2].map((i) => `second pool, number ${i}`),
  ])
})

t.test('views and other tables are made while the last rows are on their way', async (t) => {
  const path = join(t.testdir(), 'out.duckdb')
  const sink = await createDuckDBSink(path)
  await fill(sink, kmalloc, 0, 2 * PERIOD)
  sink.settle()
  await sink.execute('create view flags as select flag from kmem.kmalloc')
  await fill(sink, { ...kmalloc, name: 'kfree' }, 0, PERIOD)
  await sink.close()
  const counts = 'select (select count(*) from flags), (select count(*) from kmem.kfree)'
  t.strictSame(await ask(path, counts), [[BigInt(2 * PERIOD), BigInt(PERIOD)]])
})

t.test('two layouts of one table fill the columns they have', async (t) => {
  const path = join(t.testdir(), 'out.duckdb')
  const sink = await createDuckDBSink(path)
  const narrow: TableSchema = { ...kmalloc, columns: [kmalloc.columns[1]!, kmalloc.columns[0]!] }
  await sink.write(makeBatch(kmalloc, [row(1)]))
  await sink.write(makeBatch(narrow, [['narrow', 2n]]))
  await sink.close()
  t.strictSame(await ask(path, 'select ts, comm, flag from kmem.kmalloc order by ts'), [
    [1n, 'task 1 with a long name', false],
    [2n, 'narrow', null],
  ])
})

t.test('an existing file is kept unless told otherwise', async (t) => {
  const path = join(t.testdir({ 'out.duckdb': 'precious' }), 'out.duckdb')
  await t.rejects(createDuckDBSink(path), { code: 'ERR_OUTPUT_EXISTS' })
  const sink = await createDuckDBSink(path, { force: true })
  await sink.write(makeBatch(kmalloc, [row(7)]))
  await sink.close()
  t.strictSame(await ask(path, 'select ts from kmem.kmalloc'), [7n])
})

t.test('abort leaves nothing, and works after a failure and twice', async (t) => {
  const dir = t.testdir()
  const sink = await createDuckDBSink(join(dir, 'out.duckdb'))
  await fill(sink, kmalloc, 0, 100 * PERIOD)
  await sink.abort()
  await sink.abort()
  t.strictSame(readdirSync(dir), [])
})

t.test('a batch that contradicts itself is refused', async (t) => {
  const dir = t.testdir()
  const sink = await createDuckDBSink(join(dir, 'out.duckdb'))
  const batch = makeBatch(kmalloc, [row(1), row(2)])
  const short = { ...batch, rows: 9 }
  await t.rejects(async () => sink.write(short), { code: 'ERR_SINK_WRITE' })
  const wrongId = {
    ...batch,
    columns: batch.columns.map((c, i) => (i === 1 ? { ...c, values: Uint32Array.of(5, 99) } : c)),
  }
  await sink.write(wrongId)
  await t.rejects(sink.close(), { code: 'ERR_SINK_WRITE' })
  t.strictSame(readdirSync(dir), [])
})

t.test('a directory that is not there', async (t) => {
  const path = join(t.testdir(), 'no', 'out.duckdb')
  await t.rejects(createDuckDBSink(path), { code: 'ERR_SINK_WRITE' })
})

t.test('a signal removes the unfinished file', async (t) => {
  const dir = t.testdir()
  const script = join(dir, 'run.mjs')
  const sink = new URL('../../../../parser/sink/duckdb/import-sink.js', import.meta.url)
  writeFileSync(
    script,
    `import { createDuckDBSink } from ${JSON.stringify(sink.href)}
    await createDuckDBSink(${JSON.stringify(join(dir, 'out.duckdb'))})
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => {}, 10_000)`,
  )
  const { spawnSync } = await import('node:child_process')
  // A test runner's own preload would catch the signal.
  const { signal } = spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, script])
  t.equal(signal, 'SIGTERM')
  t.strictSame(readdirSync(dir), ['run.mjs'])
})

t.test('names SQL cannot hold are an error of the schema', async (t) => {
  const sink = await createDuckDBSink(join(t.testdir(), 'out.duckdb'))
  const twice: TableSchema = {
    ...kmalloc,
    columns: [kmalloc.columns[0]!, { name: 'TS', type: 'BIGINT' }],
  }
  const error = await sink.declare([twice]).catch((e: TraceError) => e)
  t.match(error, { code: 'ERR_SINK_SCHEMA' })
  await sink.abort()
})
