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
  [`ip_text(unhex('7F000001'))`, '127.0.0.1'],
  [`ip_text(unhex('FFFE000A'))`, '255.254.0.10'],
  [`ip_text(unhex('00000000000000000000FFFF7F00000A'))`, '127.0.0.10'],
  [`ip_text(unhex('00000000000000000000000000000001'))`, '::1'],
  [`ip_text(unhex('20010DB8000000000001000000000001'))`, '2001:db8::1:0:0:1'],
  [`ip_text(unhex('FE800000000000010000000000000012'))`, 'fe80:0:0:1::12'],
  [`ip_text(unhex('00100000000000000000000000000000'))`, '10::'],
  [`ip_text(unhex('00000000000000000000000000000000'))`, '::'],
  [`ip_text(unhex('20010DB8000100020003000400050006'))`, '2001:db8:1:2:3:4:5:6'],
  [`ip_text(unhex('20010DB8000100020003000400000006'))`, '2001:db8:1:2:3:4:0:6'],
  [`ip_text(unhex('7F00'))`, null],
  [`ip_text(null::blob)`, null],
  [`sockaddr_text(unhex('02001F907F0000010000000000000000'))`, '127.0.0.1:8080'],
  [`sockaddr_text(unhex('00021F907F000001'))`, '127.0.0.1:8080'],
  [`sockaddr_text(unhex('0A00000900000000' || repeat('0', 31) || '1' || '00000000'))`, '[::1]:9'],
  [
    `sockaddr_text(unhex('000A0009000000000000000000000000' || '0000FFFF7F00000100000000'))`,
    '127.0.0.1:9',
  ],
  [`sockaddr_text(unhex('0100' || hex('/run/x') || '0000'))`, '/run/x'],
  [`sockaddr_text(unhex('010000' || hex('abstract')))`, '@abstract'],
  [`sockaddr_text(unhex('0100FF'))`, null],
  [`sockaddr_text(unhex('0010'))`, 'family 16'],
  [`sockaddr_text(unhex('1000'))`, 'family 16'],
  [`sockaddr_text(unhex('02001F90'))`, null],
  [`sockaddr_text(''::blob)`, null],
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
    const time = await db.all('select report_time(min(ts)) from events')
    t.equal(time.rows[0]?.[0], '11:23:49.234092', 'the same as a time of day')
  }
  await imported.close()
  await database.close()
  trace.close()
})

t.test('names of values are those of the print format', async (t) => {
  const objects = readMacros
  const path = fixture('traces', 's390x-7.2-net.dat')
  const { database, trace } = await openTraceDatabase(path, { objects })
  const out = join(t.testdir(), 'x.duckdb')
  await importTraces([path], { out, objects })
  const imported = await openDuckDB(out, { readOnly: true })
  const sql = `select string_agg(flags_text('skb', 'kfree_skb', 'reason', reason), ' ' order by ts),
    flags_text('skb', 'kfree_skb', 'reason', 77777), flags_text('skb', 'kfree_skb', 'reason', -1),
    flags_text('skb', 'kfree_skb', 'reason', null), flags_text('skb', 'kfree_skb', 'nothing', 1)
    from skb.kfree_skb`
  // The same two reasons are in trace-cmd's own report of the file.
  const expected = ['QUEUE_PURGE NO_SOCKET', '0x12fd1', '0xffffffffffffffff', null, null]
  for (const db of [database, imported]) t.same((await db.all(sql)).rows, [expected])
  await imported.close()
  await database.close()
  trace.close()
})

t.test('flags are taken off one after the other, as the kernel prints them', async (t) => {
  const database = await openDuckDB(':memory:')
  for (const { create } of readMacros().filter(({ name }) => name === 'flags_text')) {
    await database.execute(`create schema meta; create table meta.print_values (source usmallint,
      system varchar, event varchar, field varchar, kind varchar, shift utinyint, mask ubigint,
      delimiter varchar, position usmallint, value ubigint, name varchar);
      insert into meta.print_values values
        (0, 's', 'e', 'f', 'flags', 0, 18446744073709551615, '|', 0, 6, 'BOTH'),
        (0, 's', 'e', 'f', 'flags', 0, 18446744073709551615, '|', 1, 2, 'TWO'),
        (0, 's', 'e', 'f', 'flags', 0, 18446744073709551615, '|', 2, 4, 'FOUR'),
        (0, 's', 'e', 'f', 'flags', 0, 18446744073709551615, '|', 3, 9223372036854775808, 'TOP'),
        (0, 's', 'e', 'g', 'symbolic', 4, 15, '', 0, 2, 'two')`)
    await database.execute(create)
  }
  const cases: readonly [field: string, value: string, text: string][] = [
    ['f', '6', 'BOTH'],
    ['f', '7', 'BOTH|0x1'],
    ['f', '4', 'FOUR'],
    ['f', '0', ''],
    ['f', '64', '0x40'],
    ['f', '9223372036854775810::ubigint', 'TWO|TOP'],
    ['f', '-9223372036854775808', 'TOP'],
    ['g', '45', 'two'],
    ['g', '69', '0x45'],
  ]
  for (const [field, value, text] of cases) {
    const sql = `select flags_text('s', 'e', '${field}', v) from (select ${value} as v)`
    t.equal((await database.all(sql)).rows[0]?.[0], text, `${field} ${value}`)
  }
  await database.close()
})

t.test('no wall clock, no wall time', async (t) => {
  const { database, trace } = await openTraceDatabase(fixture('reports', 'icmp-ping-default.dat'), {
    objects: readMacros,
  })
  t.equal((await database.all('select wall(1)')).rows[0]?.[0], null)
  const times = `select report_time(first_ts), report_time(first_ts + 12345678901), report_time(null)
    from meta.sources`
  t.same((await database.all(times)).rows, [['0.000000', '12.345679', null]], 'seconds instead')
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
