// Waits for a CPU and time on it, against what the kernel itself counts for each process; soft
// interrupts against /proc/softirqs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
const skip =
  'skip' in found
    ? found.skip
    : Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) > 0
      ? undefined
      : 'the kernel counts no waits (schedstats)'
if (skip !== undefined) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(120_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-sched-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const out = join(folder, 'x.dat')

/** One says what the kernel has counted for it while it waits for cat, so that the figures stand still. */
const BUSY = `i=0; while [ $i -lt $1 ]; do i=$((i+1)); done; echo $$ $(cat /proc/$$/schedstat)`
/** Three on one CPU, and the counts of soft interrupts before and after. */
const SCRIPT = `cat /proc/softirqs > ${folder}/first
for n in 250000 300000 350000; do taskset -c 0 sh -c '${BUSY}; :' sh $n >> ${folder}/stats & done; wait
cat /proc/softirqs > ${folder}/last`

const softirqs = (text: string): Map<string, number> =>
  new Map(
    [...text.matchAll(/^\s*(\w+):(.*)$/gm)].map(([, name, counts]) => [
      name!,
      counts!
        .trim()
        .split(/\s+/)
        .reduce((sum, count) => sum + Number(count), 0),
    ]),
  )

t.test('processes that share a CPU', async (t) => {
  const before = softirqs(readFileSync('/proc/softirqs', 'utf8'))
  const { status, err } = traceduck([
    ...['record', '-o', out, '-b', '8192', '-q', '-e', 'irq:softirq_*', '-e', 'sched:sched_switch'],
    ...['-e', 'sched:sched_wakeup*', '-e', 'sched:sched_waking', '-e', 'sched:sched_migrate_task'],
    ...['--', 'sh', '-c', SCRIPT],
  ])
  const after = softirqs(readFileSync('/proc/softirqs', 'utf8'))
  t.equal(status, 0, err)
  const { database, trace } = await openTraceDatabase(out, { objects: analysisObjects })
  t.same((await database.all('select count(*)::integer from meta.lost_events')).rows, [[0]])

  const stats = readFileSync(join(folder, 'stats'), 'utf8').trim().split('\n')
  t.equal(stats.length, 3)
  for (const [pid, ran, waited, turns] of stats.map((line) => line.split(' ').map(Number))) {
    const { rows } = await database.all(`
      with states as (from thread_states where tid = ${pid}),
        last as (select max(ts) as ts from states where state = 'sleeping')
      select sum(dur) filter (state = 'running')::double, sum(dur) filter (state = 'runnable')::double,
        count(*) filter (state = 'runnable')::integer, count(*) filter (state not in ('running', 'runnable', 'sleeping', 'uninterruptible'))::integer
      from states, last where end_ts <= last.ts`)
    const [running, runnable, waits, other] = rows[0]!.map(Number)
    t.equal(other, 0, 'its whole life is known')
    t.equal(waits, turns, 'each time it got the CPU ended a wait')
    close(t, runnable!, waited!, `wait of ${pid}`)
    close(t, running!, ran!, `time on the CPU of ${pid}`)
    const slices = await database.all(
      `select count(*)::integer, count(*) filter (cpu = 0)::integer from cpu_slices where tid = ${pid} and state = 'complete'`,
    )
    t.ok(Number(slices.rows[0]![1]) > 5 && Number(slices.rows[0]![0]) >= turns!)
  }

  const [first, last] = ['first', 'last'].map((name) =>
    softirqs(readFileSync(join(folder, name), 'utf8')),
  )
  const { rows } = await database.all(
    'select name, count(*)::integer from softirq_spans where ts is not null group by all',
  )
  const counts = new Map(rows.map(([name, count]) => [String(name), Number(count)]))
  t.ok(counts.get('TIMER')! > 0)
  for (const name of first!.keys()) {
    const count = counts.get(name) ?? 0
    const [least, most] = [
      last!.get(name)! - first!.get(name)!,
      after.get(name)! - before.get(name)!,
    ]
    t.ok(least <= count && count <= most, `${name}: ${least} <= ${count} <= ${most}`)
  }
  await database.close()
  trace.close()
})

function close(t: Test, measured: number, counted: number, what: string): void {
  const off = Math.abs(measured - counted) / counted
  t.ok(counted > 1e7 && off < 0.003, `${what}: ${measured} ns, the kernel counts ${counted}`)
}
