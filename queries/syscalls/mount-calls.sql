-- mount-calls: mounts made, changed and removed
-- needs: syscalls.sys_enter_mount | syscalls.sys_enter_umount | syscalls.sys_enter_fsopen | syscalls.sys_enter_fsconfig | syscalls.sys_enter_fsmount | syscalls.sys_enter_move_mount | syscalls.sys_enter_open_tree | syscalls.sys_enter_fspick | syscalls.sys_enter_mount_setattr | raw_syscalls.sys_enter
-- views: syscall_texts
-- alias: mountsnoop
-- optional: *.mount (src varchar, target varchar, fstype varchar, srcp ubigint)
-- optional: *.umount2 (target varchar)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: tid thread
-- column: call the call as strace writes it; <unknown> for a text that the recording does not hold
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name
-- column: dur_us time in the call, µs
-- column: ts ns on the trace clock
-- render: table
-- empty: mount call
-- record: --preset syscalls
-- read: Which mount namespace a thread is in is not in a recording.
-- read: With MS_BIND or MS_REMOUNT the type is often NULL, "none" or rubbish: the kernel does not look at it.
with
calls as (
  select *, row_number() over () as id from syscall_texts
  where name in ('mount', 'umount', 'oldumount', 'fsopen', 'fsconfig', 'fsmount', 'move_mount', 'open_tree', 'open_tree_attr', 'fspick', 'mount_setattr', 'pivot_root')
),
-- What a probe in the C library read, just before the call.
probes as (
  select common_source as source, common_pid as tid, ts, 'mount' as name, [src, target, fstype] as texts from mount
  union all
  select common_source, common_pid, ts, 'umount', [target] from umount2
),
files as (select source, min(source) over (partition by file) as base from meta.sources),
found as (
  select c.*, lag(c.ts) over (partition by f.base, c.tid, c.name order by c.ts) as previous_ts, p.ts as probe_ts, p.texts
  from calls c
  join files f on f.source = c.source
  asof left join (select p.*, base from probes p join files using (source)) p
    on p.base = f.base and p.tid = c.tid and p.name = c.name and p.ts <= c.ts
),
filled as (
  select *, list_transform(arguments, lambda text, i: case
      when text = '<unknown>' and probe_ts > coalesce(previous_ts, probe_ts - 1) then coalesce('"' || texts[i] || '"', text) else text end) as shown
  from found
)
select report_time(ts) as time, comm, coalesce(tgid, tid) as pid, tid,
  call_name(name) || '(' || coalesce(array_to_string(shown, ', '), '...') || ') = ' || result as call,
  case when error is not null then -ret when ret is not null then 0 end as err, error, round(dur / 1e3, 1) as dur_us, ts
from filled
where comm like $comm and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by filled.ts, tid
