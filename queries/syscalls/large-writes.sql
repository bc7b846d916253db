-- large-writes: writes of more than a number of bytes
-- needs: syscalls.sys_enter_write | syscalls.sys_enter_pwrite64 | raw_syscalls.sys_enter
-- views: syscall_spans
-- optional: fd_table (source usmallint, tgid integer, fd integer, kind varchar, path varchar, open_ts bigint, close_ts bigint)
-- param: over integer = 10000 only writes of more than this many bytes
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: fd descriptor written to
-- column: file what that is, a path or a kind of descriptor; NULL where the recording does not say
-- column: count bytes the program asked to write
-- column: ret what the kernel returned: bytes written, or the error's number below 0; NULL if the exit was not recorded
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name
-- column: dur_us time in the call, µs
-- column: call write or pwrite64
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: write of more than that
-- record: -e syscalls:sys_enter_write -f 'count > 10000' -e syscalls:sys_exit_write
-- read: A recording made with a filter holds the large writes only: no totals can be had from it.
with
writes as (
  select ts, source, tid, coalesce(tgid, tid) as tgid, comm, name, as_int(arg1) as fd, case when arg3 < 0 then null else arg3 end as count, ret, error, dur
  from syscall_spans
  where name in ('write', 'pwrite64') and arg3 > $over and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
descriptors as (
  select source, tgid, fd, coalesce(path, kind) as file, coalesce(open_ts, -9223372036854775808) as open_ts, close_ts from fd_table
)
select report_time(w.ts) as time, w.tgid as pid, w.comm, w.fd, case when d.close_ts is null or w.ts <= d.close_ts then d.file end as file,
  w.count, w.ret, case when w.error is not null then -w.ret when w.ret is not null then 0 end as err, w.error,
  round(w.dur / 1e3, 1) as dur_us, w.name as call, w.tid, w.ts
from writes w
asof left join descriptors d on d.source = w.source and d.tgid = w.tgid and d.fd = w.fd and d.open_ts <= w.ts
order by w.ts, w.tid
