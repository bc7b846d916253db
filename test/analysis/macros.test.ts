import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readMacros } from '../../analysis/index.ts'
import { importTraces } from '../../parser/import.ts'
import { openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { fixture, root } from '../helpers/paths.ts'

const CASES: readonly [sql: string, value: string | null][] = [
  [`errno_name(-2)`, 'ENOENT'],
  [`errno_name(-11::bigint)`, 'EAGAIN'],
  [`errno_name(-512)`, 'ERESTARTSYS'],
  [`errno_name(0)`, null],
  [`errno_name(7)`, null],
  [`errno_name(-4096)`, null],
  [`errno_name(-4000)`, null],
  [`errno_name(null::bigint)`, null],
  [`dev_name(8388608)`, '8:0'],
  [`bucket_low(0)::varchar || '-' || bucket_high(0)`, '0-1'],
  [`bucket_low(1)::varchar || '-' || bucket_high(1)`, '0-1'],
  [`bucket_low(2)::varchar || '-' || bucket_high(3::ubigint)`, '2-3'],
  [`bucket_low(1024)::varchar || '-' || bucket_high(1024)`, '1024-2047'],
  [`bucket_low(18446744073709551615::ubigint)::varchar`, '9223372036854775808'],
  [`bucket_high(18446744073709551615::ubigint)::varchar`, '18446744073709551615'],
  [`typeof(bucket_low(5)) || typeof(bucket_high(5))`, 'UBIGINTUBIGINT'],
  [`bucket_low(-1)::varchar`, null],
  [`bucket_high(null::bigint)::varchar`, null],
  [`dev_name(266338304::uinteger)`, '254:0'],
]

t.test('macros give the same over a trace and over its import', async (t) => {
  const objects = readMacros
  const dated = fixture('traces', 'amd64-6.12-date-v6.dat')
  const out = join(t.testdir(), 'x.duckdb')
  await importTraces([dated], { out, objects })
  const imported = await openDuckDB(out, { readOnly: true })
  const { database, trace } = await openTraceDatabase(dated, { objects })
  for (const db of [database, imported]) {
    for (const [sql, value] of CASES)
      t.equal((await db.all(`select ${sql}`)).rows[0]?.[0] ?? null, value, sql)
    // trace-cmd's own report of the file begins at this microsecond.
    const wall = await db.all('select epoch_us(wall(min(ts)))::varchar from events')
    t.equal(wall.rows[0]?.[0], '1709810629234092')
  }
  await imported.close()
  await database.close()
  trace.close()
})

t.test('no wall clock, no wall time', async (t) => {
  const { database, trace } = await openTraceDatabase(fixture('reports', 'icmp-ping-default.dat'), {
    objects: readMacros,
  })
  t.equal((await database.all('select wall(1)')).rows[0]?.[0], null)
  await database.close()
  trace.close()
})

t.test('every macro is in docs/schema.md', async (t) => {
  const page = readFileSync(join(root, 'docs/schema.md'), 'utf8')
  for (const { signature, summary, source } of readMacros()) {
    t.match(page, `\`${signature}\``)
    t.ok(summary.endsWith('.') && source !== '')
  }
})
