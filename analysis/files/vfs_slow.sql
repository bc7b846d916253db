-- vfs_slow: a call that opens, reads, writes or syncs a file, with what may have made it slow: the file system and inode it met
-- needs: file_io
-- optional: file_opens (ts bigint, dur bigint, cpu usmallint, tid integer, tgid integer, comm varchar, source usmallint, call varchar, path varchar, full_path varchar, fd integer, error varchar, state varchar)
-- optional: fs_events (ts bigint, tid integer, source usmallint, event varchar, fs varchar, dev bigint, ino ubigint)
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: dur ns in the call, waiting for a CPU included; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: call the call as the kernel's events spell it
-- column: op open, read, write or sync
-- column: fd the descriptor; NULL if not known
-- column: kind file, socket, pipe, … as in fd_table; NULL if not known
-- column: path path of the file; NULL if not known
-- column: opened ns on the trace clock since when the descriptor is open; NULL if not known, and for opens
-- column: opened_by the call that opened the descriptor; NULL if not known, and for opens
-- column: position offset in the file that the call was given; NULL where it goes on from the last one
-- column: bytes how many were moved; 0 for none, for failures, opens and syncs, NULL if not known
-- column: error name of the error; NULL if it did not fail
-- column: fs file system, ext4: of an event of the thread during the call, else of the device that such an event is about; NULL if there was none
-- column: dev device of that event, see dev_name(); NULL if there was none
-- column: ino inode of that event; NULL if there was none
-- source: bcc's ext4slower takes the same four operations, inside the kernel
-- record: --preset io
with ops as (
  select ts, end_ts, dur, cpu, tid, tgid, comm, source, call, op, fd, kind, path, opened, opened_by, position, bytes, error
  from file_io
  union all
  select ts, ts + dur, dur, cpu, tid, tgid, comm, source, call, 'open', fd, 'file', coalesce(full_path, path), null, null, null, 0, error
  from file_opens where state <> 'no_enter'
),
-- Events and calls may be in different buffers of a file. Directories on the way to a file have events too when it is
-- opened, so an open has no inode.
located as (
  select o.*, f.base from ops o
  join (select source, min(source) over (partition by file) as base from meta.sources) f on f.source = o.source
),
events as (
  select f.base, e.tid, e.ts, e.fs, e.dev, e.ino
  from fs_events e join (select source, min(source) over (partition by file) as base from meta.sources) f on f.source = e.source
  where e.ino is not null
),
met as (
  select l.*, e.ts <= l.end_ts as is_inside, e.fs as event_fs, e.dev as event_dev, e.ino as event_ino
  from located l asof left join events e on e.base = l.base and e.tid = l.tid and e.ts >= l.ts
)
select m.ts, end_ts, dur, cpu, m.tid, tgid, comm, m.source, call, op, fd, kind, path, opened, opened_by, position, bytes, error,
  case when is_inside then coalesce(event_fs, d.fs) end as fs,
  case when is_inside then event_dev end as dev,
  case when is_inside and op <> 'open' then event_ino end as ino
from met m
left join (select dev, any_value(fs) as fs from fs_events where fs is not null group by dev) d on d.dev = m.event_dev
