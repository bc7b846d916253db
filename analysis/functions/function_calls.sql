-- function_calls: a call of a kernel function, as the function_graph tracer sees it
-- needs: ftrace.funcgraph_entry | ftrace.funcgraph_exit | ftrace.fgraph_retaddr_entry, loss_index
-- optional: ftrace.funcgraph_entry (func ubigint, depth integer)
-- optional: ftrace.fgraph_retaddr_entry (func ubigint, depth integer, retaddr ubigint)
-- optional: ftrace.funcgraph_exit (func ubigint, depth integer, calltime ubigint, rettime ubigint, retval ubigint)
-- column: ts ns on the trace clock when it was called
-- column: end_ts ns on the trace clock when it returned; NULL if that is not known
-- column: dur ns in the function, those it called included; NULL if not known
-- column: cpu CPU
-- column: tid thread
-- column: comm the thread's name
-- column: flags the kernel's bits of the context, as common_flags
-- column: source buffer, see meta.sources
-- column: func address of the function, see the macro sym_name
-- column: depth calls it is inside of, as the tracer counts them
-- column: caller address of the call; NULL where it was not recorded (funcgraph-retaddr)
-- column: retval what it returned, signed; NULL where it was not recorded (funcgraph-retval)
-- column: state complete, no_entry (only the return was recorded, which says how long the call took), open (no return was recorded), lost (events were lost on its CPU in between)
-- source: kernel/trace/trace_entries.h, trace_functions_graph.c: the return record holds both times
-- record: -p function_graph
with
sides as (
  select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_flags as flags, common_source as source,
    func, try_cast(depth as integer) as depth, null::ubigint as caller, null::ubigint as calltime,
    null::ubigint as rettime, null::ubigint as retval, false as is_exit from funcgraph_entry
  union all
  select ts, common_cpu, common_pid, common_comm, common_flags, common_source, func, try_cast(depth as integer), retaddr, null, null, null,
    false from fgraph_retaddr_entry
  union all
  select ts, common_cpu, common_pid, common_comm, common_flags, common_source, func, try_cast(depth as integer), null, calltime, rettime,
    retval, true from funcgraph_exit
),
-- At one depth of a thread, calls and returns take turns. Every CPU has its own thread 0.
ordered as (
  select *, lead(is_exit) over level as next_is_exit, lead(func) over level as next_func, lead(ts) over level as next_ts,
    lead(cpu) over level as next_cpu, lead(calltime) over level as next_calltime, lead(rettime) over level as next_rettime,
    lead(retval) over level as next_retval, lag(is_exit) over level as last_is_exit, lag(func) over level as last_func
  from sides
  window level as (partition by source, tid, case when tid = 0 then cpu end, depth order by ts, is_exit)
),
pairs as (
  select *, not is_exit and next_is_exit and next_func = func as paired
  from ordered
  where not is_exit or last_is_exit is not false or last_func <> func
),
calls as (
  select *, case when started between 1 and ended then try_cast(ended - started as bigint) end as spent from (
  select p.* replace (coalesce(paired, false) as paired), lost_between(gaps, p.source, p.cpu, p.next_cpu, p.ts, p.next_ts) as torn,
    case when is_exit then calltime when paired then next_calltime end as started,
    case when is_exit then rettime when paired then next_rettime end as ended,
    case when is_exit then retval when paired and not torn then next_retval end as value
  from pairs p cross join loss_index)
)
select case when is_exit then ts - coalesce(spent, 0) else ts end as ts,
  case when is_exit then ts when paired and not torn then next_ts end as end_ts,
  case when is_exit then spent when paired and not torn then coalesce(spent, next_ts - ts) end as dur,
  cpu, tid, comm, flags, source, func, depth, caller,
  case when value < 9223372036854775808 then value::bigint else (value::hugeint - 18446744073709551616)::bigint end as retval,
  case
    when is_exit then 'no_entry'
    when paired and torn then 'lost'
    when paired then 'complete'
    else 'open'
  end as state
from calls
