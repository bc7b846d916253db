// What must hold for the relations of scheduler, interrupts, block and signals whatever was
// recorded: nothing is lost or counted twice, no time is negative, nothing spans a gap.
import t from 'tap'
import { analysisObjects, derivable } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { everyRecording, someRecordings } from '../../helpers/recordings.ts'

/** Selects with a row for each thing that is wrong, by the relation that must be there. */
const WRONG: readonly [relation: string, what: string, sql: string][] = [
  ['cpu_slices', 'a negative time', 'from cpu_slices where dur < 0'],
  [
    'cpu_slices',
    'two slices on a CPU at once',
    `from (select *, lead(ts) over (partition by source, cpu order by ts, end_ts) as next_ts
      from cpu_slices where state = 'complete') where next_ts < end_ts`,
  ],
  [
    'cpu_slices',
    'a switch without the slices it ends and begins',
    `from (select count(*) as n from sched.sched_switch),
      (select count(*) filter (state <> 'no_start') as begun,
        count(*) filter (state in ('complete', 'no_start')) as ended from cpu_slices)
      where n <> begun or n < ended or n - ended > (select count(*) from cpu_slices where state in ('no_end', 'lost'))`,
  ],
  [
    'cpu_slices',
    'a slice across a gap',
    `from cpu_slices s join meta.lost_events g on g.source = s.source and g.cpu = s.cpu
      and g.ts > s.ts and coalesce(g.gap_start_ts, g.ts) < s.end_ts where s.dur is not null`,
  ],
  ['thread_states', 'a negative time', 'from thread_states where dur < 0'],
  [
    'thread_states',
    'a hole or an overlap in a thread',
    `from (select *, lead(ts) over (partition by source, tid order by ts, end_ts nulls last) as next_ts from thread_states)
      where end_ts is distinct from next_ts`,
  ],
  [
    'thread_states',
    'states that do not sum up to the span of the thread',
    `from (select source, tid, sum(coalesce(dur, 0)) as total, max(ts) - min(ts) as span, count(*) filter (dur is null) as open
      from thread_states group by all) where total <> span or open <> 1`,
  ],
  [
    'thread_states',
    'a switch without the states it begins',
    `from (select count(*) filter (next_pid <> 0) as came, count(*) filter (prev_pid <> 0) as left_ from sched.sched_switch),
      (select count(*) filter (began = 'switch_in') as begun, count(*) filter (began = 'switch_out') as ended from thread_states)
      where came <> begun or left_ <> ended`,
  ],
  [
    'thread_states',
    'a state known across a gap',
    `from thread_states s join meta.lost_events g on g.source = s.source and g.cpu = s.end_cpu
      and g.ts > s.ts and coalesce(g.gap_start_ts, g.ts) < s.end_ts where s.state <> 'unknown'`,
  ],
  [
    'thread_states',
    'time on a CPU that the slices do not have',
    `from (select coalesce(sum(dur), 0) as states from thread_states where state = 'running'),
      (select coalesce(sum(dur), 0) as slices from cpu_slices where tid <> 0)
      where states <> slices and (select count(*) from sched.sched_switch) = (select count(distinct (common_source, common_cpu, ts)) from sched.sched_switch)`,
  ],
  ['wakeups', 'a negative latency', 'from wakeups where dur < 0'],
  [
    'wakeups',
    'a latency that is no wait',
    `from wakeups w left join thread_states t on t.source = w.source and t.tid = w.tid and t.ts = w.ts and t.state = 'runnable'
      where w.dur is distinct from t.dur`,
  ],
  ['run_queue', 'a negative length or time', 'from run_queue where length < 0 or dur < 0'],
  [
    'run_queue',
    'a length over time that is not the sum of the waits',
    `from (select coalesce(sum(length * dur), 0) as area from run_queue),
      (select coalesce(sum(coalesce(end_ts, last_ts) - ts), 0) as waits from thread_states t
        join meta.sources s on s.source = t.source where state = 'runnable')
      where area <> waits`,
  ],
  ['irq_spans', 'a negative time', 'from irq_spans where dur < 0'],
  [
    'irq_spans',
    'an entry or exit without a span',
    `from (select count(*) filter (state <> 'no_entry') as begun, count(*) filter (state in ('complete', 'no_entry')) as ended,
        count(*) filter (state = 'lost') as lost from irq_spans)
      where begun <> (select count(*) from irq.irq_handler_entry)
        or (select count(*) from irq.irq_handler_exit) not between ended and ended + lost`,
  ],
  ['softirq_spans', 'a negative time', 'from softirq_spans where dur < 0 or raised_ts > ts'],
  [
    'softirq_spans',
    'two on a CPU at once',
    `from (select *, lead(ts) over (partition by source, cpu order by ts, end_ts) as next_ts
      from softirq_spans where state = 'complete') where next_ts < end_ts`,
  ],
  [
    'softirq_spans',
    'an entry or exit without a span',
    `from (select count(*) filter (state <> 'no_entry') as begun, count(*) filter (state in ('complete', 'no_entry')) as ended,
        count(*) filter (state = 'lost') as lost from softirq_spans)
      where begun <> (select count(*) from irq.softirq_entry)
        or (select count(*) from irq.softirq_exit) not between ended and ended + lost`,
  ],
  ['block_requests', 'a negative time', 'from block_requests where dur < 0 or queue_dur < 0'],
  [
    'block_requests',
    'an issue or completion without a request',
    `from (select count(*) filter (state <> 'no_issue') as begun, count(*) filter (state in ('complete', 'no_issue')) as ended,
        count(*) filter (state = 'lost') as lost from block_requests)
      where begun <> (select count(*) from block.block_rq_issue)
        or (select count(*) from block.block_rq_complete) not between ended and ended + lost`,
  ],
  ['signals', 'a negative time', 'from signals where dur < 0'],
  [
    'signals',
    'a signal sent that is not there once, or a delivery that is not',
    `from (select count(*) filter (state not in ('no_generate', 'zapped', 'failed', 'probe')) as sent,
        count(*) filter (state in ('no_generate', 'zapped', 'delivered')) as taken,
        count(*) filter (state = 'lost') as lost from signals)
      where sent <> (select count(*) from signal.signal_generate)
        or (select count(*) from signal.signal_deliver) not between taken and taken + lost`,
  ],
]

const files = someRecordings()

/** What is wrong in a recording, and how many properties were looked at. */
async function wrongIn(file: string, checked: Map<string, number>): Promise<string[]> {
  const { database, trace, tables } = await openTraceDatabase(file, { objects: analysisObjects })
  const { derived } = derivable(tables).catalogue
  const asked = WRONG.filter(([relation]) => derived.has(relation))
  for (const [relation] of asked) checked.set(relation, (checked.get(relation) ?? 0) + 1)
  const counts = asked.map(
    ([relation, what, sql]) => `select '${relation}: ${what}', count(*) ${sql}`,
  )
  const { rows } =
    counts.length === 0 ? { rows: [] } : await database.all(counts.join(' union all '))
  await database.close()
  trace.close()
  return rows.filter(([, count]) => Number(count) > 0).map(([what, count]) => `${count} × ${what}`)
}

t.test('relations of scheduler, interrupts, block, signals', { timeout: 240_000 }, async (t) => {
  const checked = new Map<string, number>()
  for (const file of files) t.same(await wrongIn(file, checked), [], file)
  t.ok(checked.size > 5)
  if (everyRecording)
    t.same([...checked.keys()].sort(), [...new Set(WRONG.map(([relation]) => relation))].sort())
})
