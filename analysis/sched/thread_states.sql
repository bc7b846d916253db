-- thread_states: an interval of a thread's life in one state; those of a thread follow each other without hole or overlap
-- needs: sched.sched_switch, task_states, loss_index
-- optional: sched.sched_wakeup (comm varchar, pid integer, prio integer, target_cpu bigint)
-- optional: sched.sched_wakeup_new (comm varchar, pid integer, prio integer, target_cpu bigint)
-- optional: sched.sched_waking (pid integer)
-- column: ts ns on the trace clock when it began
-- column: dur ns; NULL for the last state of a thread, which lasts beyond the recording
-- column: tid thread; the idle threads are left out
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it began
-- column: source buffer, see meta.sources
-- column: state running, runnable (waits for a CPU), sleeping, uninterruptible, idle, stopped, traced, parked, zombie, dead, other; off_cpu (slept, and was woken at a time that was not recorded), unknown (an event in between is missing)
-- column: cpu CPU it runs on, waits for, or ran on before it slept
-- column: prio the kernel's priority, lower is more urgent
-- column: letters the kernel's letters of the state it left the CPU in, R+ when it was preempted; NULL unless it began so
-- column: began switch_in, switch_out, wakeup, wakeup_new: the event it began with
-- column: end_ts ns on the trace clock when it ended; NULL if it did not
-- column: end_cpu CPU of the event that ended it: where a waiting thread got to run; NULL if it did not end
-- column: lost true where events were lost in between on a CPU of either end: the state is then unknown
-- column: waker_tid thread that was current when it was woken; NULL unless it began with wakeup or wakeup_new
-- column: waker_comm name of that thread
-- column: waker_cpu CPU on which it was woken
-- column: waker_context task, softirq, hardirq or nmi: an interrupt wakes in the name of whatever thread is current
-- source: include/trace/events/sched.h, kernel/sched/core.c: a wakeup of a thread that runs or waits for a CPU changes nothing
-- record: --preset sched
with
-- A thread stays on a CPU until the next switch there: with a pid filter that may be from another thread.
turns as (
  select *, lead(ts) over (partition by common_source, common_cpu order by ts) as turn_end_ts from sched.sched_switch
),
switches as (
  select ts, turn_end_ts, common_cpu as cpu, common_source as source, is_in,
    case when is_in then next_pid else prev_pid end as tid,
    case when is_in then next_comm else prev_comm end as comm,
    case when is_in then next_prio else prev_prio end as prio,
    case when not is_in then prev_state end as code
  from turns, (values (true), (false)) as sides(is_in)
),
named as (
  select s.* exclude (code), d.letters, case when is_in then 'running' else coalesce(d.state, 'other') end as state
  from switches s
  left join main.task_states d on d.source = s.source and d.code = s.code
  where tid <> 0
),
wakes as (
  select * from sched_wakeup where pid <> 0
),
-- sched_wakeup is written where the thread is put in the queue, sched_waking where it was woken.
woken as (
  select w.ts, w.common_source as source, w.pid as tid, w.comm, w.prio, w.target_cpu, w.common_cpu as at_cpu,
    'wakeup' as began, coalesce(k.common_pid, w.common_pid) as waker_tid, coalesce(k.common_comm, w.common_comm) as waker_comm,
    coalesce(k.common_cpu, w.common_cpu) as waker_cpu, coalesce(k.common_flags, w.common_flags) as waker_flags
  from wakes w
  asof left join sched_waking k on k.common_source = w.common_source and k.pid = w.pid and k.ts <= w.ts
  union all
  select ts, common_source, pid, comm, prio, target_cpu, common_cpu, 'wakeup_new', common_pid, common_comm, common_cpu, common_flags
  from sched_wakeup_new
),
events as (
  select ts, turn_end_ts, source, tid, comm, prio, state, letters, cpu::bigint as cpu, cpu as at_cpu,
    case when is_in then 'switch_in' else 'switch_out' end as began,
    null::integer as waker_tid, null::varchar as waker_comm, null::usmallint as waker_cpu, null::utinyint as waker_flags
  from named
  union all
  select ts, null, source, tid, comm, prio, 'runnable', null, target_cpu, at_cpu, began, waker_tid, waker_comm, waker_cpu, waker_flags
  from woken
),
-- A wakeup counts when the event before it put the thread to sleep.
counted as (
  select * from events
  qualify not starts_with(began, 'wakeup')
    or coalesce(lag(began = 'switch_out' and state <> 'runnable') over (partition by source, tid order by ts), true)
),
sides as (
  select *,
    lead(ts) over thread as end_ts, lead(at_cpu) over thread as end_cpu, lead(began) over thread as ending
  from counted
  window thread as (partition by source, tid order by ts)
),
torn as (
  select s.*, lost_between(gaps, source, at_cpu, end_cpu, ts, coalesce(end_ts, 9223372036854775807)) as lost
  from sides s cross join loss_index
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select t.ts, t.end_ts - t.ts as dur, t.tid, p.tgid, t.comm, t.source,
  case
    when lost then 'unknown'
    when ending is null then t.state
    when began = 'switch_in' then case when ending = 'switch_out' and t.end_ts = turn_end_ts then t.state else 'unknown' end
    when ending = 'switch_out' then 'unknown'
    when t.state <> 'runnable' and ending = 'switch_in' then 'off_cpu'
    else t.state
  end as state,
  t.cpu, t.prio, t.letters, t.began, t.end_ts, t.end_cpu, t.lost, t.waker_tid, t.waker_comm, t.waker_cpu,
  case
    when waker_flags & 64 <> 0 then 'nmi' when waker_flags & 8 <> 0 then 'hardirq'
    when waker_flags & 16 <> 0 then 'softirq' when waker_flags is not null then 'task'
  end as waker_context
from torn t
left join processes p on p.source = t.source and p.pid = t.tid
