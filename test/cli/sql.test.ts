import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import t, { type Test } from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(280_000)

const trace = fixture('reports', 'icmp-ping-default.dat')
const BIGGEST = `select 1 as n, 18446744073709551615::ubigint as u, (-170141183460469231731687303715884105727)::hugeint as h,
  'a,"b"' as s, null as z, '' as e, 0.1::double as d, 12.50::decimal(9,2) as m, [1, null] as l, {'k': 'v w'} as r,
  '\\x00\\xFF'::blob as b, timestamp_ns '2024-01-01 00:00:00.000000001' as t, true as y`

/** Runs SQL on the fixture; it must succeed. */
function ask(t: Test, sql: string, ...more: string[]): string {
  const { status, out, err } = traceduck(['sql', trace, sql, ...more])
  t.equal(status, 0, err)
  t.equal(err, `answering from ${trace}\n`)
  return out
}

t.test('a trace.dat answers', async (t) => {
  t.equal(
    ask(t, 'select system, event, count(*) as n from events group by all order by n desc limit 2'),
    'system,event,n\nkmem,kmem_cache_alloc,326\nkmem,kmem_cache_free,325\n',
  )
  t.equal(ask(t, 'select count(*) as n from kmem.kmalloc'), 'n\n17\n')
  t.equal(ask(t, 'select sum(rows) as n from meta.events', '--format', 'ndjson'), '{"n":896}\n')
})

t.test('every format holds the value exactly', async (t) => {
  t.equal(
    ask(t, BIGGEST),
    'n,u,h,s,z,e,d,m,l,r,b,t,y\n' +
      '1,18446744073709551615,-170141183460469231731687303715884105727,"a,""b""",,"",0.1,12.50,"[1, NULL]",' +
      "{'k': v w},\\x00\\xFF,2024-01-01 00:00:00.000000001,true\n",
  )
  t.same(JSON.parse(ask(t, BIGGEST, '--format', 'json')), [
    {
      n: 1,
      u: '18446744073709551615',
      h: '-170141183460469231731687303715884105727',
      s: 'a,"b"',
      z: null,
      e: '',
      d: 0.1,
      m: 12.5,
      l: [1, null],
      r: { k: 'v w' },
      b: '\\x00\\xFF',
      t: '2024-01-01 00:00:00.000000001',
      y: true,
    },
  ])
  t.match(ask(t, BIGGEST, '--format', 'markdown'), /\| 1 \| 18446744073709551615 \| -1701/)
  t.match(
    ask(t, BIGGEST, '--format', 'tsv'),
    /\n1\t18446744073709551615\t-1701\d+\t"a,""b"""\t\t""\t/,
  )
  const table = ask(t, BIGGEST, '--format', 'table', '--types')
  t.match(table, /│ 18446744073709551615 │/)
  t.match(table, /│ +ubigint │/)
  t.match(table, /\n1 row\n$/)
})

t.test('Arrow and Parquet', async (t) => {
  const folder = t.testdir({})
  const sql =
    'select *, [ts, null] as l, {a: ts} as s, map {common_comm: ts} as m from kmem.kmem_cache_alloc'
  ask(t, sql, '-o', join(folder, 'a.arrow'))
  ask(t, sql, '-o', join(folder, 'a.parquet'))
  const table = tableFromIPC(readFileSync(join(folder, 'a.arrow')))
  t.equal(table.numRows, 326)
  const facts =
    'count(*) as n, sum(ptr)::varchar as p, min(ts) as a, max(ts) as b, count(distinct name) as c'
  const expected = ask(t, `select ${facts} from kmem.kmem_cache_alloc`)
  t.equal(ask(t, `select ${facts} from '${join(folder, 'a.parquet')}'`), expected)
  const sum = (name: string): bigint => {
    let total = 0n
    for (const value of table.getChild(name)!) total += value as bigint
    return total
  }
  t.equal(String(sum('ptr')), expected.split('\n')[1]!.split(',')[1])
  t.match(String(table.schema), /ptr: Uint64.*l: List<Int64>.*s: Struct<\{a:Int64\}>.*m: Map/)
  const row = table.get(0)!.toJSON()
  t.same([...(row.l as Iterable<unknown>)], [row.ts, null])

  t.equal(
    traceduck(['sql', trace, 'select 1', '--format', 'parquet']).status,
    2,
    'Parquet is no stream',
  )
  const twice = traceduck(['sql', trace, 'select 1; select 2', '-o', join(folder, 'b.parquet')])
  t.equal(twice.status, 2)
  t.notOk(existsSync(join(folder, 'b.parquet')))
})

t.test('an Arrow stream in a pipe', async (t) => {
  const { spawnSync } = await import('node:child_process')
  const { main } = await import('../helpers/cli.ts')
  const sql = 'select ts, common_comm, nullif(ts, ts) as nothing from kmem.kmalloc'
  const done = spawnSync(process.execPath, [main, 'sql', trace, sql, '--format', 'arrow'])
  const table = tableFromIPC(done.stdout)
  t.equal(table.numRows, 17)
  t.equal(table.getChild('common_comm')!.get(0), 'ping')
  t.equal(table.getChild('nothing')!.nullCount, 17)
})

t.test('several statements, from an argument, a file or stdin', async (t) => {
  const sql =
    "create temp table x as select 1 as a; -- one;\ninsert into x values (2);\nselect * from x;\nselect ';' as b"
  const expected = 'a\n1\n2\nb\n;\n'
  t.equal(ask(t, sql), expected)
  const file = join(t.testdir({ 'q.sql': sql }), 'q.sql')
  t.equal(traceduck(['sql', trace, '-f', file]).out, expected)
  t.equal(traceduck(['sql', trace, '-f', '-'], { stdin: sql }).out, expected)
  t.equal(traceduck(['sql', trace], { stdin: sql }).out, expected)
  t.equal(traceduck(['sql', trace, 'select 1', '-f', file]).status, 2)
  t.equal(traceduck(['sql', trace, '-f', join(file, 'no')]).status, 2)
  t.equal(traceduck(['sql', trace], { stdin: '-- nothing\n' }).status, 2)
})

t.test('what is wrong with SQL, and where', async (t) => {
  const cases: [string, RegExp][] = [
    ['selct 1', /^traceduck: line 1: Parser Error: syntax error at or near "selct"\n.+\n$/m],
    ['select 1;\n\nselect nope', /^traceduck: line 3: Binder Error: .*"nope"/m],
    ['from kmem.kmallo', /^traceduck: line 1: Catalog Error: .*kmallo.*\n.*kmalloc.*\n$/m],
    ["select 1\n, 'x'::integer", /^traceduck: line \d: Conversion Error/m],
    ['select $1', /parameter/],
  ]
  for (const [sql, message] of cases) {
    const { status, err } = traceduck(['sql', trace, sql, '--format', 'table'])
    t.ok(status === ERROR_EXIT.ERR_SQL || status === ERROR_EXIT.ERR_QUERY_PARAM, sql)
    t.match(err, message)
    t.ok(err.split('\n').length <= 4, 'two lines beside the one that says who answers')
  }
  const file = join(t.testdir({}), 'x.csv')
  t.equal(traceduck(['sql', trace, 'select 1 as a; selct', '-o', file]).status, ERROR_EXIT.ERR_SQL)
  t.notOk(existsSync(file), 'no file from a failed statement')
})

t.test('a derived relation whose events were not recorded', async (t) => {
  const sched = fixture('traces', 'amd64-6.1-clk-tai.dat')
  const imported = join(t.testdir({}), 'x.duckdb')
  t.equal(traceduck(['import', '-q', sched, '-o', imported]).status, 0)
  for (const file of [sched, imported]) {
    const { status, err } = traceduck(['sql', file, 'select 1; from syscall_spans'])
    t.equal(status, ERROR_EXIT.ERR_NOT_RECORDED)
    t.match(err, /needs syscalls:sys_e.* - not in this recording; record with --preset syscalls\n/)
    t.match(err, /\nsyscall_spans: a system call of a thread/)
  }
  t.equal(traceduck(['sql', sched, 'from syscall_spam']).status, ERROR_EXIT.ERR_SQL)
})

t.test('files that are no trace', async (t) => {
  const folder = t.testdir({ 'text.dat': 'hello', 'empty.dat': '' })
  for (const [path, code] of [
    [join(folder, 'no.dat'), 'ERR_TRACE_OPEN'],
    [folder, 'ERR_TRACE_OPEN'],
    [join(folder, 'text.dat'), 'ERR_TRACE_BAD_MAGIC'],
    [join(folder, 'empty.dat'), 'ERR_TRACE_BAD_MAGIC'],
  ] as const) {
    const { status, err } = traceduck(['sql', path, 'select 1'])
    t.equal(status, ERROR_EXIT[code], err)
    t.equal(err.split('\n').length, 3)
  }
})

t.test('a long result costs no memory', async (t) => {
  const { spawnSync } = await import('node:child_process')
  const { main } = await import('../helpers/cli.ts')
  const sql = "select i, 'a string longer than twelve bytes ' || i as s from range(1000000) t(i)"
  for (const format of ['csv', 'json', 'table']) {
    const done = spawnSync(
      'bash',
      [
        '-c',
        `'${process.execPath}' --max-old-space-size=64 '${main}' sql '${trace}' "${sql}" --format ${format} | tail -n 2`,
      ],
      { encoding: 'utf8' },
    )
    t.match(
      done.stdout,
      format === 'table' ? /^.*\n1000000 rows \(40 shown\)\n$/ : /999999/,
      format,
    )
  }
})
