-- ext4-slower: which operations on files of ext4 were slow
-- alias: ext4slower
-- needs: ext4.*
-- views: vfs_slow
-- optional: ext4.ext4_da_write_begin (pos bigint)
-- optional: ext4.ext4_write_begin (pos bigint)
-- param: min_ms double = 10 only operations of at least this many milliseconds
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when it began: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: t O open, R read, W write, S sync
-- column: bytes how many were moved
-- column: off_kb offset in the file, in KiB: that of the call, or where ext4 began to write; NULL if not known
-- column: lat_ms milliseconds in the call
-- column: filename path; <unknown> where it is not known
-- column: device as major:minor
-- column: ino inode
-- column: error name of the error
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: operation of ext4 as slow as that
-- record: --preset io --preset ext4
-- read: An operation is one of ext4 when the thread met an event of ext4, or of the page cache on a device of ext4, during the call.
-- read: The latency is that of the system call; vfs-slower tells how much of it was waiting for the disk or a CPU.
with slow as (
  select * from vfs_slow
  where fs = 'ext4' and dur >= $min_ms * 1e6 and comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
begins as (
  select common_source as source, common_pid as tid, ts, try_cast(pos as bigint) as pos from ext4_da_write_begin
  union all
  select common_source, common_pid, ts, try_cast(pos as bigint) from ext4_write_begin
)
select report_time(s.ts) as time, comm, coalesce(s.tgid, s.tid) as pid, upper(op[1]) as t, bytes,
  round(case when op in ('read', 'write') then coalesce(position, case when op = 'write' and b.ts <= s.end_ts then b.pos end) end / 1024, 1) as off_kb,
  round(dur / 1e6, 3) as lat_ms, coalesce(path, '<unknown>') as filename, dev_name(dev) as device, ino, error, s.tid, s.ts
from slow s
asof left join begins b on b.source = s.source and b.tid = s.tid and b.ts >= s.ts
order by s.ts
