// What becomes of signals, by hand-made events.
import t from 'tap'
import { type Given, makeDatabase, select } from '../../queries/given.ts'

const GENERATE = {
  sig: 'integer',
  code: 'integer',
  comm: 'varchar',
  pid: 'integer',
  '"group"': 'integer',
  result: 'integer',
}
const DELIVER = { sig: 'integer', code: 'integer', sa_handler: 'ubigint' }

type Row = Given['tables'][string]['rows'][number]

function sent(ts: number, sig: number, more: Partial<Row> = {}): Row {
  const fields = { sig, code: 0, comm: 'server', pid: 200, '"group"': 1, result: 0 }
  return { ts, tid: 100, ...fields, ...more } as Row
}
function taken(ts: number, sig: number, more: Partial<Row> = {}): Row {
  return { ts, tid: 200, comm: 'server', sig, code: 0, sa_handler: 4096, ...more } as Row
}

async function outcomes(
  generate: readonly Row[],
  deliver: readonly Row[],
  more: Partial<Given> = {},
): Promise<unknown[]> {
  const db = await makeDatabase({
    ...more,
    tables: {
      'signal.signal_generate': { columns: GENERATE, rows: generate },
      'signal.signal_deliver': { columns: DELIVER, rows: deliver },
      ...more.tables,
    },
  })
  const rows = await select(
    db,
    'select ts, sig, state, dur, taker_tid, is_fatal from signals order by ts, sig, state',
  )
  await db.close()
  return rows.map((row) => Object.values(row))
}

t.test('standard signals are pending once', async (t) => {
  t.same(
    await outcomes(
      [sent(10, 10), sent(20, 1), sent(22, 1, { result: 2 }), sent(25, 12, { result: 1 })],
      [taken(14, 10), taken(40, 1), taken(50, 14)],
    ),
    [
      [10, 10, 'delivered', 4, 200, false],
      [20, 1, 'delivered', 20, 200, false],
      [22, 1, 'coalesced', null, null, false],
      [25, 12, 'ignored', null, null, false],
      [50, 14, 'no_generate', null, 200, false],
    ],
  )
  t.same(
    await outcomes([sent(10, 10), sent(20, 10)], [taken(30, 10)]),
    [
      [10, 10, 'pending', null, null, false],
      [20, 10, 'delivered', 10, 200, false],
    ],
    'one that was discarded is not delivered later',
  )
})

t.test('real-time signals wait in line', async (t) => {
  t.same(
    await outcomes(
      [sent(10, 35), sent(11, 35), sent(12, 35), sent(13, 35, { result: 3 })],
      [taken(5, 35), taken(20, 35), taken(21, 35)],
    ),
    [
      [5, 35, 'no_generate', null, 200, false],
      [10, 35, 'delivered', 10, 200, false],
      [11, 35, 'delivered', 10, 200, false],
      [12, 35, 'pending', null, null, false],
      [13, 35, 'overflow', null, null, false],
    ],
  )
})

t.test('a thread takes what was sent to it, then what was sent to its process', async (t) => {
  const tasks = [
    { pid: 200, tgid: 200 },
    { pid: 201, tgid: 200 },
  ]
  t.same(
    await outcomes(
      [sent(10, 10), sent(11, 10, { pid: 201, '"group"': 0, code: -6 })],
      [taken(20, 10, { tid: 201 }), taken(30, 10, { tid: 201 })],
      { tasks },
    ),
    [
      [10, 10, 'delivered', 20, 201, false],
      [11, 10, 'delivered', 9, 201, false],
    ],
  )
})

t.test('a fatal signal arrives as SIGKILL', async (t) => {
  const exit = {
    'sched.sched_process_exit': { columns: { pid: 'integer' }, rows: [{ ts: 30, pid: 200 }] },
  }
  const kill = { sa_handler: 0 } as Partial<Row>
  const [term, killed] = [[sent(10, 15)], [taken(20, 9, kill), taken(21, 9, { ...kill, tid: 201 })]]
  const tasks = [
    { pid: 200, tgid: 200 },
    { pid: 201, tgid: 200 },
  ]
  t.same(await outcomes(term, killed, { tables: exit, tasks }), [
    [10, 15, 'delivered', 10, 200, true],
    [21, 9, 'zapped', null, 201, false],
  ])
  t.same(await outcomes([sent(10, 9)], killed, { tasks }), [
    [10, 9, 'delivered', 10, 200, true],
    [21, 9, 'zapped', null, 201, false],
  ])
  const never = {
    'sched.sched_process_exit': { columns: { pid: 'integer' }, rows: [{ ts: 30, pid: 7 }] },
  }
  t.same(
    (await outcomes(term, killed.slice(0, 1), { tables: never, tasks })).map(
      (row) => (row as unknown[])[2],
    ),
    ['pending', 'zapped'],
    'who does not exit was not killed',
  )
  t.same(await outcomes([sent(10, 11)], [taken(12, 11, kill)]), [
    [10, 11, 'delivered', 2, 200, true],
  ])
})

t.test('senders, and deliveries that may be lost', async (t) => {
  const generate = [
    sent(10, 14, { code: 128 }),
    sent(20, 14, { context: 8, code: -2 }),
    sent(30, 10),
    sent(40, 12, { cpu: 1 }),
  ]
  const db = await makeDatabase({
    tables: {
      'signal.signal_generate': { columns: GENERATE, rows: generate },
      'signal.signal_deliver': { columns: DELIVER, rows: [taken(35, 10)] },
    },
    lost: [{ cpu: 1, from: 41, to: 60, count: 1 }],
  })
  t.same(
    await select(db, 'select ts, sender_tid, sender_comm, state, name from signals order by ts'),
    [
      { ts: 10, sender_tid: null, sender_comm: 'kernel', state: 'lost', name: 'SIGALRM' },
      { ts: 20, sender_tid: null, sender_comm: 'kernel', state: 'lost', name: 'SIGALRM' },
      { ts: 30, sender_tid: 100, sender_comm: 'server', state: 'delivered', name: 'SIGUSR1' },
      { ts: 40, sender_tid: 100, sender_comm: 'server', state: 'lost', name: 'SIGUSR2' },
    ],
  )
  await db.close()
})

t.test('calls that send nothing', async (t) => {
  const enter = { __syscall_nr: 'INTEGER', pid: 'INTEGER', sig: 'INTEGER' }
  const enters = [
    { ts: 10, pid: 7, sig: 10 },
    { ts: 20, pid: 200, sig: 0 },
    { ts: 30, pid: 200, sig: 10 },
  ]
  const exits = [
    { ts: 12, ret: -3 },
    { ts: 22, ret: 0 },
    { ts: 33, ret: 0 },
  ]
  const calls = {
    'syscalls.sys_enter_kill': { columns: enter, rows: enters },
    'syscalls.sys_exit_kill': { columns: { __syscall_nr: 'INTEGER', ret: 'BIGINT' }, rows: exits },
  }
  t.same(await outcomes([sent(31, 10)], [], { tables: calls }), [
    [10, 10, 'failed', null, null, false],
    [20, 0, 'probe', null, null, false],
    [31, 10, 'pending', null, null, false],
  ])
})
