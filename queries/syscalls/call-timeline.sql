-- call-timeline: system calls and probed functions in one line, what is inside of what: strace and ltrace at once
-- needs: syscalls.sys_e*_* | raw_syscalls.sys_e*
-- views: syscall_texts
-- optional: uprobe_spans (ts bigint, end_ts bigint, dur bigint, source usmallint, tid integer, tgid integer, comm varchar, name varchar, args varchar, ret bigint, state varchar)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: min_us double = 0 only calls that took at least so many µs, or whose time is not known
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: call the call as the C library has it, or the probe's name
-- column: args its arguments
-- column: result what it returned, and the error; ? where that is not known
-- column: dur_us time in the call, µs; NULL if its end is not known: such a call has nothing inside
-- column: depth calls of the thread that it is inside of
-- column: kind syscall or probe
-- column: line time, thread, its name, and the call, indented by those it is inside of
-- column: tid thread
-- column: ts ns on the trace clock
-- render: lines(line)
-- empty: call
-- record: --preset syscalls --uprobe …
-- read: A probe without a return probe is a point in time, and has nothing inside.
with
files as (select source, min(source) over (partition by file) as base from meta.sources),
calls as (
  select ts, end_ts, dur, source, tid, tgid, comm, 'syscall' as kind, call_name(name) as name,
    coalesce(array_to_string(arguments, ', '), '...') as arguments, result
  from syscall_texts
  where state not in ('no_enter', 'began_before', 'child')
  union all
  select ts, end_ts, dur, source, tid, tgid, comm, 'probe', name,
    trim(args::varchar, '{}'), coalesce(ret::varchar, '?')
  from uprobe_spans
  where state <> 'no_entry'
),
chosen as (
  select c.*, f.base, row_number() over () as id
  from calls c join files f on f.source = c.source
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and (dur is null or dur >= $min_us * 1000)
),
-- At one instant ends come first, then begins, those of longer calls before.
edges as (
  select base, tid, ts as moment, 1 as delta, -coalesce(dur, 0) as length, id from chosen
  union all
  select base, tid, ts + dur, -1, dur, id from chosen where dur > 0
),
depths as (
  select id, delta, sum(case when delta = 1 and has_end is false then 0 else delta end::double) over (
      partition by base, tid order by moment, delta, length rows between unbounded preceding and 1 preceding) as depth
  from (select *, count(*) over (partition by id) = 2 as has_end from edges)
)
select report_time(c.ts) as time, coalesce(c.tgid, c.tid) as pid, c.comm, coalesce(c.name, '<unknown>') as call, c.arguments as args, c.result,
  round(c.dur / 1e3, 1) as dur_us, coalesce(d.depth, 0)::integer as depth, c.kind,
  report_time(c.ts) || ' ' || c.tid || ' ' || c.comm || ' ' || repeat('  ', coalesce(d.depth, 0)::integer) ||
    coalesce(c.name, '<unknown>') || '(' || c.arguments || ') = ' || c.result || coalesce(printf(' <%.6f>', c.dur / 1e9), '') as line,
  c.tid, c.ts
from chosen c join depths d on d.id = c.id and d.delta = 1
order by c.ts, d.depth, c.id
