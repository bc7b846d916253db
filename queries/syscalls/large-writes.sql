-- large-writes: writes of more than a number of bytes
-- needs: syscalls.sys_enter_write | syscalls.sys_enter_pwrite64 | raw_syscalls.sys_enter
-- views: syscall_spans
-- optional: fd_table (source usmallint, tgid integer, fd integer, kind varchar, path varchar, open_ts bigint, close_ts bigint)
-- param: over integer = 10000 only writes of more than this many bytes
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time seconds since the first event of the recording
-- column: fd descriptor written to
-- column: file what that is, a path or a kind of descriptor; NULL where the recording does not say
-- column: count bytes the program asked to write
-- column: ret bytes written; NULL if the exit was not recorded
-- column: error name of the error
-- column: dur_us time in the call, µs
-- render: table
-- empty: write of more than that
-- record: -e syscalls:sys_enter_write -f 'count > 10000' -e syscalls:sys_exit_write
-- read: A recording made with a filter holds the large writes only: no totals can be had from it.
with
writes as (
  select ts, source, tid, coalesce(tgid, tid) as tgid, comm, name, as_int(arg1) as fd, case when arg3 < 0 then null else arg3 end as count, ret, error, dur
  from syscall_spans
  where name in ('write', 'pwrite64') and arg3 > $over and comm like $comm and ($tid is null or tid = $tid)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
descriptors as (
  select source, tgid, fd, coalesce(path, kind) as file, coalesce(open_ts, -9223372036854775808) as open_ts, close_ts from fd_table
),
files as (select source, min(first_ts) over () as first_ts from meta.sources)
select ((w.ts - first_ts) / 1e9)::decimal(18, 6) as time, w.tid, w.comm, w.name as call, w.fd,
  case when d.close_ts is null or w.ts <= d.close_ts then d.file end as file, w.count, w.ret, w.error, round(w.dur / 1e3, 1) as dur_us
from writes w
join files f on f.source = w.source
asof left join descriptors d on d.source = w.source and d.tgid = w.tgid and d.fd = w.fd and d.open_ts <= w.ts
order by w.ts, w.tid
