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
  select ts, dur, source, tid, tgid, comm, 'syscall' as kind, coalesce(call_name(name), '<unknown>') as name,
    coalesce(array_to_string(arguments, ', '), '...') as arguments, result
  from syscall_texts
  where state not in ('no_enter', 'began_before', 'child')
  union all
  select ts, dur, source, tid, tgid, comm, 'probe', coalesce(name, '<unknown>'), trim(args::varchar, '{}'), coalesce(ret::varchar, '?')
  from uprobe_spans
  where state <> 'no_entry'
),
chosen as (
  select c.*, f.base
  from calls c join files f on f.source = c.source
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and (dur is null or dur >= $min_us * 1000)
),
-- System calls of a thread are never inside of one another, but for those that several buffers of a file hold.
nested as (
  select base, tid from chosen group by all having min(source) <> max(source) or bool_or(kind = 'probe' and dur > 0)
),
numbered as (select *, row_number() over () as id from chosen semi join nested using (base, tid)),
-- At one instant ends come first, then begins, those of longer calls before.
edges as (
  select base, tid, ts as moment, 1 as delta, -coalesce(dur, 0) as length, coalesce(dur > 0, false)::integer::double as change, id from numbered
  union all
  select base, tid, ts + dur, -1, dur, -1, id from numbered where dur > 0
),
depths as (
  select id, delta, sum(change) over (
      partition by base, tid order by moment, delta, length rows between unbounded preceding and 1 preceding) as depth
  from edges
),
answers as (
  select ts, dur, tid, tgid, comm, kind, name, arguments, result, 0 as depth, 0 as id from chosen anti join nested using (base, tid)
  union all
  select n.ts, n.dur, n.tid, n.tgid, n.comm, n.kind, n.name, n.arguments, n.result, coalesce(d.depth, 0)::integer, n.id
  from numbered n join depths d on d.id = n.id and d.delta = 1
),
-- Sorted before there are lines: they hold all once more.
sorted as (select *, report_time(ts) as time from answers order by ts, depth, tid, id)
select time, coalesce(tgid, tid) as pid, comm, name as call, arguments as args, result, round(dur / 1e3, 1) as dur_us, depth, kind,
  time || ' ' || tid || ' ' || comm || ' ' || repeat('  ', depth) || name || '(' || arguments || ') = ' || result
    || coalesce(printf(' <%.6f>', dur / 1e9), '') as line,
  tid, ts
from sorted
