import t from 'tap'
import type { TableSchema } from '../../../../parser/batch/column-batch.ts'
import { TraceError } from '../../../../parser/error.ts'
import { type DuckDB, openDuckDB } from '../../../../parser/sink/duckdb/database.ts'
import { type LazyObject, registerRelations } from '../../../../parser/sink/duckdb/relations.ts'
import { cpuTime } from '../../../helpers/cpu-time.ts'
import { makeRelation, type TestRelation } from '../../../helpers/make-batch.ts'

const table = (schema: string, name: string): TableSchema => ({
  schema,
  name,
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'comm', type: 'VARCHAR' },
  ],
})
const numbers = (schema: string, name: string, count = 5000, more = {}): TestRelation =>
  makeRelation(table(schema, name), count, (i) => [BigInt(i), `task number ${i % 100}`], more)

async function open(
  relations: readonly TestRelation[],
  objects: readonly LazyObject[] = [],
): Promise<DuckDB> {
  const db = await openDuckDB(':memory:')
  registerRelations(db, relations, objects)
  return db
}

async function value(db: DuckDB, sql: string): Promise<unknown> {
  return (await db.all(sql)).rows[0]?.[0]
}

t.test('a relation touched by a second statement is read into memory, in its order', async (t) => {
  const r = numbers('kmem', 'kmalloc')
  const db = await open([r])
  t.equal(await value(db, 'select sum(ts)::bigint from kmem.kmalloc'), 12497500n)
  t.equal(r.scans.length, 1)
  t.equal(await value(db, 'select count(distinct comm) from kmem.kmalloc'), 100n)
  t.strictSame(r.scans, [[0], [0, 1]], 'all columns the second time')
  t.equal(await value(db, 'select count(*) from kmem.kmalloc where ts <> rowid'), 0n)
  t.equal(await value(db, 'select count(*) from kmem.kmalloc'), 5000n)
  t.equal(r.scans.length, 2, 'and not read again')
  t.equal(r.open, 0)
  await db.close()
})

t.test('views over views count as touching, and see the rows in memory', async (t) => {
  const r = numbers('sched', 'sched_switch')
  const db = await open(
    [r],
    [
      {
        schema: 'main',
        name: 'slices',
        create: () => 'create view slices as from sched.sched_switch',
      },
      {
        schema: 'main',
        name: 'upper_half',
        create: 'create view upper_half as from slices where ts >= 2500',
      },
      { schema: 'main', name: 'twice', create: 'create macro twice(x) as 2 * x' },
    ],
  )
  t.equal(await value(db, 'select count(*) from upper_half'), 2500n)
  t.equal(await value(db, 'select max(twice(ts)) from slices'), 9998n)
  t.equal(await value(db, 'select min(ts) from upper_half'), 2500n)
  t.equal(r.scans.length, 2)
  await db.close()
})

t.test('one statement that scans a relation three times reads it once', async (t) => {
  const r = numbers('sched', 'sched_switch')
  const db = await open([r])
  const sql =
    'select count(*) from sched.sched_switch a join sched.sched_switch b using (ts) join sched.sched_switch c using (ts)'
  t.equal(await value(db, sql), 5000n)
  t.equal(r.scans.length, 1)
  await db.close()
})

t.test('explain and create view read nothing', async (t) => {
  const r = numbers('a', 'b')
  const db = await open([r])
  await db.all('create view v as select x.ts from a.b x, a.b y, a.b z')
  await db.all('explain from v')
  await db.all('describe a.b')
  t.equal(r.scans.length, 0)
  await db.close()
})

t.test(
  'whoever lists tables sees them all; names are found in any case and in quotes',
  async (t) => {
    const db = await open([
      numbers('kmem', 'kmalloc'),
      numbers('odd "name', 'x-y'),
      numbers('a', 'b'),
    ])
    t.equal(await value(db, 'select count(*) from KMEM.KMalloc'), 5000n)
    t.equal(await value(db, 'select count(*) from "odd ""name"."x-y"'), 5000n)
    const names = await db.all(
      "select table_schema || '.' || table_name from information_schema.tables order by 1",
    )
    t.strictSame(names.rows.flat(), ['a.b', 'kmem.kmalloc', 'odd "name.x-y'])
    for (const sql of ['show all tables', 'from duckdb_views() where not internal']) {
      const fresh = await open([numbers('kmem', 'kmalloc'), numbers('a', 'b')])
      t.equal((await fresh.all(sql)).rows.length, 2, sql)
      await fresh.close()
    }
    await db.close()
  },
)

t.test('an unknown name is told apart, with what there is', async (t) => {
  const db = await open([numbers('kmem', 'kmalloc')])
  await t.rejects(db.all('from kmem.kmaloc'), { code: 'ERR_SQL', message: /kmalloc/ })
  const computed = "from query('select count(*) from kmem.' || 'kmal' || 'loc')"
  t.equal(await value(db, computed), 5000n, 'a name that is computed is found as well')
  await db.close()
})

t.test('a word that happens to be a name does not upset the order', async (t) => {
  const create = (name: string, of: string): string =>
    `create or replace view main.${name} as select ts from ${of}; comment on view main.${name} is `
  const db = await open(
    [numbers('kmem', 'kmalloc')],
    [
      { schema: 'main', name: 'first', create: `${create('first', 'kmem.kmalloc')}'see second'` },
      { schema: 'main', name: 'second', create: `${create('second', 'first')}'see first'` },
    ],
  )
  t.equal(await value(db, 'select count(*) from first'), 5000n)
  t.equal(await value(db, 'select count(*) from second'), 5000n)
  await db.close()
})

t.test('a lazy object that cannot be made says why', async (t) => {
  const db = await open(
    [],
    [{ schema: 'main', name: 'broken', create: 'create view broken as from nowhere' }],
  )
  await t.rejects(db.all('from broken'), { code: 'ERR_SQL', message: /nowhere/ })
  t.equal(await value(db, 'select 1 as broken'), 1, 'and harms nobody else')
  await db.close()
})

t.test("a reader's failure keeps its code, also while reading into memory", async (t) => {
  const error = new TraceError('ERR_TRACE_CODEC', 'chunk 7 does not decompress')
  const r = numbers('a', 'b', 50_000, { failAt: 20_000, error })
  const db = await open([r])
  await t.rejects(db.all('select sum(ts) from a.b'), {
    code: 'ERR_TRACE_CODEC',
    message: /chunk 7/,
  })
  await t.rejects(db.all('select sum(ts) from a.b'), { code: 'ERR_TRACE_CODEC' })
  t.equal(
    await value(db, 'select count(*) from (from a.b limit 10)'),
    10n,
    'the view is still there',
  )
  t.equal(r.open, 0)
  const bug = numbers('a', 'c', 10, { failAt: 0, error: new RangeError('a bug') })
  const other = await open([bug])
  const thrown = await other.all('from a.c').catch((e: unknown) => e)
  t.ok(thrown instanceof RangeError, 'a bug stays a bug')
  await db.close()
  await other.close()
})

t.test('readers are closed when a query wants no more', async (t) => {
  const r = numbers('a', 'b', 200_000)
  const db = await open([r])
  t.equal((await db.all('from a.b limit 3')).rows.length, 3)
  t.equal(r.open, 0)
  const other = numbers('a', 'b', 200_000)
  const second = await open([other])
  const stream = await second.query('from a.b')
  for await (const _ of stream.chunks) break
  t.equal(other.open, 0, 'nor when its rows are not read')
  await second.query('from a.b')
  t.equal(await value(second, 'select 42'), 42, 'the next statement closes an open stream')
  await db.close()
  await second.close()
})

t.test('an interrupt stops a scan that runs on this thread', async (t) => {
  const r = numbers('a', 'b', 5_000_000, { batchRows: 100 })
  const db = await open([r, numbers('a', 'c')])
  let signalled = 0
  // Between two statements of the engine's there is nothing to interrupt: as the command does, again.
  const repeated = setInterval(() => process.kill(process.pid, 'SIGINT'), 100)
  const interrupt = (): void => {
    signalled++
    db.interrupt()
  }
  process.on('SIGINT', interrupt)
  await t.rejects(db.all('select sum(ts) from a.b'), { code: 'ERR_INTERRUPTED' })
  t.ok(signalled > 0)
  t.equal(r.open, 0)
  await t.rejects(
    db.all('select sum(ts) from a.b'),
    { code: 'ERR_INTERRUPTED' },
    'while reading into memory',
  )
  clearInterval(repeated)
  process.off('SIGINT', interrupt)
  t.equal(await value(db, 'select count(*) from a.c'), 5000n, 'the connection goes on')
  await db.close()
})

t.test('views declared inside a transaction survive its rollback', async (t) => {
  const db = await open([numbers('a', 'b'), numbers('a', 'c')])
  await db.all('begin')
  t.equal(await value(db, 'select count(*) from a.b'), 5000n)
  t.equal(await value(db, 'select count(*) from a.b'), 5000n)
  await db.all('rollback')
  t.equal(await value(db, 'select count(*) from a.b'), 5000n)
  t.equal(await value(db, 'select max(ts) from a.b'), 4999n)
  await db.close()
})

t.test('eight hundred relations open quickly', async (t) => {
  const relations = Array.from({ length: 800 }, (_, i) => numbers(`s${i % 20}`, `e${i}`, 10))
  const db = await openDuckDB(':memory:')
  const start = cpuTime()
  registerRelations(db, relations)
  t.equal(await value(db, 'select count(*) from s7.e7'), 10n)
  t.ok(cpuTime() - start < 2500, 'a tenth of a second, and slow machines')
  t.equal(await value(db, 'select count(*) from duckdb_views() where not internal'), 800n)
  await db.close()
})
