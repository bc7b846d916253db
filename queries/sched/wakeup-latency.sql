-- wakeup-latency: who wakes whom, and how long it takes until the woken thread runs
-- alias: wakeup, wakeuptime
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_wakeup_new
-- views: wakeups
-- param: comm varchar = '%' only woken threads whose name matches this pattern
-- param: waker varchar = '%' only wakers whose name matches this pattern
-- param: pid integer = null only woken threads of this process, or this thread; ids are those of the initial pid namespace
-- param: tid integer = null only this woken thread; thread ids are those of the initial pid namespace
-- param: from time = null only wakeups from this time on
-- param: to time = null only wakeups up to this time
-- param: top integer = 50 rows to print
-- column: comm the woken thread's name
-- column: context where the waker was: task, softirq, hardirq, nmi; an interrupt wakes in the name of whatever thread is current
-- column: moved wakeups after which it ran on another CPU than it was queued on
-- column: max_ts ns on the trace clock of the wakeup with the longest latency
-- column: no_run wakeups of which it is not known when the thread ran
-- render: table
-- empty: wakeup
-- record: --preset sched
-- read: Wakeups of threads that run or wait already are not counted.
select case when waker_context = 'task' then waker_comm else '(' || waker_context || ')' end as waker, waker_context as context, comm,
  count(*) as count, round(avg(dur) / 1e3, 3) as avg_us, round(quantile_cont(dur, 0.99) / 1e3, 3) as p99_us,
  round(max(dur) / 1e3, 3) as max_us, arg_max(ts, dur) as max_ts, count(*) filter (cpu <> target_cpu) as moved,
  count(*) filter (dur is null) as no_run
from wakeups
where comm like $comm and waker_comm like $waker and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
group by source, 1, 2, 3
order by max(dur) desc nulls last, count(*) desc, 1, 3
limit $top
