-- cpu_slices: a thread on a CPU, from the switch to it to the switch away from it
-- needs: sched.sched_switch, task_states, loss_index
-- column: ts ns on the trace clock when it got the CPU; where that was not recorded, when it left it
-- column: dur ns on the CPU, interrupts included; NULL unless both ends were recorded
-- column: cpu CPU
-- column: tid thread; 0 is the idle thread of that CPU
-- column: tgid process; NULL if not known
-- column: comm the thread's name in the switch
-- column: prio the kernel's priority, lower is more urgent: 0 to 99 real time, 120 for nice 0
-- column: end_state letters of the state in which it left, as in task_states: R+ preempted, S sleeping
-- column: source buffer, see meta.sources
-- column: state complete, open (still on the CPU at the end), no_start (only its leaving was recorded), no_end (the next switch on the CPU was from another thread), lost (events were lost on the CPU in between)
-- column: end_ts ns on the trace clock when it left; NULL if that is not known
-- source: include/trace/events/sched.h: sched_switch is written on the CPU that switches
-- record: --preset sched
with
switches as (
  select ts, common_cpu as cpu, common_source as source, prev_pid, prev_comm, prev_prio, prev_state,
    next_pid, next_comm, next_prio,
    lead(ts) over cpu as end_ts, lead(prev_pid) over cpu as end_pid, lead(prev_state) over cpu as end_code,
    lag(ts) over cpu as before_ts, lag(next_pid) over cpu as before_pid
  from sched.sched_switch
  window cpu as (partition by common_source, common_cpu order by ts)
),
torn as (
  select s.*, lost_between(gaps, source, cpu, cpu, ts, coalesce(end_ts, 9223372036854775807)) as torn_after,
    lost_between(gaps, source, cpu, cpu, before_ts, ts) as torn_before
  from switches s cross join loss_index
),
-- A switch begins a slice, and ends one that the switch before it did not begin.
slices as (
  select ts, cpu, source, is_start,
    case when is_start then next_pid else prev_pid end as tid,
    case when is_start then next_comm else prev_comm end as comm,
    case when is_start then next_prio else prev_prio end as prio,
    case
      when not is_start then 'no_start'
      when torn_after then 'lost'
      when end_ts is null then 'open'
      when end_pid <> next_pid then 'no_end'
      else 'complete'
    end as state,
    case when is_start then end_ts else ts end as end_ts,
    case when is_start then end_code else prev_state end as end_code
  from torn, (values (true), (false)) as sides(is_start)
  where is_start or torn_before or before_pid is distinct from prev_pid
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select s.ts, case when s.state = 'complete' then end_ts - s.ts end as dur, cpu, tid, p.tgid, comm, prio,
  case when s.state in ('complete', 'no_start') then coalesce(d.letters, '?') end as end_state, s.source, s.state,
  case when s.state in ('complete', 'no_start') then end_ts end as end_ts
from slices s
left join main.task_states d on d.source = s.source and d.code = s.end_code
left join processes p on p.source = s.source and p.pid = s.tid and s.tid <> 0
