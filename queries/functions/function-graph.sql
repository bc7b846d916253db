-- function-graph: calls of kernel functions as an indented tree, with their times
-- views: function_calls
-- param: func varchar = '%' only functions whose name matches this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: max_depth integer = null only calls that deep in others at most
-- param: min_us double = 0 only calls of at least this long
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 1000 rows to print
-- column: time when it was called: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: dur_us time in the function, those it called included, µs; NULL if not known
-- column: function its name, indented by the calls that it is inside of
-- column: retval what it returned; NULL where it was not recorded
-- column: state as in function_calls; NULL where it is complete
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: function call
-- record: -p function_graph
-- read: A return value is the register's content, also of functions that return nothing.
with
calls as (
  select * from function_calls
  where comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or tid = $pid or process_of(tid, source) = $pid) and ($max_depth is null or depth <= $max_depth)
    and ($min_us <= 0 or dur >= $min_us * 1000)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
names as (select source, func, split_part(sym_in(func, source), '+0x', 1) as name from (select distinct source, func from calls))
select report_time(ts) as time, process_of(tid, source) as pid, comm, cpu, dur / 1e3 as dur_us,
  repeat('  ', least(greatest(depth, 0), 64)) || name as function, retval,
  case when state <> 'complete' then state end as state, tid, ts
from calls join names using (source, func)
where name like $func
order by calls.ts, depth
limit $top
