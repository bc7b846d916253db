// Calls of probed functions by events made by hand: recursion, missing ends, losses.
import t from 'tap'
import { answer, makeDatabase, select } from '../../queries/given.ts'

const AT = { __probe_ip: 0x1000, caller: 0x2000 }
const BACK = { __probe_func: 0x1000, __probe_ret_ip: 0x3000 }
const entry = { __probe_ip: 'ubigint', n: 'integer', name: 'varchar', caller: 'ubigint' }
const back = { __probe_func: 'ubigint', __probe_ret_ip: 'ubigint', ret: 'ubigint' }

const database = await makeDatabase({
  tables: {
    'my.f': {
      columns: entry,
      rows: [
        { ...AT, ts: 10, n: 1, name: 'outer' },
        { ...AT, ts: 20, n: 2, name: 'inner' },
        { ...AT, ts: 22, n: 9, name: 'other', tid: 5 },
        { ...AT, ts: 60, n: 3, name: null },
        { ...AT, ts: 80, n: 4, name: 'open', caller: 0x7fffffffe000 },
      ],
    },
    'my.f_ret': {
      columns: back,
      rows: [
        { ...BACK, ts: 1, ret: 0 },
        { ...BACK, ts: 30, ret: 2 },
        { ...BACK, ts: 40, ret: 0xffffffffffffffffn },
        { ...BACK, ts: 70, ret: 3 },
      ],
    },
    'my.g': { columns: { __probe_ip: 'ubigint' }, rows: [{ ts: 25, __probe_ip: 0x4000 }] },
    'sched.sched_switch': { columns: {}, rows: [{ ts: 1 }] },
  },
  lost: [{ cpu: 0, from: 62, to: 65, count: null }],
  symbols: [[0xffffffff81000000n, 'here']],
  sql: [
    'alter table meta.events add column print_fmt varchar',
    `update meta.events set print_fmt = '"(%lx) n=%d name=\\"%s\\" caller=0x%Lx", REC->__probe_ip' where event = 'f'`,
    `update meta.events set print_fmt = '"(%lx <- %lx) ret=0x%Lx", REC->__probe_func' where event = 'f_ret'`,
    `update meta.events set print_fmt = '"(%lx)", REC->__probe_ip' where event = 'g'`,
    `insert into meta.fields select 'my', unnest(['f', 'f_ret', 'g']), 1, unnest(['__probe_ip', '__probe_func', '__probe_ip']), 0`,
  ],
})
t.teardown(() => database.close())

t.test('calls', async (t) => {
  const rows = await select(
    database,
    `select ts, dur, tid, name, depth, state, caller, ret, args['n'] as n from uprobe_spans order by ts`,
  )
  const row = (ts: number, name: string, state: string, more: object): object => ({
    ...{ ts, dur: null, tid: 100, name, depth: 0, state, caller: 0x2000, ret: null, n: null },
    ...more,
  })
  t.same(rows, [
    row(1, 'f', 'no_entry', { caller: 0x3000, ret: 0 }),
    row(10, 'f', 'complete', { dur: 30, caller: 0x3000, ret: -1, n: '1' }),
    row(20, 'f', 'complete', { dur: 10, caller: 0x3000, ret: 2, n: '2', depth: 1 }),
    row(22, 'f', 'open', { tid: 5, n: '9' }),
    row(25, 'g', 'entry', { depth: 2, caller: null }),
    row(60, 'f', 'lost', { n: '3' }),
    row(80, 'f', 'open', { caller: null, n: '4' }),
  ])
})

t.test('user-calls', async (t) => {
  t.same(
    (await answer(database, 'user-calls')).map(({ call }) => call),
    [
      'f(…) = 0x0',
      'f(n=1, name="outer") = 0xffffffffffffffff',
      '  f(n=2, name="inner") = 0x2',
      'f(n=9, name="other") = ?',
      '    g()',
      'f(n=3, name=<unknown>) = ?',
      'f(n=4, name="open") = ?',
    ],
  )
})

t.test('user-call-count', async (t) => {
  const counts = (await answer(database, 'user-call-count', ['by=caller'])).map((row) => [
    row.function,
    row.caller,
    row.calls,
    row.returns,
  ])
  t.same(counts.sort(), [
    ['f', '0x2000', 2, 0],
    ['f', '0x3000', 3, 2],
    ['f', '<unknown>', 1, 0],
    ['g', '<unknown>', 1, 0],
  ])
})

t.test('a recording without probes says what to record', async (t) => {
  const none = await makeDatabase({
    tables: { 'sched.sched_switch': { columns: {}, rows: [{ ts: 1 }] } },
  })
  t.teardown(() => none.close())
  await t.rejects(select(none, 'from uprobe_spans'), { code: 'ERR_SQL' })
})
