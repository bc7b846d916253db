-- exec-snoop: which programs were started, by whom
-- alias: execsnoop
-- needs: sched.sched_process_exec | syscalls.sys_exit_execve | raw_syscalls.sys_exit
-- optional: sched.sched_process_exec (filename varchar, pid integer, old_pid integer)
-- optional: syscall_paths (ts bigint, end_ts bigint, source usmallint, tid integer, comm varchar, name varchar, ret bigint, error varchar, path varchar, dur bigint)
-- optional: process_tree (ts bigint, source usmallint, tid integer, tgid integer, parent_tid integer, began varchar)
-- optional: *.execve (arg1 varchar, arg2 varchar, arg3 varchar, arg4 varchar, arg5 varchar, arg6 varchar, arg7 varchar, arg8 varchar)
-- param: failed boolean = false also those that failed, as each place of PATH where the program is not
-- param: comm varchar = '%' only programs started by threads whose name matches this pattern
-- param: path varchar = '%' only programs whose path matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pcomm name of the thread before it became the program; NULL if that is not known
-- column: pid process that runs the program; the thread where that is not known
-- column: ppid process that made it; NULL if that was before the recording
-- column: ret 0 or the error as a negative number
-- column: args the path, and the arguments where a probe on execve recorded them as arg1, arg2 …; … where there may be more
-- column: error name of the error
-- column: dur_us time in the call, µs; NULL if its begin was not recorded
-- column: tid thread that runs the program, or tried to
-- column: ts ns on the trace clock
-- render: table
-- empty: exec
-- record: --preset files
-- read: Shells and env try each folder of PATH in turn: with failed=true those that are not there show up as ENOENT.
-- read: A program that is started without a fork before it, as by exec in a shell, has the ppid of the shell's own start.
with
calls as (select * from syscall_paths where name in ('execve', 'execveat')),
succeeded as (
  select e.ts, e.common_source as source, e.pid, e.old_pid, e.filename, c.comm, c.dur, coalesce(c.end_ts >= e.ts and c.dur is not null, false) as entered
  from sched_process_exec e
  asof left join (from calls where ret = 0) c on c.source = e.common_source and c.tid = e.old_pid and c.ts <= e.ts
),
starts as (
  select ts, source, pid, old_pid, filename, 0::bigint as ret, null::varchar as error,
    case when entered then comm end as pcomm, case when entered then dur end as dur, true as worked
  from succeeded
  union all
  select coalesce(end_ts, ts), source, tid, tid, path, ret, error, case when dur is not null then comm end, dur, ret = 0
  from calls
  where ret < 0 or ret = 0 and not exists (from recorded where relation = 'sched.sched_process_exec')
),
forks as (select ts, source, tid, parent_tid from process_tree where began = 'fork'),
-- Behind the pointer that ends the arguments is other memory, mostly the environment: not to be read on.
probes as (
  select ts, common_source as source, common_pid as tid, array_to_string(args, ' ') as args,
    length(args) >= (select max(field[4:]::integer) from meta.fields where event = 'execve' and regexp_matches(field, '^arg[1-8]$')) as may_go_on
  from (
    select *, list_slice([arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8], 1,
      coalesce(list_position([arg1 is null, arg2 is null, arg3 is null, arg4 is null, arg5 is null, arg6 is null, arg7 is null, arg8 is null], true), 9) - 1) as args
    from execve
  )
),
files as (select source, min(source) over (partition by file) as base from meta.sources),
found as (
  select s.*, f.parent_tid, p.args, p.may_go_on, p.ts as probe_ts,
    lag(s.ts) over (partition by s.source, s.old_pid order by s.ts) as previous_ts
  from starts s
  join files m on m.source = s.source
  asof left join forks f on f.source = s.source and f.tid = s.pid and f.ts <= s.ts
  asof left join (select p.*, m.base from probes p join files m on m.source = p.source) p
    on p.base = m.base and p.tid = s.old_pid and p.ts <= s.ts
)
select report_time(ts) as time, pcomm, process_of(pid, source) as pid, process_of(parent_tid, source) as ppid, ret,
  concat_ws(' ', coalesce(filename, '<unknown>'),
    case when coalesce(probe_ts > previous_ts, probe_ts is not null) then nullif(args, '') || if(may_go_on, ' …', '') end) as args,
  error, round(dur / 1e3, 1) as dur_us, pid as tid, ts
from found
where (worked or $failed) and coalesce(pcomm, '') like $comm and coalesce(filename, '') like $path and ($tid is null or $tid in (pid, old_pid))
  and ($pid is null or $pid in (pid, old_pid) or process_of(pid, source) = $pid)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by found.ts, found.pid
