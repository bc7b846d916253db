-- run-queue-threads: how long each thread waited for a CPU
-- alias: runqslower
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_wakeup_new
-- views: thread_states
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: min_us double = 0 only threads that waited this long at least once
-- param: from time = null only waits that began from this time on
-- param: to time = null only waits that ended up to this time
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: count waits that began and ended in the recording
-- column: total_us their sum, µs; /proc/PID/schedstat has the same sum as its second number, in ns
-- column: open 1 if it waited still when the recording ended
-- column: unknown times it got a CPU and it is not known since when it had waited
-- column: tid thread
-- render: table
-- empty: wait
-- record: --preset sched
-- read: Waiting begins with a wakeup, or when the CPU is taken from a thread that could go on (state R).
with
states as (
  select *, row_number() over (partition by source, tid order by ts) = 1 as is_first
  from thread_states
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid)
    and ($from is null or ts >= $from) and ($to is null or coalesce(end_ts, ts) <= $to)
),
threads as (
  select source, tid, coalesce(max(tgid), tid) as pid, arg_max(comm, ts) as comm,
    count(dur) filter (state = 'runnable') as count,
    coalesce(sum(dur) filter (state = 'runnable'), 0) as total,
    quantile_cont(dur, [0.5, 0.99]) filter (state = 'runnable') as quantiles,
    max(dur) filter (state = 'runnable') as longest,
    count(*) filter (state = 'runnable' and end_ts is null) as open,
    count(*) filter (state = 'off_cpu' or is_first and began = 'switch_in' and $from is null) as unknown
  from states
  group by source, tid
)
select pid, comm, count, round(total / 1e3 / nullif(count, 0), 3) as avg_us, round(quantiles[1] / 1e3, 3) as p50_us,
  round(quantiles[2] / 1e3, 3) as p99_us, round(longest / 1e3, 3) as max_us, round(total / 1e3, 3) as total_us, open, unknown, tid
from threads
where count + open + unknown > 0 and coalesce(longest, 0) >= $min_us * 1e3
order by total desc, source, tid
limit $top
