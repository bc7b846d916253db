-- off-cpu-time: how long threads were off the CPU, and in which state
-- alias: offcputime
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_wakeup_new
-- views: thread_states
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: state varchar = '%' only states whose name matches this pattern
-- param: from time = null only from this time on; a state under way counts from there
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: state runnable (waiting for a CPU), sleeping, uninterruptible (mostly waiting for a disk), stopped; off_cpu where the wakeup is not recorded, unknown where events were lost
-- column: count times it entered that state
-- column: total_us time in it, µs
-- column: open 1 if it was in that state when the recording ended; that time is counted up to then
-- column: woken_by who ended the state most often
-- column: tid thread
-- render: table
-- empty: thread that left its CPU
-- record: --preset sched
-- read: Time in sleeping is usually waiting for input or a timer; uninterruptible and runnable time is what slows a program down.
with
states as (
  select t.*, coalesce(t.end_ts, s.last_ts) as until,
    lead(t.waker_comm) over (partition by t.source, t.tid order by t.ts) as next_waker
  from thread_states t join meta.sources s on s.source = t.source
),
pieces as (
  select *, greatest(least(until, coalesce($to, until)) - greatest(ts, coalesce($from, ts)), 0) as time
  from states
  where state not in ('running', 'zombie', 'dead') and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid) and state like $state
    and ($from is null or until > $from) and ($to is null or ts < $to)
),
threads as (
  select source, tid, coalesce(max(tgid), tid) as pid, arg_max(comm, ts) as comm, state, count(*) as count, sum(time) as total, max(time) as longest,
    count(*) filter (end_ts is null) as open, mode(next_waker) as woken_by
  from pieces
  group by source, tid, state
)
select pid, comm, state, count, round(total / 1e3, 3) as total_us, round(total / 1e3 / count, 3) as avg_us,
  round(longest / 1e3, 3) as max_us, open, woken_by, tid
from threads
order by total desc, source, tid, state
limit $top
