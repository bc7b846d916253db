import t from 'tap'
import { openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { lossWarnings, Recording } from '../../queries/index.ts'
import { makeDatabase } from './given.ts'

t.test('a warning for each CPU that lost events in the window', async (t) => {
  const database = await makeDatabase({
    tables: {},
    lost: [
      { cpu: 1, from: 3_101_000_000, to: 3_140_999_999, count: 572 },
      { cpu: 2, from: 1_000_000_000, to: 2_000_000_000, count: 1 },
      { cpu: 2, from: 4_000_000_000, to: 5_000_000_000, count: null },
      { cpu: 3, from: null, to: 9_000_000_000, count: null },
      { cpu: 4, from: 8_000_000_000, to: 9_000_000_000, count: 1 },
    ],
  })
  t.teardown(() => database.close())
  t.same(await lossWarnings(database, { from: null, to: null }), [
    'warning: CPU 1 lost 572 events between 3.101 s and 3.140 s; counts are lower bounds',
    'warning: CPU 2 lost at least 1 event in 2 gaps between 1.000 s and 5.000 s; counts are lower bounds',
    'warning: CPU 3 lost events (how many is unknown) between 9.000 s and 9.000 s; counts are lower bounds',
    'warning: CPU 4 lost 1 event between 8.000 s and 9.000 s; counts are lower bounds',
  ])
  const windowed = await lossWarnings(database, { from: 3_120_000_000n, to: 3_130_000_000n })
  t.equal(windowed.length, 1)
  t.match(windowed[0], /^warning: CPU 1 /)
})

t.test('an empty recording, and a database that is none', async (t) => {
  const empty = await makeDatabase({ tables: { 'kmem.kmalloc': { columns: {}, rows: [] } } })
  t.ok((await Recording.of(empty)).isEmpty)
  await empty.close()
  const other = await openDuckDB(':memory:')
  await t.rejects(Recording.of(other), { code: 'ERR_TRACE_OPEN', hint: /traceduck import/ })
  await other.close()
})
