-- thread-profile: where the time of each thread went, from its first event to its last
-- alias: profile
-- needs: sched.sched_switch
-- views: thread_states
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only states that began from this time on
-- param: to time = null only states that began up to this time
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: span_us from its first scheduling event to its last, µs: the sum of all the others
-- column: running_us on a CPU
-- column: runnable_us waiting for a CPU
-- column: sleeping_us interruptible, or an idle kernel thread
-- column: disk_us uninterruptible, mostly waiting for a disk
-- column: other_us stopped, traced, parked
-- column: unknown_us off the CPU with no wakeup recorded, or with events lost in between
-- column: switches times it left a CPU
-- column: preempted of those, times it could have gone on
-- column: woken times it was woken
-- column: tid thread
-- render: table
-- empty: thread
-- record: --preset sched
-- read: Sleeping is waiting for something else to happen; runnable is waiting for a CPU.
with
threads as (
  select source, tid, coalesce(max(tgid), tid) as pid, arg_max(comm, ts) as comm, sum(dur) as span,
    sum(dur) filter (state = 'running') as running, sum(dur) filter (state = 'runnable') as runnable,
    sum(dur) filter (state in ('sleeping', 'idle')) as sleeping, sum(dur) filter (state = 'uninterruptible') as disk,
    sum(dur) filter (state in ('off_cpu', 'unknown')) as unknown,
    count(*) filter (began = 'switch_out') as switches, count(*) filter (began = 'switch_out' and starts_with(letters, 'R')) as preempted,
    count(*) filter (starts_with(began, 'wakeup')) as woken
  from thread_states
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by source, tid
),
filled as (
  select * replace (coalesce(span, 0) as span, coalesce(running, 0) as running, coalesce(runnable, 0) as runnable,
    coalesce(sleeping, 0) as sleeping, coalesce(disk, 0) as disk, coalesce(unknown, 0) as unknown)
  from threads
)
select pid, comm, round(span / 1e3, 3) as span_us, round(running / 1e3, 3) as running_us, round(runnable / 1e3, 3) as runnable_us,
  round(sleeping / 1e3, 3) as sleeping_us, round(disk / 1e3, 3) as disk_us,
  round((span - running - runnable - sleeping - disk - unknown) / 1e3, 3) as other_us, round(unknown / 1e3, 3) as unknown_us,
  switches, preempted, woken, tid
from filled
order by running desc, span desc, source, tid
limit $top
