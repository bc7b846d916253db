// A program with a known ledger of allocations, recorded with user probes: what valgrind says of it.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'
import { answer, select } from '../../queries/given.ts'

interface Ledger {
  readonly expect: {
    readonly unfreed: readonly { count: number; size: number; by: string }[]
    readonly unfreed_blocks: number
    readonly unfreed_bytes: number
    readonly unknown: readonly { call: string; size: number }[]
    readonly calls: Readonly<Record<string, number>>
    readonly free_of_null: number
    readonly valgrind: { readonly definitely_lost_bytes: number; readonly blocks: number }
  }
}

const { expect } = JSON.parse(
  readFileSync(fixture('reports', 'heap-ledger.json'), 'utf8'),
) as Ledger
const { database, trace } = await openTraceDatabase(fixture('reports', 'heap-ledger.dat'), {
  objects: analysisObjects,
})
t.teardown(async () => {
  await database.close()
  trace.close()
})

t.test('calls of every function, none inside another', async (t) => {
  const calls = await select(database, 'select call, count(*) as n from heap_calls group by all')
  t.same(Object.fromEntries(calls.map(({ call, n }) => [call, n])), expect.calls)
  t.same(await select(database, 'from heap_calls where nested'), [])
})

t.test('blocks that were not freed', async (t) => {
  const live = await select(
    database,
    `select count(*) as count, size, call from user_allocs where state = 'live' group by all order by min(ts)`,
  )
  const order = (rows: readonly { count?: unknown; size?: unknown; call?: unknown }[]): string[] =>
    rows.map(({ count, size, call }) => `${count} × ${size} by ${call}`).sort()
  t.same(
    order(live),
    order(expect.unfreed.map(({ by, ...row }) => ({ ...row, call: by.split(' ')[0] }))),
  )
  const lost = await select(
    database,
    `select call, size::bigint as size from user_allocs where state = 'no_result'`,
  )
  t.same(
    lost,
    expect.unknown.map(({ call, size }) => ({ call, size })),
  )
})

t.test('every free has its block', async (t) => {
  t.same(await select(database, 'select distinct state from user_frees'), [{ state: 'matched' }])
  t.same(
    await select(database, 'select ts, alloc_ts from user_frees order by ts'),
    await select(
      database,
      `select freed_ts as ts, ts as alloc_ts from user_allocs where state = 'freed' order by ts`,
    ),
  )
})

t.test('malloc-leaks', async (t) => {
  const rows = await answer(database, 'malloc-leaks')
  const total = rows.pop()!
  t.equal(total.blocks, expect.unfreed_blocks)
  t.equal(total.bytes, expect.unfreed_bytes)
  t.equal(
    rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    expect.unfreed_bytes,
  )
  const [unknown] = expect.unknown
  t.equal(Number(total.blocks) + 1, expect.valgrind.blocks)
  t.equal(Number(total.bytes) + unknown!.size, expect.valgrind.definitely_lost_bytes)
  t.match(total.note, ` free_null=${expect.free_of_null};`)
  t.match(total.note, `1 ${unknown!.call} (${unknown!.size} B) without a recorded result`)
  t.same(new Set(rows.map(({ note, verdict }) => `${note} ${verdict}`)).size, 1)
  t.match(rows[0], { verdict: null, note: 'no markers: no verdict' })
})

t.test('malloc-sizes and user-call-count', async (t) => {
  const { free, ...allocating } = expect.calls
  const total = Object.values(allocating).reduce((sum, n) => sum + n, 0)
  for (const params of [[], ['exact=true'], ['by=call']]) {
    const rows = await answer(database, 'malloc-sizes', params)
    t.equal(
      rows.reduce((sum, { count }) => sum + Number(count), 0),
      total,
      params.join(),
    )
  }
  const counts = await answer(database, 'user-call-count')
  t.same(Object.fromEntries(counts.map((row) => [row.function, row.calls])), {
    ...allocating,
    free,
  })
  t.same(
    (await answer(database, 'user-call-count', ['caller_lib=libnone.so'])).map(
      ({ calls }) => calls,
    ),
    counts.map(() => 0),
  )
})

t.test('user-calls shows values as the definition does', async (t) => {
  const rows = await answer(database, 'user-calls', ['probe=realloc'])
  t.equal(rows.length, expect.calls.realloc)
  for (const { call } of rows) t.match(call, /^realloc\(ptr=0x[0-9a-f]+, size=\d+\) = 0x[0-9a-f]+$/)
})
