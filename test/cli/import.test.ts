import { copyFileSync, existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'
import { withoutSymbols } from '../helpers/without-symbols.ts'

t.setTimeout(280_000)

const source = withoutSymbols(fixture('reports', 'icmp-ping-default.dat'))

/** A copy of the fixture in a folder of its own. */
function copyTrace(t: Test): string {
  const path = join(t.testdir({}), 'trace.dat')
  copyFileSync(source, path)
  return path
}

t.test('a database beside the trace answers while it is up to date', async (t) => {
  const trace = copyTrace(t)
  const database = trace.replace(/dat$/, 'duckdb')
  const direct = traceduck(['sql', trace, 'select * from events order by ts, cpu'])
  t.equal(direct.err, `answering from ${trace}\n`)

  const imported = traceduck(['import', trace])
  t.equal(imported.status, 0)
  t.equal(imported.out, '')
  t.match(imported.err, /trace\.duckdb: 896 events in \d+ tables, \d+\.\d s\n$/)

  const again = traceduck(['sql', trace, 'select * from events order by ts, cpu'])
  t.equal(again.err, `answering from ${database}\n`)
  t.equal(again.out, direct.out)
  t.equal(traceduck(['sql', database, 'select count(*) as n from events']).out, 'n\n896\n')

  utimesSync(trace, 1, 1)
  const stale = traceduck(['sql', trace, 'select 1 as a'])
  t.equal(stale.err, `answering from ${trace}: ${database} is older than the trace\n`)
  writeFileSync(database, 'damaged')
  t.match(traceduck(['sql', trace, 'select 1 as a']), { status: 0, err: /cannot be read\n$/ })
})

t.test('nothing is overwritten, and nothing half made stays', async (t) => {
  const trace = copyTrace(t)
  const out = join(trace, '../x.duckdb')
  t.equal(traceduck(['import', trace, '-o', out, '-q']).err, '')
  const refused = traceduck(['import', trace, '-o', out])
  t.equal(refused.status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.match(refused.err, /x\.duckdb exists\n.*--force\n$/)
  t.equal(traceduck(['import', trace, '-o', out, '--force', '-q']).status, 0)
  const bad = join(trace, '../bad.dat')
  writeFileSync(bad, 'no trace')
  t.equal(traceduck(['import', bad]).status, 3)
  t.same(readdirSync(join(trace, '..')).sort(), ['bad.dat', 'trace.dat', 'x.duckdb'])
})

t.test('a selection', async (t) => {
  const trace = copyTrace(t)
  const count = async (...options: string[]): Promise<string> => {
    const out = join(trace, '../part.duckdb')
    const { status, err } = traceduck(['import', trace, '-q', '--force', '-o', out, ...options])
    t.equal(status, 0, err)
    const database = await openDuckDB(out, { readOnly: true })
    const { rows } = await database.all('select count(*), count(distinct event) from events')
    await database.close()
    return rows.join()
  }
  t.equal(await count('-e', 'kmem:kmalloc'), '17,1')
  t.equal(await count('-e', 'kmem:kmalloc', '-e', 'sched'), '19,3')
  t.equal(await count('-e', 'kmem:kmem_*'), '651,2')
  t.equal(await count('--cpu', '0'), '0,0')
  t.equal(
    await count('--cpu', '0-1'),
    traceduck(['sql', trace, 'select count(*) as n, count(distinct event) from events']).out.split(
      '\n',
    )[1],
  )
  t.equal(
    await count(
      '-e',
      'kmem:kmem_cache_alloc',
      '--from',
      '4682.001793418',
      '--to',
      '4682001864070ns',
    ),
    '5,1',
  )
  t.match(
    traceduck(['sql', trace, 'select 1']).err,
    /answering from .*trace\.dat/,
    'a selection stands for nothing',
  )
})

t.test('several traces need a name', async (t) => {
  const trace = copyTrace(t)
  t.equal(traceduck(['import', trace, trace]).status, 2)
  const out = join(trace, '../both.duckdb')
  t.equal(traceduck(['import', trace, source, '-o', out, '-q']).status, 0)
  t.equal(
    traceduck([
      'sql',
      out,
      'select common_source, count(*) from kmem.kmalloc group by all order by all',
    ]).out,
    'common_source,count_star()\n0,17\n1,17\n',
  )
})

t.test('what was salvaged is said; --strict refuses', async (t) => {
  const cut = fixture('corrupt', 'cut-in-last-page-v6.dat')
  const out = join(t.testdir({}), 'cut.duckdb')
  const strict = traceduck(['import', cut, '-o', out, '--strict'])
  t.equal(strict.status, ERROR_EXIT.ERR_TRACE_TRUNCATED)
  t.match(strict.err, /\nleave out --strict/)
  t.notOk(existsSync(out))
  const salvaged = traceduck(['import', cut, '-o', out])
  t.equal(salvaged.status, 0)
  t.match(salvaged.err, /^warning: ERR_TRACE_TRUNCATED: \d+ \(CPU 3: \d+\): /)
  t.match(
    traceduck(['sql', out, 'select 1 as a']).err,
    /^warning: ERR_TRACE_TRUNCATED: \d+ \(CPU 3: \d+\): /,
  )
})
