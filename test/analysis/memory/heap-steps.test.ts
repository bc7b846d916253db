// Corner cases of a program's heap, by events made by hand.
import t from 'tap'
import { answer, type GivenTable, makeDatabase, select } from '../../queries/given.ts'

type Rows = GivenTable['rows']
const IP = 0x7f0000001000
const entry = (columns: Record<string, string>, rows: Rows): GivenTable => ({
  columns: { __probe_ip: 'ubigint', ...columns, caller: 'ubigint' },
  rows: rows.map((row) => ({ __probe_ip: IP, caller: 0x1000, ...row })),
})
const result = (rows: Rows): GivenTable => ({
  columns: { __probe_func: 'ubigint', __probe_ret_ip: 'ubigint', ptr: 'ubigint' },
  rows: rows.map((row) => ({ __probe_func: IP, __probe_ret_ip: 0x1000, ...row })),
})
const SIZE = { size: 'ubigint' }
const PTR = { ptr: 'ubigint' }
const states = (table: string): string =>
  `select ts, call, ptr, state from ${table} order by ts, call, ptr`

t.test('what a realloc and a calloc do inside is theirs', async (t) => {
  const database = await makeDatabase({
    tables: {
      'td.realloc': entry({ ...PTR, ...SIZE }, [
        { ts: 10, ptr: 0, size: 8 },
        { ts: 30, ptr: 0xa0, size: 100 },
        { ts: 50, ptr: 0xb0, size: 1 << 30 },
        { ts: 70, ptr: 0xb0, size: 0 },
      ]),
      'td.realloc_ret': result([
        { ts: 19, ptr: 0xa0 },
        { ts: 39, ptr: 0xb0 },
        { ts: 59, ptr: 0 },
        { ts: 79, ptr: 0 },
      ]),
      'td.malloc': entry(SIZE, [
        { ts: 11, size: 8 },
        { ts: 31, size: 100 },
      ]),
      'td.malloc_ret': result([
        { ts: 12, ptr: 0xa0 },
        { ts: 32, ptr: 0xb0 },
      ]),
      'td.free': entry(PTR, [
        { ts: 33, ptr: 0xa0 },
        { ts: 71, ptr: 0xb0 },
        { ts: 90, ptr: 0 },
      ]),
    },
  })
  t.teardown(() => database.close())
  t.same(await select(database, states('user_allocs')), [
    { ts: 19, call: 'realloc', ptr: 0xa0, state: 'freed' },
    { ts: 39, call: 'realloc', ptr: 0xb0, state: 'freed' },
    { ts: 59, call: 'realloc', ptr: null, state: 'failed' },
  ])
  t.same(await select(database, states('user_frees')), [
    { ts: 30, call: 'realloc', ptr: 0xa0, state: 'matched' },
    { ts: 70, call: 'realloc', ptr: 0xb0, state: 'matched' },
  ])
  const [total] = await answer(database, 'malloc-leaks')
  t.match(total, { blocks: 0, bytes: 0 })
  t.match(
    total!.note,
    /^alloc=2 free=2 unknown_free=0 missed_free=0 failed=1 nested=4 free_null=1$/,
  )
})

t.test('execs, forks, missed and unknown frees', async (t) => {
  const database = await makeDatabase({
    tables: {
      'td.malloc': entry(SIZE, [
        { ts: 10, size: 1 },
        { ts: 30, size: 2 },
        { ts: 50, size: 3 },
        { ts: 70, size: 4 },
      ]),
      'td.malloc_ret': result([
        { ts: 11, ptr: 0xa0 },
        { ts: 31, ptr: 0xb0 },
        { ts: 51, ptr: 0xb0 },
        { ts: 71, ptr: 0xc0 },
      ]),
      'td.free': entry(PTR, [
        { ts: 40, ptr: 0xa0 },
        { ts: 90, ptr: 0xc0, tid: 200 },
        { ts: 91, ptr: 0xc0, tid: 200 },
        { ts: 95, ptr: 0xc0 },
      ]),
      'sched.sched_process_exec': { columns: { pid: 'integer' }, rows: [{ ts: 20, pid: 100 }] },
      'sched.sched_process_fork': {
        columns: { parent_pid: 'integer', child_pid: 'integer' },
        rows: [{ ts: 80, parent_pid: 100, child_pid: 200 }],
      },
    },
  })
  t.teardown(() => database.close())
  t.same(await select(database, states('user_allocs')), [
    { ts: 11, call: 'malloc', ptr: 0xa0, state: 'exec' },
    { ts: 31, call: 'malloc', ptr: 0xb0, state: 'missed_free' },
    { ts: 51, call: 'malloc', ptr: 0xb0, state: 'live' },
    { ts: 71, call: 'malloc', ptr: 0xc0, state: 'freed' },
  ])
  t.same(await select(database, states('user_frees')), [
    { ts: 40, call: 'free', ptr: 0xa0, state: 'unknown' },
    { ts: 90, call: 'free', ptr: 0xc0, state: 'inherited' },
    { ts: 91, call: 'free', ptr: 0xc0, state: 'inherited' },
    { ts: 95, call: 'free', ptr: 0xc0, state: 'matched' },
  ])
})

t.test('no pair across a loss, and no verdict', async (t) => {
  const database = await makeDatabase({
    tables: {
      'td.malloc': entry(SIZE, [
        { ts: 10, size: 1 },
        { ts: 30, size: 2 },
      ]),
      'td.malloc_ret': result([
        { ts: 11, ptr: 0xa0 },
        { ts: 60, ptr: 0xb0 },
      ]),
      'td.free': entry(PTR, [{ ts: 80, ptr: 0xa0 }]),
    },
    lost: [{ cpu: 0, from: 40, to: 50, count: 3 }],
  })
  t.teardown(() => database.close())
  t.same(
    await select(
      database,
      `select ts, ptr, state, size::integer as size from user_allocs order by ts`,
    ),
    [
      { ts: 11, ptr: 0xa0, state: 'lost', size: 1 },
      { ts: 30, ptr: null, state: 'no_result', size: 2 },
    ],
  )
  t.same(await select(database, 'select state from user_frees'), [{ state: 'lost' }])
})

t.test('a verdict is of the phases that markers make', async (t) => {
  const phases = [1, 2, 3, 4].map((n) => n * 100)
  const sites = phases.flatMap((ts) => [{ ts: ts + 10, size: 8, caller: 0x2000 }])
  const database = await makeDatabase({
    tables: {
      'td.malloc': entry(SIZE, [{ ts: 110, size: 5, tid: 7 }, ...sites]),
      'td.malloc_ret': result([
        { ts: 111, ptr: 0x10, tid: 7 },
        ...sites.map(({ ts }) => ({ ts: ts + 1, ptr: ts, __probe_ret_ip: 0x2000 })),
      ]),
      'ftrace.print': {
        columns: { ip: 'ubigint', buf: 'varchar' },
        rows: phases.map((ts) => ({ ts, ip: 0, buf: 'request' })),
      },
    },
  })
  t.teardown(() => database.close())
  const rows = await answer(database, 'malloc-leaks')
  t.same(
    rows.map(({ pid, blocks, phases, verdict }) => ({ pid, blocks, phases, verdict })),
    [
      { pid: 100, blocks: 4, phases: '1×1 2×1 3×1 4×1', verdict: 'grows' },
      { pid: 7, blocks: 1, phases: '1×1', verdict: 'once' },
      { pid: null, blocks: 5, phases: null, verdict: null },
    ],
  )
})
