-- run_queue: how many threads waited for a CPU, from one change to the next; the one that runs is not among them
-- needs: thread_states, sched.sched_switch
-- optional: sched.sched_migrate_task (pid integer, dest_cpu bigint)
-- column: ts ns on the trace clock when the length changed
-- column: dur ns until it changed again, or to the end of the recording
-- column: cpu CPU
-- column: source buffer, see meta.sources
-- column: length threads that are known to wait: those that waited before their first event are missing
-- source: kernel/sched/core.c: a thread waits in the queue of the CPU that woke it or that it was taken from, until it is migrated or runs
-- record: --preset sched
with
-- Waits whose end is not known are left out; those that were still going on last to the end.
waits as (
  select t.source, t.tid, t.ts, coalesce(t.end_ts, s.last_ts) as end_ts, t.cpu
  from main.thread_states t join meta.sources s on s.source = t.source
  where t.state = 'runnable' and not t.lost
),
moves as (
  select m.common_source as source, m.pid as tid, m.ts, w.end_ts, m.dest_cpu as cpu, w.ts as wait_ts
  from sched_migrate_task m
  asof join waits w on w.source = m.common_source and w.tid = m.pid and w.ts < m.ts
  where m.ts < w.end_ts
),
stays as (
  select source, cpu, ts,
    coalesce(lead(ts) over (partition by source, tid, wait_ts order by ts), end_ts) as end_ts
  from (select source, tid, ts, end_ts, cpu, ts as wait_ts from waits
    union all select source, tid, ts, end_ts, cpu, wait_ts from moves)
),
changes as (
  select source, cpu, case when is_start then ts else end_ts end as ts, case when is_start then 1 else -1 end as change
  from stays, (values (true), (false)) as sides(is_start)
  union all
  select common_source, common_cpu, min(ts), 0 from sched.sched_switch group by all
),
times as (select source, cpu, ts, sum(change) as change from changes group by all),
lengths as (
  select source, cpu, ts, sum(change::double) over cpu as length, lead(ts) over cpu as next_ts
  from times
  window cpu as (partition by source, cpu order by ts)
)
select l.ts, greatest(coalesce(l.next_ts, s.last_ts), l.ts) - l.ts as dur, l.cpu, l.source, l.length::bigint as length
from lengths l join meta.sources s on s.source = l.source
