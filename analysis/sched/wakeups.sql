-- wakeups: a thread that slept is woken, and gets to run
-- needs: thread_states, sched.sched_wakeup | sched.sched_wakeup_new
-- column: ts ns on the trace clock when it was put in a run queue
-- column: dur latency in ns: from then until it ran; NULL where it did not run before the end, or where that is not known
-- column: tid thread that was woken
-- column: tgid its process; NULL if not known
-- column: comm its name
-- column: prio its kernel priority, lower is more urgent
-- column: source buffer, see meta.sources
-- column: is_new true for the first wakeup of a new thread
-- column: target_cpu CPU in whose queue it was put
-- column: cpu CPU it ran on; another than target_cpu where it was migrated meanwhile
-- column: waker_tid thread that was current when it was woken
-- column: waker_comm name of that thread
-- column: waker_cpu CPU on which it was woken
-- column: waker_context task, softirq, hardirq or nmi: an interrupt wakes in the name of whatever thread is current
-- column: state complete, open (still waiting at the end), lost (events were lost on a CPU of either end), no_switch (how it got to run is not recorded)
-- source: include/trace/events/sched.h; wakeups of threads that run or wait already are not counted
-- record: --preset sched
select ts, case when state = 'runnable' then dur end as dur, tid, tgid, comm, prio, source,
  began = 'wakeup_new' as is_new, cpu as target_cpu, case when state = 'runnable' then end_cpu end as cpu,
  waker_tid, waker_comm, waker_cpu, waker_context,
  case
    when lost then 'lost'
    when state <> 'runnable' then 'no_switch'
    when end_ts is null then 'open'
    else 'complete'
  end as state
from main.thread_states
where began in ('wakeup', 'wakeup_new')
