import t from 'tap'
import { SqlSession } from '../../../cli/sql/session.ts'
import { TraceError } from '../../../parser/error.ts'
import { openDuckDB } from '../../../parser/sink/duckdb/database.ts'

const database = await openDuckDB(':memory:')
t.teardown(() => database.close())
await database.execute(`
  create schema kmem; create table kmem.kmalloc (ts bigint, ptr ubigint);
  create schema sched; create view sched.quiet as select 1 as ts;
  create table plain (a integer)`)

/** Feeds lines to a new session; what goes to stdout comes back. */
async function talk(lines: readonly string[]): Promise<{ out: string; went: boolean }> {
  const session = new SqlSession(database, { format: 'csv' })
  const write = process.stdout.write
  let out = ''
  process.stdout.write = ((text: string) => {
    out += text
    return true
  }) as typeof write
  let went = true
  try {
    for (const line of lines) went = await session.takeLine(line)
  } finally {
    process.stdout.write = write
  }
  return { out, went }
}

t.test('statements over several lines, several on a line', async (t) => {
  t.same(
    (await talk(['select 1 as a', ', 2 as b;', "select ';' as c; select 3 as d;"])).out,
    'a,b\n1,2\nc\n;\nd\n3\n',
  )
})

t.test('an unfinished statement is remembered until it is cleared', async (t) => {
  const session = new SqlSession(database, { format: 'csv' })
  await session.takeLine('select 1')
  t.ok(session.inStatement)
  session.clear()
  t.notOk(session.inStatement)
  await session.takeLine('-- only a comment')
  t.notOk(session.inStatement)
})

t.test('dot commands', async (t) => {
  t.same((await talk(['.tables'])).out, 'kmem.kmalloc\nplain\nsched.quiet\n')
  t.same((await talk(['.tables kmem.*'])).out, 'kmem.kmalloc\n')
  t.same((await talk(['.tables qui'])).out, 'sched.quiet\n')
  t.same((await talk(['.schema kmem.kmalloc'])).out, 'kmem.kmalloc\n  ts BIGINT\n  ptr UBIGINT\n')
  t.same((await talk(['.schema plain'])).out, 'plain\n  a INTEGER\n')
  t.same((await talk(['.mode ndjson', 'select 1 as a;'])).out, '{"a":1}\n')
  t.match((await talk(['.help'])).out, /\.tables \[PATTERN\]/)
  t.equal((await talk(['.quit'])).went, false)
  t.equal((await talk(['.timer on', '.timer off'])).went, true)
})

t.test('what is wrong has a code', async (t) => {
  for (const line of ['.nonsense', '.mode xml', '.timer perhaps']) {
    await t.rejects(talk([line]), { code: 'ERR_USAGE' }, line)
  }
  await t.rejects(talk(['select', 'nothing;']), {
    code: 'ERR_SQL',
    message: /^line \d+: Binder Error/,
  })
  t.throws(() => new SqlSession(database, { output: 'x.csv' }), TraceError)
  t.throws(() => new SqlSession(database, { format: 'parquet' }), TraceError)
})
