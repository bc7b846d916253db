-- syscall_spans: a system call of a thread, from its enter to its exit
-- needs: syscall_events
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: dur ns in the call, waiting included; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: nr its number on the recording's architecture
-- column: arg1 first argument, as in syscall_events; likewise arg2 to arg6
-- column: str1 first user string where the kernel records them; likewise str2 and str3
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, EAGAIN; NULL if it did not fail
-- column: state complete, no_enter (only the exit was recorded), no_exit (entered, and then something else), open (still in the call at the end), no_return (calls that never return: exit, exit_group, rt_sigreturn), child (the exit of fork and its like in the new thread), lost (events were lost on its CPU in between)
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: args arguments by the names of the kernel, MAP(VARCHAR, BIGINT)
-- source: kernel/trace/trace_syscalls.c; a return value between -4095 and -1 is an error: include/linux/err.h
-- record: --preset syscalls
with
-- rt_sigreturn leaves by raw_syscalls as number -1: the return value is that of the interrupted code.
events as (
  select *, ret is not null as is_exit from syscall_events where nr is distinct from -1 or ret is null
),
sides as (
  select *,
    lead(ts) over thread as next_ts, lead(cpu) over thread as next_cpu,
    lead(name) over thread as next_name, lead(is_exit) over thread as next_is_exit,
    lead(ret) over thread as next_ret,
    lag(name) over thread as previous_name, lag(is_exit) over thread as previous_is_exit
  from events
  window thread as (partition by source, tid order by ts)
),
pairs as (
  select *, not is_exit and next_is_exit and next_name is not distinct from name as paired
  from sides
  where not is_exit or previous_is_exit is not false or previous_name is distinct from name
),
-- The last gap that ended before the exit, on the CPU of either side: later than the enter, it lies between.
gaps as not materialized (select source, cpu, ts from meta.lost_events),
spans as (
  select p.*, coalesce(greatest(g.ts, h.ts) > p.ts, false) as torn
  from pairs p
  asof left join gaps g on g.source = p.source and g.cpu = p.cpu and g.ts <= p.next_ts
  asof left join gaps h on h.source = p.source and h.cpu = p.next_cpu and h.ts <= p.next_ts
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
names as not materialized (
  select map(list(event), list(fields)) as fields from (
    select replace(event, 'sys_enter_', '') as event, list(field order by position) as fields
    from (select distinct event, field, position from meta.fields
      where system = 'syscalls' and event like 'sys\_enter\_%' escape '\'
        and field not like 'common\_%' escape '\' and field not like '\_\_%' escape '\' and field <> 'nr')
    group by all
  )
)
select s.ts, case when paired and not torn then next_ts - s.ts end as dur, s.cpu, s.tid, p.tgid, s.comm,
  s.source, s.name, s.nr, arg1, arg2, arg3, arg4, arg5, arg6, str1, str2, str3,
  case when is_exit then ret when paired and not torn then next_ret end as ret,
  case when is_exit then errno_name(s.ret) when paired and not torn then errno_name(next_ret) end as error,
  case
    when is_exit and s.name in ('clone', 'clone3', 'fork', 'vfork') and ret = 0 then 'child'
    when is_exit then 'no_enter'
    when paired and torn then 'lost'
    when paired then 'complete'
    when s.name in ('exit', 'exit_group', 'rt_sigreturn') then 'no_return'
    when next_ts is null then 'open'
    else 'no_exit'
  end as state,
  case when is_exit then s.ts when paired and not torn then next_ts end as end_ts,
  case when not is_exit then
    (select list_apply(fields[s.name], (field, i) -> (field, [arg1, arg2, arg3, arg4, arg5, arg6][i])).map_from_entries() from names)
  end as args
from spans s
left join processes p on p.source = s.source and p.pid = s.tid
