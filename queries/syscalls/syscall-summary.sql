-- syscall-summary: system calls by name, with the time spent in them and their errors
-- needs: raw_syscalls.sys_exit | syscalls.sys_exit_*
-- views: syscall_spans
-- alias: syscount, strace-c
-- optional: descendants (source usmallint, filename varchar, tid integer, from_ts bigint)
-- param: program varchar = null only this program and what it starts, from its exec on; its path or the last part of it
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- param: by varchar(time|calls|errors) = 'time' order: time, calls or errors
-- column: "% time" percent of the time in all these calls; a thread that waits is in its call
-- column: seconds wall time in the calls, not the CPU time that strace -c counts
-- column: "usecs/call" mean of the calls whose both ends were recorded
-- column: calls calls that returned, and those that never return
-- column: errors calls that failed
-- column: syscall the call as the C library has it
-- column: max_us longest call whose both ends were recorded, µs
-- column: open calls that had not returned when the recording ended; not in `calls`
-- render: table
-- empty: system call
-- record: --preset syscalls
-- read: With program: sched:sched_process_exec and sched:sched_process_fork must be recorded, else there is no answer.
-- read: wait4, poll and their like are in the lead because they wait.
-- read: A call whose enter or exit was not recorded counts, but has no time.
-- read: A new thread leaves the clone that made it too; that second exit is not counted.
-- read: strace -c does not count exit_group, and counts rt_sigreturn as failed when the interrupted code's register looks like an error.
with
family as (
  select source, tid, min(from_ts) as from_ts from descendants
  where filename = $program or ends_with(filename, '/' || $program)
  group by all
),
calls as (
  select call_name(name) as name,
    count(*) filter (where state not in ('child', 'open', 'no_exit')) as calls,
    count(error) filter (where state <> 'child') as errors, count(*) filter (where state = 'open') as open,
    sum(dur) as ns, max(dur) as longest, count(dur) as timed
  from syscall_spans s left join family f using (source, tid)
  where ($program is null or coalesce(end_ts, ts) >= f.from_ts) and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by name
),
once as (
  select name, sum(calls)::bigint as calls, sum(errors)::bigint as errors, sum(open)::bigint as open, coalesce(sum(ns), 0)::bigint as ns,
    max(longest) as longest, sum(timed)::bigint as timed
  from calls group by name
)
select coalesce(100 * ns / nullif(sum(ns) over (), 0), 0)::decimal(5, 2) as "% time", (ns / 1e9)::decimal(18, 6) as seconds,
  round(ns / 1e3 / nullif(timed, 0), 1) as "usecs/call", calls, errors, coalesce(name, '<unknown>') as syscall,
  round(longest / 1e3, 1) as max_us, open
from once
order by case $by when 'calls' then calls when 'errors' then errors else ns end desc, calls desc, syscall
