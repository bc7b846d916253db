-- run-queue-length: how many threads waited for each CPU, by share of the time
-- alias: runqlen
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_wakeup_new
-- views: run_queue
-- param: sample_hz integer = 99 also count samples as a tool that looks this often would
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: length threads waiting; the one that runs is not counted
-- column: time_us time at that length, µs
-- column: share percent of the time since the CPU's first switch
-- column: samples how often a look at sample_hz would find that length
-- column: occupancy percent of the time in which any thread waited, the same for each row of a CPU
-- render: table, bars(length, share, by=cpu)
-- empty: queue
-- record: --preset sched
-- read: Threads that waited before their first event are missing: at the beginning lengths are lower bounds.
-- read: The time-weighted length sums up to the waits that run-queue-latency counts.
with
pieces as (
  select source, cpu, length, greatest(ts, coalesce($from, ts)) as ts, least(ts + dur, coalesce($to, ts + dur)) as end_ts
  from run_queue
),
starts as (select min(ts) as start from pieces),
lengths as (
  select source, cpu, length, sum(end_ts - ts) as time,
    sum((end_ts - start)::hugeint * $sample_hz // 1000000000 - (ts - start)::hugeint * $sample_hz // 1000000000) as samples
  from pieces, starts
  where end_ts > ts
  group by all
)
select cpu, length, round(time / 1e3, 3) as time_us,
  round(100 * time / sum(time) over (partition by source, cpu), 3) as share, samples::bigint as samples,
  round(100 * sum(case when length > 0 then time else 0 end) over (partition by source, cpu)
    / sum(time) over (partition by source, cpu), 3) as occupancy
from lengths
order by source, cpu, length
