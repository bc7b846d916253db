-- file-top: which files are read and written most, by which process
-- alias: filetop
-- needs: syscalls.sys_e*_read | syscalls.sys_e*_write | syscalls.sys_e*_pread64 | syscalls.sys_e*_pwrite64 | syscalls.sys_e*_readv | syscalls.sys_e*_writev | syscalls.sys_e*_preadv* | syscalls.sys_e*_pwritev* | syscalls.sys_e*_fsync | syscalls.sys_e*_fdatasync | syscalls.sys_e*_sendfile* | syscalls.sys_e*_copy_file_range | syscalls.sys_e*_splice | raw_syscalls.sys_e*
-- views: file_io
-- param: all boolean = false also sockets and pipes, and calls that only those have
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: interval double = null a list for each interval of so many seconds
-- param: top integer = 20 rows to print, for each interval
-- column: pid process; the thread where that is not known
-- column: reads calls that read, failed ones included
-- column: writes calls that write, failed ones included
-- column: r_kb KiB read
-- column: w_kb KiB written
-- column: t R regular file, S socket, O other; ? where the descriptor was not seen to open
-- column: file path, else what is known of the descriptor
-- column: read_bytes bytes read
-- column: write_bytes bytes written
-- column: time beginning of the interval: time of day (UTC) where the recording has a wall clock, else seconds since its first event; NULL when there is one list
-- column: ts the same, ns on the trace clock
-- render: table
-- empty: read or write
-- record: --preset io
-- read: Pages touched through mmap are no calls, and not counted.
-- read: sendfile, copy_file_range and splice count as a read of one descriptor and a write of the other.
-- read: A file whose path is not known counts as regular; files below /proc, /sys and /dev count as other.
with ops as (
  select *, case when $interval > 0 then ts - (ts - (select min(first_ts) from meta.sources)) % ($interval * 1e9)::bigint end as beginning,
    case
      when kind is null then '?'
      when kind = 'socket' then 'S'
      when kind in ('file', 'memfd') and not regexp_matches(coalesce(path, ''), '^/(proc|sys|dev)/') then 'R'
      else 'O'
    end as letter,
    case
      when kind in ('file', 'memfd') and path is not null then path
      when kind = 'socket' then coalesce(address_family(family), 'socket') || ' fd ' || fd
      when kind is null or kind = 'file' then '<unknown>' || coalesce(' fd ' || fd, '')
      else kind || ' fd ' || fd
    end as file
  from file_io
  where op <> 'sync' and comm like $comm and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($all or kind is null or kind not in ('socket', 'pipe'))
    and ($all or call not in ('recvfrom', 'recvmsg', 'recv', 'sendto', 'sendmsg', 'send'))
),
totals as (
  select beginning, source, coalesce(tgid, tid) as pid, file, letter, arg_max(comm, ts) as comm,
    count(*) filter (where op = 'read') as reads, count(*) filter (where op = 'write') as writes,
    coalesce(sum(bytes) filter (where op = 'read'), 0)::bigint as read_bytes,
    coalesce(sum(bytes) filter (where op = 'write'), 0)::bigint as write_bytes
  from ops group by all
)
select pid, comm, reads, writes, round(read_bytes / 1024, 1) as r_kb, round(write_bytes / 1024, 1) as w_kb, letter as t, file,
  read_bytes, write_bytes, report_time(beginning) as time, beginning as ts
from totals
qualify row_number() over (partition by beginning order by read_bytes desc, write_bytes desc, reads + writes desc, pid, file) <= $top
order by beginning, totals.read_bytes desc, totals.write_bytes desc, reads + writes desc, pid, file
