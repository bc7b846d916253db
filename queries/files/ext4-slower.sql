-- ext4-slower: which operations on files of ext4 were slow
-- alias: ext4slower
-- needs: ext4.*
-- views: vfs_slow
-- optional: ext4.ext4_da_write_begin (pos bigint)
-- optional: ext4.ext4_write_begin (pos bigint)
-- param: min_ms double = 10 only operations of at least this many milliseconds
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: ts when it began, ns on the trace clock
-- column: type O open, R read, W write, S sync
-- column: off_kb offset in the file, in KiB: that of the call, or where ext4 began to write; NULL if not known
-- column: lat_ms milliseconds in the call
-- column: device as major:minor
-- column: file path; <unknown> where it is not known
-- render: table
-- empty: operation of ext4 as slow as that
-- record: --preset io --preset ext4
-- read: An operation is one of ext4 when the thread met an event of ext4, or of the page cache on a device of ext4, during the call.
-- read: The latency is that of the system call; vfs-slower tells how much of it was waiting for the disk or a CPU.
with slow as (
  select * from vfs_slow
  where fs = 'ext4' and dur >= $min_ms * 1e6 and comm like $comm and ($tid is null or tid = $tid)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
begins as (
  select common_source as source, common_pid as tid, ts, try_cast(pos as bigint) as pos from ext4_da_write_begin
  union all
  select common_source, common_pid, ts, try_cast(pos as bigint) from ext4_write_begin
)
select s.ts, comm, s.tid, upper(op[1]) as type, bytes,
  round(case when op in ('read', 'write') then coalesce(position, case when op = 'write' and b.ts <= s.end_ts then b.pos end) end / 1024, 1) as off_kb,
  round(dur / 1e6, 3) as lat_ms, dev_name(dev) as device, ino, coalesce(path, '<unknown>') as file, error
from slow s
asof left join begins b on b.source = s.source and b.tid = s.tid and b.ts >= s.ts
order by s.ts
