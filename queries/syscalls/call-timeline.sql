-- call-timeline: system calls and probed functions in one line, what is inside of what: strace and ltrace at once
-- needs: syscalls.sys_e*_* | raw_syscalls.sys_e*
-- views: syscall_texts
-- optional: uprobe_spans (ts bigint, end_ts bigint, dur bigint, source usmallint, tid integer, comm varchar, name varchar, args varchar, ret bigint, state varchar)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: min_us double = 0 only calls that took at least so many µs, or whose time is not known
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- column: line time on the trace clock in seconds, thread, its name, and the call, indented by those it is inside of
-- column: depth calls of the thread that it is inside of
-- column: kind syscall or probe
-- column: dur_us time in the call, µs; NULL if its end is not known: such a call has nothing inside
-- render: lines(line)
-- empty: call
-- record: --preset syscalls --uprobe …
-- read: A probe without a return probe is a point in time, and has nothing inside.
with
files as (select source, min(source) over (partition by file) as base from meta.sources),
calls as (
  select ts, end_ts, dur, source, tid, comm, 'syscall' as kind, call_name(name) as name,
    coalesce(array_to_string(arguments, ', '), '...') as arguments, result
  from syscall_texts
  where state not in ('no_enter', 'began_before', 'child')
  union all
  select ts, end_ts, dur, source, tid, comm, 'probe', name,
    trim(args::varchar, '{}'), coalesce(ret::varchar, '?')
  from uprobe_spans
  where state <> 'no_entry'
),
chosen as (
  select c.*, f.base, row_number() over () as id
  from calls c join files f on f.source = c.source
  where comm like $comm and ($tid is null or tid = $tid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and (dur is null or dur >= $min_us * 1000)
),
-- At one instant ends come first, then begins, those of longer calls before.
edges as (
  select base, tid, ts as moment, 1 as delta, -coalesce(dur, 0) as length, id from chosen
  union all
  select base, tid, ts + dur, -1, dur, id from chosen where dur > 0
),
depths as (
  select id, delta, sum(case when delta = 1 and has_end is false then 0 else delta end) over (
      partition by base, tid order by moment, delta, length rows between unbounded preceding and 1 preceding) as depth
  from (select *, count(*) over (partition by id) = 2 as has_end from edges)
)
select printf('%.6f', c.ts / 1e9) || ' ' || c.tid || ' ' || c.comm || ' ' || repeat('  ', coalesce(d.depth, 0)::integer) ||
    coalesce(c.name, '<unknown>') || '(' || c.arguments || ') = ' || c.result || coalesce(printf(' <%.6f>', c.dur / 1e9), '') as line,
  (c.ts / 1e9)::decimal(18, 6) as time, c.tid, c.comm, coalesce(d.depth, 0)::integer as depth, c.kind, coalesce(c.name, '<unknown>') as call,
  c.arguments, c.result, round(c.dur / 1e3, 1) as dur_us
from chosen c join depths d on d.id = c.id and d.delta = 1
order by c.ts, d.depth, c.id
