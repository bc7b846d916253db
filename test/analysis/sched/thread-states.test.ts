// Threads on CPUs, asleep and waiting, by hand-made switches and wakeups.
import t from 'tap'
import { type Given, makeDatabase, select } from '../../queries/given.ts'

const SWITCH = {
  prev_comm: 'varchar',
  prev_pid: 'integer',
  prev_prio: 'integer',
  prev_state: 'bigint',
  next_comm: 'varchar',
  next_pid: 'integer',
  next_prio: 'integer',
}
const WAKE = { comm: 'varchar', pid: 'integer', prio: 'integer', target_cpu: 'integer' }

/** A switch on a CPU: who leaves in which state, who comes. */
function turn(ts: number, cpu: number, prev: number, state: number, next: number): object {
  const comm = (pid: number): string => (pid === 0 ? `swapper/${cpu}` : `t${pid}`)
  return {
    ts,
    cpu,
    tid: prev,
    prev_comm: comm(prev),
    prev_pid: prev,
    prev_prio: 120,
    prev_state: state,
    next_comm: comm(next),
    next_pid: next,
    next_prio: 120,
  }
}

function wake(ts: number, cpu: number, waker: number, pid: number, target: number): object {
  return { ts, cpu, tid: waker, comm: `t${pid}`, pid, prio: 120, target_cpu: target }
}

type Rows = Given['tables'][string]['rows']

/** A recording of switches, wakeups and what else is given. */
function recording(switches: object[], wakeups: object[], more: Partial<Given> = {}): Given {
  return {
    ...more,
    tables: {
      'sched.sched_switch': { columns: SWITCH, rows: switches as unknown as Rows },
      'sched.sched_wakeup': { columns: WAKE, rows: wakeups as unknown as Rows },
      ...more.tables,
    },
  }
}

const [R, S, D, Z, PREEMPTED] = [0, 1, 2, 32, 256] as const

t.test('a thread sleeps, is woken, waits and runs', async (t) => {
  const db = await makeDatabase(
    recording(
      [
        turn(10, 0, 0, R, 7),
        turn(30, 0, 7, S, 0),
        turn(60, 0, 0, R, 7),
        turn(90, 0, 7, PREEMPTED, 8),
      ],
      [wake(50, 1, 5, 7, 0), wake(55, 1, 6, 7, 0), wake(70, 1, 6, 7, 0)],
      { tasks: [{ pid: 7, tgid: 6 }] },
    ),
  )
  t.same(
    await select(
      db,
      'select ts, dur, state, began, cpu, waker_tid, letters from thread_states where tid = 7 order by ts',
    ),
    [
      {
        ts: 10,
        dur: 20,
        state: 'running',
        began: 'switch_in',
        cpu: 0,
        waker_tid: null,
        letters: null,
      },
      {
        ts: 30,
        dur: 20,
        state: 'sleeping',
        began: 'switch_out',
        cpu: 0,
        waker_tid: null,
        letters: 'S',
      },
      { ts: 50, dur: 10, state: 'runnable', began: 'wakeup', cpu: 0, waker_tid: 5, letters: null },
      {
        ts: 60,
        dur: 30,
        state: 'running',
        began: 'switch_in',
        cpu: 0,
        waker_tid: null,
        letters: null,
      },
      {
        ts: 90,
        dur: null,
        state: 'runnable',
        began: 'switch_out',
        cpu: 0,
        waker_tid: null,
        letters: 'R+',
      },
    ],
    'wakeups of a thread that waits or runs change nothing',
  )
  t.same(await select(db, 'select distinct tgid from thread_states where tid = 7'), [{ tgid: 6 }])
  t.same(
    await select(db, 'select ts, dur, state, tid, end_state from cpu_slices order by ts, end_ts'),
    [
      { ts: 10, dur: null, state: 'no_start', tid: 0, end_state: 'R' },
      { ts: 10, dur: 20, state: 'complete', tid: 7, end_state: 'S' },
      { ts: 30, dur: 30, state: 'complete', tid: 0, end_state: 'R' },
      { ts: 60, dur: 30, state: 'complete', tid: 7, end_state: 'R+' },
      { ts: 90, dur: null, state: 'open', tid: 8, end_state: null },
    ],
  )
  t.same(await select(db, 'select ts, dur, tid, target_cpu, cpu, waker_tid, state from wakeups'), [
    { ts: 50, dur: 10, tid: 7, target_cpu: 0, cpu: 0, waker_tid: 5, state: 'complete' },
  ])
  await db.close()
})

t.test('what is missing is said, not invented', async (t) => {
  const db = await makeDatabase(
    recording(
      [
        ...[turn(10, 0, 0, R, 1), turn(20, 0, 1, S, 2), turn(30, 0, 2, D, 1), turn(40, 0, 1, Z, 3)],
        ...[turn(50, 0, 4, S, 5), turn(60, 0, 5, S, 0)],
      ],
      [],
    ),
  )
  const states = await select(
    db,
    'select tid, ts, dur, state, lost from thread_states order by tid, ts',
  )
  t.same(
    states.filter(({ tid }) => tid === 1).map(({ ts, dur, state }) => [ts, dur, state]),
    [
      [10, 10, 'running'],
      [20, 10, 'off_cpu'],
      [30, 10, 'running'],
      [40, null, 'zombie'],
    ],
    'without wakeups nobody knows how long it waited',
  )
  t.same(
    await select(db, 'select tid, ts, state from cpu_slices where dur is null order by ts, tid'),
    [
      { tid: 0, ts: 10, state: 'no_start' },
      { tid: 3, ts: 40, state: 'no_end' },
      { tid: 4, ts: 50, state: 'no_start' },
      { tid: 0, ts: 60, state: 'open' },
    ],
    'a switch from a thread that the last one did not bring',
  )
  await db.close()
})

t.test('nothing is paired across a gap on its CPU', async (t) => {
  const given = (cpu: number): Given =>
    recording(
      [turn(10, 0, 0, R, 7), turn(30, 0, 7, S, 0), turn(60, 0, 0, R, 7), turn(90, 0, 7, S, 0)],
      [wake(50, 1, 5, 7, 0)],
      { lost: [{ cpu, from: 30, to: 55, count: 3 }] },
    )
  for (const [cpu, expected] of [
    [0, ['running', 'unknown', 'unknown', 'running', 'sleeping']],
    [1, ['running', 'unknown', 'unknown', 'running', 'sleeping']],
    [2, ['running', 'sleeping', 'runnable', 'running', 'sleeping']],
  ] as const) {
    const db = await makeDatabase(given(cpu))
    const states = await select(
      db,
      'select state, lost, dur from thread_states where tid = 7 order by ts',
    )
    t.same(
      states.map(({ state }) => state),
      expected,
      `gap on CPU ${cpu}`,
    )
    t.ok(states.every(({ state, lost }) => lost === (state === 'unknown')))
    const slices = await select(
      db,
      `select state from cpu_slices where ts in (30, 60) order by ts, state desc`,
    )
    t.same(
      slices.map(({ state }) => state),
      cpu === 0 ? ['lost', 'no_start', 'complete'] : ['complete', 'complete'],
    )
    t.same(await select(db, 'select state, dur from wakeups'), [
      cpu === 2 ? { state: 'complete', dur: 10 } : { state: 'lost', dur: null },
    ])
    await db.close()
  }
})

t.test('the waker is who called, not who runs where the thread is queued', async (t) => {
  const db = await makeDatabase(
    recording([turn(10, 0, 7, S, 0), turn(60, 1, 0, R, 7)], [wake(50, 1, 0, 7, 1)], {
      tables: {
        'sched.sched_waking': {
          columns: { pid: 'integer' },
          rows: [
            { ts: 45, cpu: 0, tid: 5, comm: 'timer', context: 16, pid: 7 },
            { ts: 46, cpu: 0, tid: 6, comm: 'other', pid: 8 },
          ],
        },
      },
    }),
  )
  t.same(
    await select(
      db,
      'select waker_tid, waker_comm, waker_cpu, waker_context, target_cpu from wakeups',
    ),
    [{ waker_tid: 5, waker_comm: 'timer', waker_cpu: 0, waker_context: 'softirq', target_cpu: 1 }],
  )
  await db.close()
})

t.test('threads of the same number in two files are two threads', async (t) => {
  const both = [turn(10, 0, 0, R, 7), turn(30, 0, 7, S, 0)]
  const db = await makeDatabase(
    recording([...both, ...both.map((row) => ({ ...row, source: 1 }))], [], {
      files: ['a.dat', 'b.dat'],
    }),
  )
  t.same(
    await select(
      db,
      `select source, dur from thread_states where tid = 7 and state = 'running' order by all`,
    ),
    [
      { source: 0, dur: 20 },
      { source: 1, dur: 20 },
    ],
  )
  t.same(await select(db, `select source, dur from cpu_slices where tid = 7 order by all`), [
    { source: 0, dur: 20 },
    { source: 1, dur: 20 },
  ])
  await db.close()
})

t.test('the queue of a CPU: wakeups, preemption, migration, what waits at the end', async (t) => {
  const db = await makeDatabase(
    recording(
      [
        turn(10, 0, 0, R, 1),
        turn(40, 0, 1, PREEMPTED, 2),
        turn(60, 1, 0, R, 1),
        turn(100, 1, 1, S, 0),
      ],
      [wake(20, 0, 1, 2, 0), wake(70, 0, 2, 3, 0)],
      {
        tables: {
          'sched.sched_migrate_task': {
            columns: { pid: 'integer', dest_cpu: 'integer' },
            rows: [
              { ts: 50, cpu: 1, pid: 1, dest_cpu: 1 },
              { ts: 65, cpu: 1, pid: 1, dest_cpu: 0 },
            ],
          },
        },
      },
    ),
  )
  t.same(await select(db, 'select cpu, ts, dur, length from run_queue order by cpu, ts'), [
    { cpu: 0, ts: 10, dur: 10, length: 0 },
    { cpu: 0, ts: 20, dur: 20, length: 1 },
    { cpu: 0, ts: 40, dur: 10, length: 1 },
    { cpu: 0, ts: 50, dur: 20, length: 0 },
    { cpu: 0, ts: 70, dur: 30, length: 1 },
    { cpu: 0, ts: 100, dur: 0, length: 0 },
    { cpu: 1, ts: 50, dur: 10, length: 1 },
    { cpu: 1, ts: 60, dur: 40, length: 0 },
  ])
  await db.close()
})

t.test('states are named by the print table of the kernel that recorded them', async (t) => {
  const table = [
    ...[
      [1, 'S'],
      [2, 'D'],
      [4, 'T'],
      [8, 't'],
      [16, 'Z'],
      [32, 'X'],
      [64, 'x'],
      [128, 'K'],
    ],
    ...[
      [256, 'W'],
      [512, 'P'],
      [1024, 'N'],
    ],
  ].map(
    ([value, name], i) =>
      `insert into meta.print_values values (0, 'sched', 'sched_switch', 'prev_state', 'flags', 0, 2047, '|', ${i}, ${value}, '${name}')`,
  )
  const db = await makeDatabase(recording([turn(10, 0, 0, R, 1)], [], { sql: table }))
  t.same(
    await select(
      db,
      'select code, letters, state from task_states where code in (0, 16, 130, 2048) order by code',
    ),
    [
      { code: 0, letters: 'R', state: 'runnable' },
      { code: 16, letters: 'Z', state: 'zombie' },
      { code: 130, letters: 'D|K', state: 'uninterruptible' },
      { code: 2048, letters: 'R+', state: 'runnable' },
    ],
  )
  await db.close()
})
