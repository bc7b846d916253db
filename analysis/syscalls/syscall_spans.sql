-- syscall_spans: a system call of a thread, from its enter to its exit
-- needs: syscall_events, loss_index
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: dur ns in the call, waiting included; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: nr its number on the recording's architecture
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
-- column: state complete, no_enter (only the exit was recorded), began_before (only the exit, and it is the first that was recorded of the thread), no_exit (entered, and then something else), open (still in the call at the end), no_return (calls that never return: exit, exit_group, rt_sigreturn, sigreturn), child (the exit of fork and its like in the new thread), lost (events were lost on its CPU in between)
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: args arguments by the names of the kernel, MAP(VARCHAR, BIGINT)
-- source: kernel/trace/trace_syscalls.c; a return value between -4095 and -1 is an error: include/linux/err.h
-- record: --preset syscalls
with
-- rt_sigreturn has no exit of its own: by raw_syscalls it leaves as number -1, or as the number of the interrupted code, whose
-- register the return value is. (On s390x a new thread's first exit has number -1 too.) A call has one key for its enter, and the next one for its exit.
events as (
  select *, case when ret is null and name in ('rt_sigreturn', 'sigreturn') then -4
    else 2 * coalesce(nr, (hash(name) >> 2)::bigint) + (ret is not null)::integer end as key
  from syscall_events
),
sides as (
  select *, ret is not null as is_exit, lead(key) over thread as next_key, lead(ts) over thread as next_ts,
    lead(cpu) over thread as next_cpu, lead(ret) over thread as next_ret, lag(key) over thread as previous_key
  from events
  window thread as (partition by source, tid order by ts)
),
pairs as (
  select *, not is_exit and next_key is not distinct from key + 1 as paired
  from sides
  where not is_exit or previous_key is distinct from key - 1 and previous_key is distinct from -4
),
spans as (
  select p.*, lost_between(gaps, p.source, cpu, next_cpu, ts, next_ts) as torn
  from pairs p cross join loss_index
),
ends as (
  select * exclude (ret), paired and not torn as complete,
    case when is_exit then ret when paired and not torn then next_ret end as ret
  from spans
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
fields as (
  select event[11:] as event, list(field order by position) as fields, array_to_string(list(field order by position), ' ') as names
  from (select *, min(source) over (partition by event) as first_source from meta.fields
    where system = 'syscalls' and event like 'sys\_enter\_%' escape '\')
  where source = first_source and field not like 'common\_%' escape '\' and field not like '\_\_%' escape '\' and field <> 'nr'
  group by all
)
select e.ts, case when complete then next_ts - e.ts end as dur, e.cpu, e.tid, p.tgid, e.comm, e.source, e.name, e.nr,
  arg1, arg2, arg3, arg4, arg5, arg6, str1, str2, str3, ret,
  case when coalesce(e.nr not in (-1, 4294967295) and e.name not in ('rt_sigreturn', 'sigreturn'), true) then errno_name(ret) end as error,
  case
    when is_exit and ret = 0 and (e.name in ('clone', 'clone3', 'fork', 'vfork') or previous_key is null and e.nr in (-1, 4294967295)) then 'child'
    when is_exit and previous_key is null then 'began_before'
    when is_exit then 'no_enter'
    when complete then 'complete'
    when paired then 'lost'
    when e.name in ('exit', 'exit_group', 'rt_sigreturn', 'sigreturn') then 'no_return'
    when next_ts is null then 'open'
    else 'no_exit'
  end as state,
  case when is_exit then e.ts when complete then next_ts end as end_ts,
  case when not is_exit then arguments_map(names, fields, arg1, arg2, arg3, arg4, arg5, arg6) end as args
from ends e
left join processes p on p.source = e.source and p.pid = e.tid
left join fields f on f.event = e.name
