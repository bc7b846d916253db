// Reports of the scheduler on a recording made by hand: two threads share a CPU, a third wakes one.
import t from 'tap'
import { answer, type Given, makeDatabase } from '../given.ts'

type Rows = Given['tables'][string]['rows']

/** A switch in µs: who leaves in which state, who comes. */
function turn(us: number, prev: number, state: number, next: number, cpu = 0): object {
  const comm = (pid: number): string => (pid === 0 ? 'swapper' : `t${pid}`)
  return {
    ts: us * 1000,
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

const given: Given = {
  tasks: [{ pid: 2, tgid: 1 }],
  tables: {
    'sched.sched_switch': {
      columns: {
        prev_comm: 'varchar',
        prev_pid: 'integer',
        prev_prio: 'integer',
        prev_state: 'bigint',
        next_comm: 'varchar',
        next_pid: 'integer',
        next_prio: 'integer',
      },
      rows: [
        ...[turn(0, 0, 0, 1), turn(100, 1, 256, 2), turn(300, 2, 1, 1), turn(400, 1, 2, 0)],
        ...[turn(620, 0, 0, 2), turn(1000, 2, 256, 3)],
      ] as Rows,
    },
    'sched.sched_wakeup': {
      columns: { comm: 'varchar', pid: 'integer', prio: 'integer', target_cpu: 'integer' },
      rows: [
        { ts: 40_000, cpu: 1, tid: 9, comm: 't2', pid: 2, prio: 120, target_cpu: 0 },
        { ts: 600_000, cpu: 1, tid: 9, context: 8, comm: 't2', pid: 2, prio: 120, target_cpu: 0 },
      ],
    },
    'sched.sched_migrate_task': {
      columns: { comm: 'varchar', pid: 'integer', orig_cpu: 'integer', dest_cpu: 'integer' },
      rows: [
        { ts: 590_000, cpu: 1, comm: 't2', pid: 2, orig_cpu: 1, dest_cpu: 0 },
        { ts: 595_000, cpu: 1, comm: 't5', pid: 5, orig_cpu: 0, dest_cpu: 1 },
        { ts: 596_000, cpu: 1, comm: 't5', pid: 5, orig_cpu: 0, dest_cpu: 1 },
      ],
    },
  },
}

/** The answer's rows with these columns only; a given row's comm is also its common_comm. */
async function columns(name: string, keys: string[], params: string[] = []): Promise<unknown[][]> {
  const database = await makeDatabase(given)
  const rows = await answer(database, name, params)
  await database.close()
  return rows.map((row) => keys.map((key) => row[key]))
}

t.test('waits: t2 for 60 and 20 µs after wakeups, t1 for 200 after it was preempted', async (t) => {
  t.same(await columns('runqlat', ['group', 'low', 'high', 'count']), [
    ['all', 16, 31, 1],
    ['all', 32, 63, 1],
    ['all', 128, 255, 1],
  ])
  t.same(await columns('runqlat', ['group', 'count'], ['by=tid', 'to=0.0005']), [
    ['1 t1', 1],
    ['2 t2', 1],
  ])
  const keys = ['pid', 'tid', 'count', 'avg_us', 'p50_us', 'max_us', 'total_us', 'open', 'unknown']
  t.same(await columns('run-queue-threads', keys), [
    [1, 1, 1, 200, 200, 200, 200, 0, 1],
    [1, 2, 2, 40, 40, 60, 80, 1, 0],
    [3, 3, 0, null, null, null, 0, 0, 1],
  ])
  t.same(await columns('run-queue-threads', ['tid'], ['pid=2']), [[2]], 'a thread')
  t.same(await columns('runqslower', ['tid'], ['min_us=100']), [[1]])
})

t.test('the queue: one thread for 280 of 1000 µs', async (t) => {
  t.same(
    await columns(
      'runqlen',
      ['cpu', 'length', 'time_us', 'share', 'samples', 'occupancy'],
      ['sample_hz=10000'],
    ),
    [
      [0, 0, 720, 72, 7, 28],
      [0, 1, 280, 28, 3, 28],
    ],
  )
  t.same(await columns('runqlen', ['length', 'time_us'], ['from=0.00005', 'to=0.00035']), [
    [0, 50],
    [1, 250],
  ])
})

t.test('time off the CPU, by state', async (t) => {
  t.same(await columns('offcputime', ['tid', 'state', 'count', 'total_us', 'open', 'woken_by']), [
    [1, 'uninterruptible', 1, 600, 1, null],
    [2, 'sleeping', 1, 300, 0, 't2'],
    [1, 'runnable', 1, 200, 0, null],
    [2, 'runnable', 3, 80, 1, null],
  ])
  t.same(await columns('offcputime', ['tid', 'total_us'], ['state=sleep%', 'to=0.0005']), [
    [2, 200],
  ])
})

t.test('time on the CPU', async (t) => {
  const keys = ['group', 'slices', 'total_us', 'share', 'max_us', 'preempted', 'lost']
  t.same(await columns('cpu-usage', keys), [
    ['2 t2', 2, 580, 58, 380, 1, 0],
    ['1 t1', 2, 200, 20, 100, 1, 0],
    ['3 t3', 0, 0, null, null, 0, 1],
  ])
  t.same(await columns('cpu-usage', ['group', 'total_us'], ['by=cpu', 'idle=true', 'to=0.0001']), [
    ['CPU 0', 100],
  ])
  t.same(await columns('cpudist', ['group', 'low', 'count'], ['by=comm']), [
    ['t1', 64, 2],
    ['t2', 128, 1],
    ['t2', 256, 1],
  ])
})

t.test('who wakes whom', async (t) => {
  const keys = ['waker', 'context', 'comm', 'count', 'max_us', 'max_ts', 'no_run']
  t.same(await columns('wakeup', keys), [
    ['t2', 'task', 't2', 1, 60, 40_000, 0],
    ['(hardirq)', 'hardirq', 't2', 1, 20, 600_000, 0],
  ])
  t.same(await columns('cpu-migrations', ['tid', 'moves', 'routes']), [
    [5, 2, '0->1×2'],
    [2, 1, '1->0×1'],
  ])
})

t.test('a process is its threads', async (t) => {
  const reports = ['off-cpu-time', 'run-queue-threads', 'thread-profile']
  for (const report of reports) {
    const rows = await columns(report, ['pid', 'tid'], ['pid=1'])
    t.same(new Set(rows.map(String)), new Set(['1,1', '1,2']), report)
  }
  t.same(await columns('cpu-migrations', ['pid', 'tid'], ['pid=1']), [[1, 2]])
  t.same(await columns('cpu-migrations', ['pid', 'tid'], ['pid=5']), [[5, 5]])
  t.same(await columns('cpu-usage', ['group'], ['pid=1']), [['2 t2'], ['1 t1']])
  t.same(await columns('runqlat', ['group', 'count'], ['pid=1', 'by=tid', 'to=0.0005']), [
    ['1 t1', 1],
    ['2 t2', 1],
  ])
  t.same(await columns('cpudist', ['group'], ['pid=3']), [])
  t.same(await columns('cpudist', ['group', 'count'], ['pid=2']), [
    ['all', 1],
    ['all', 1],
  ])
  t.same(await columns('wakeup', ['comm'], ['pid=1']), [['t2'], ['t2']])
  t.same(await columns('wakeup', ['comm'], ['pid=3']), [])
})

t.test('where the time of a thread went sums up to its span', async (t) => {
  const keys = ['running_us', 'runnable_us', 'sleeping_us', 'disk_us', 'other_us', 'unknown_us']
  const rows = await columns('profile', [
    'tid',
    'span_us',
    ...keys,
    'switches',
    'preempted',
    'woken',
  ])
  t.same(rows, [
    [2, 960, 580, 80, 300, 0, 0, 0, 2, 1, 2],
    [1, 400, 200, 200, 0, 0, 0, 0, 2, 1, 0],
    [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ])
})
