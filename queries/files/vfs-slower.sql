-- vfs-slower: which file operations were slow, on which file, and whether disk or CPU kept them waiting
-- alias: fileslower
-- needs: syscalls.sys_e*_read | syscalls.sys_e*_write | syscalls.sys_e*_pread64 | syscalls.sys_e*_pwrite64 | syscalls.sys_e*_readv | syscalls.sys_e*_writev | syscalls.sys_e*_preadv* | syscalls.sys_e*_pwritev* | syscalls.sys_e*_fsync | syscalls.sys_e*_fdatasync | syscalls.sys_e*_sendfile* | syscalls.sys_e*_copy_file_range | syscalls.sys_e*_splice | raw_syscalls.sys_e*
-- views: vfs_slow, file_io, call_pairs
-- optional: file_opens (ts bigint, dur bigint, tid integer, tgid integer, source usmallint, fd integer, flags integer)
-- optional: block_requests (ts bigint, end_ts bigint, dev uinteger, source usmallint)
-- optional: thread_states (ts bigint, dur bigint, tid integer, source usmallint, state varchar)
-- param: min_ms double = 10 only operations of at least this many milliseconds
-- param: fs varchar = null only this file system, as ext4; unknown for those that met no event of one
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: all boolean = false also sockets, pipes and other things that are no files
-- param: top integer = 1000 rows to print at most, the slowest
-- column: time when it began: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: t O open, R read, W write, S sync
-- column: bytes how many were moved
-- column: off_kb offset in the file, in KiB; NULL if not known
-- column: lat_ms milliseconds in the call
-- column: filename path; else device and inode, or the descriptor
-- column: disk_ms milliseconds of these in which the device had a request under way, whoever made it; NULL without block:* events or device
-- column: wait_ms milliseconds of these that the thread waited for a CPU; NULL without sched:* events
-- column: fs file system; unknown where the thread met no event of one during the call
-- column: error name of the error
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: operation as slow as that
-- record: --preset io --preset block --preset sched
-- read: The latency is that of the system call, waiting for a CPU included: wait_ms says how much that is.
-- read: Reads that the page cache answers meet no event of a file system; kernels from 6.12 on have filemap:mm_filemap_get_pages.
-- read: An offset is known after open, lseek or a call that names it, but not for descriptors that were inherited or copied, nor where O_APPEND decides.
with slow as (
  select *, row_number() over (order by dur desc, ts) as place from vfs_slow
  where dur >= $min_ms * 1e6 and comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($fs is null or coalesce(fs, 'unknown') = $fs)
    and ($all or kind is null or kind in ('file', 'memfd'))
  qualify place <= $top
),
-- How far reads and writes have come in each descriptor since it was opened or set to a place.
steps as (
  select source, coalesce(tgid, tid) as owner, fd, ts, opened, bytes as moved, null::bigint as set_to
  from file_io where position is null and op <> 'sync' and opened_by in ('open', 'openat', 'openat2', 'creat')
    and (source, coalesce(tgid, tid), fd) in (select source, coalesce(tgid, tid), fd from slow)
  union all
  select p.source, coalesce(p.tgid, p.tid), as_int(p.arg1), p.ts, null, null, p.ret
  from call_pairs p where name in ('lseek', 'llseek') and ret >= 0
    and (p.source, coalesce(p.tgid, p.tid), as_int(p.arg1)) in (select source, coalesce(tgid, tid), fd from slow)
),
lives as (
  select *, coalesce(opened, max(opened) over (partition by source, owner, fd order by ts)) as life from steps
),
seeks as (
  select *, count(set_to) over (partition by source, owner, fd, life order by ts) as seek from lives where life is not null
),
places as (
  select *, coalesce(first_value(set_to) over runs, 0)
      + coalesce(sum(moved) over (runs rows between unbounded preceding and 1 preceding), 0) as offset_before,
    count(case when moved is null and set_to is null then 1 end) over runs > 0 as is_lost
  from seeks window runs as (partition by source, owner, fd, life, seek order by ts)
),
appended as (select source, coalesce(tgid, tid) as owner, fd, ts + dur as opened from file_opens where flags & 1024 <> 0),
busy as (
  select s.place, sum(least(b.end_ts, s.end_ts) - greatest(b.ts, s.ts)) as ns
  from (
    select place, source, dev, ts, end_ts from slow where dev is not null
  ) s
  join (
    -- Requests that overlap in time count once.
    select dev, file, min(ts) as ts, max(end_ts) as end_ts from (
      select *, sum(starts) over (partition by dev, file order by ts, end_ts) as run from (
        select r.dev, f.file, r.ts, r.end_ts,
          coalesce(r.ts > max(r.end_ts) over (partition by r.dev, f.file order by r.ts, r.end_ts rows between unbounded preceding and 1 preceding), true)::integer as starts
        from block_requests r join meta.sources f on f.source = r.source where r.end_ts is not null
      )
    ) group by dev, file, run
  ) b on b.dev = s.dev and b.ts < s.end_ts and b.end_ts > s.ts and b.file = (select file from meta.sources where source = s.source)
  group by all
),
waited as (
  select s.place, sum(least(t.ts + t.dur, s.end_ts) - greatest(t.ts, s.ts)) as ns
  from slow s
  join thread_states t on t.tid = s.tid and t.ts < s.end_ts and t.ts + t.dur > s.ts and t.state = 'runnable'
  join meta.sources f on f.source = t.source
  where f.file = (select file from meta.sources where source = s.source)
  group by all
)
select report_time(s.ts) as time, comm, coalesce(tgid, tid) as pid, upper(op[1]) as t, bytes,
  case when op in ('read', 'write') then round(coalesce(position,
    case when a.opened is null and not p.is_lost then p.offset_before end) / 1024, 1) end as off_kb,
  round(dur / 1e6, 3) as lat_ms,
  coalesce(path, dev_name(dev) || ' inode ' || ino, '<unknown>' || coalesce(' fd ' || s.fd, '')) as filename,
  case when exists (from recorded where relation = 'block_requests') and dev is not null then round(coalesce(b.ns, 0) / 1e6, 3) end as disk_ms,
  case when exists (from recorded where relation = 'thread_states') then round(coalesce(w.ns, 0) / 1e6, 3) end as wait_ms,
  coalesce(fs, 'unknown') as fs, error, tid, s.ts
from slow s
left join places p on p.source = s.source and p.owner = coalesce(s.tgid, s.tid) and p.fd = s.fd and p.ts = s.ts and p.set_to is null
left join appended a on a.source = s.source and a.owner = coalesce(s.tgid, s.tid) and a.fd = s.fd and a.opened = s.opened
left join busy b on b.place = s.place
left join waited w on w.place = s.place
order by s.ts
