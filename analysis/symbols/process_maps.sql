-- process_maps: a file in the memory of a process: as the recorder saw it, else as the process's own calls made it
-- optional: call_pairs (ts bigint, end_ts bigint, tid integer, tgid integer, source usmallint, name varchar, arg2 bigint, arg5 bigint, arg6 bigint, ret bigint, error varchar)
-- optional: fd_table (source usmallint, tgid integer, fd integer, path varchar, open_ts bigint, close_ts bigint)
-- optional: sched.sched_process_exec (pid integer)
-- column: source buffer, see meta.sources
-- column: tgid process
-- column: start_address first address
-- column: end_address one past the last
-- column: file_offset bytes from the file's beginning; NULL in files of trace-cmd, which does not store it
-- column: path file
-- column: from_ts ns on the trace clock since when; NULL if before the recording or not known
-- column: until_ts ns on the trace clock at which an exec took it away; NULL if none did
-- column: is_recorded true where the recorder saw it; false where it was put together from openat and mmap
-- source: mmap(2); what execve itself maps, the program and its loader, is in no call
-- record: --preset malloc, or -e syscalls:sys_enter_mmap -e syscalls:sys_exit_mmap --preset files
with
seen as (select distinct source, tgid from meta.process_maps),
calls as (
  select source, coalesce(tgid, tid) as tgid, ts, end_ts, ret, arg2 as length, as_int(arg5) as fd,
    case when name = 'mmap_pgoff' then arg6 * 4096 else arg6 end as file_offset
  from call_pairs
  where name in ('mmap', 'mmap_pgoff') and ret is not null and error is null and arg2 > 0 and as_int(arg5) >= 0
),
files as (select source, tgid, fd, path, coalesce(open_ts, 0) as open_ts, close_ts from fd_table where path is not null),
execs as (select common_source as source, pid as tgid, ts from sched_process_exec),
rebuilt as (
  select c.*, f.path, x.ts as until_ts
  from calls c
  asof join files f on f.source = c.source and f.tgid = c.tgid and f.fd = c.fd and f.open_ts <= c.ts
  asof left join execs x on x.source = c.source and x.tgid = c.tgid and x.ts >= c.end_ts
  where (f.close_ts is null or f.close_ts >= c.ts)
)
select source, tgid, start_address, end_address, file_offset, path, from_ts, until_ts, true as is_recorded
from meta.process_maps
union all
select source, tgid, try_cast(ret as ubigint), try_cast(ret::hugeint + length as ubigint), try_cast(file_offset as ubigint),
  path, end_ts, until_ts, false
from rebuilt anti join seen using (source, tgid)
