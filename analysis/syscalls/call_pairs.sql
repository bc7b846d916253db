-- call_pairs: a system call of a thread, paired with its exit among calls of its own name: syscall_spans for those who ask for some names only, because a filter by name reads no other calls
-- needs: syscall_events, loss_index
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: dur ns in the call, waiting included; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: arg1 first argument, as in syscall_events
-- column: arg2 second argument
-- column: arg3 third argument
-- column: arg4 fourth argument
-- column: arg5 fifth argument
-- column: arg6 sixth argument
-- column: str1 first user string, where the kernel records them (6.19 and later)
-- column: str2 second user string
-- column: str3 third user string
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, EAGAIN; NULL if it did not fail
-- column: state complete, no_enter (only the exit was recorded), no_exit (only the enter was), lost (events were lost on its CPU in between)
-- source: kernel/trace/trace_syscalls.c; a return value between -4095 and -1 is an error: include/linux/err.h
-- record: --preset syscalls
with
-- rt_sigreturn leaves by raw_syscalls as number -1: the return value is that of the interrupted code.
events as (
  select *, ret is not null as is_exit from syscall_events where nr is distinct from -1 or ret is null
),
sides as (
  select *, lead(ts) over calls as next_ts, lead(cpu) over calls as next_cpu, lead(ret) over calls as next_ret,
    coalesce(lead(is_exit) over calls, false) as has_exit,
    coalesce(lag(is_exit) over calls, true) as follows_exit
  from events
  window calls as (partition by source, tid, name order by ts)
),
pairs as (
  select p.*, not is_exit and has_exit as paired, lost_between(gaps, p.source, cpu, next_cpu, ts, next_ts) as torn
  from sides p cross join loss_index
  where not is_exit or follows_exit
),
ends as (
  select * exclude (ret),
    case when is_exit then ts when paired and not torn then next_ts end as end_ts,
    case when is_exit then ret when paired and not torn then next_ret end as ret
  from pairs
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select e.ts, end_ts, case when paired then end_ts - e.ts end as dur, cpu, tid, p.tgid, comm, e.source, name,
  arg1, arg2, arg3, arg4, arg5, arg6, str1, str2, str3, ret, errno_name(ret) as error,
  case
    when is_exit then 'no_enter'
    when paired and torn then 'lost'
    when paired then 'complete'
    else 'no_exit'
  end as state
from ends e
left join processes p on p.source = e.source and p.pid = e.tid
