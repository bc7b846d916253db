-- cgroup-moves: which tasks were moved to another control group, by whom
-- needs: cgroup.cgroup_attach_task | cgroup.cgroup_transfer_tasks
-- optional: cgroup.cgroup_attach_task (dst_root integer, dst_level integer, dst_path varchar, pid integer, comm varchar)
-- optional: cgroup.cgroup_transfer_tasks (dst_root integer, dst_level integer, dst_path varchar, pid integer, comm varchar)
-- param: path varchar = '%' only control groups whose path matches this pattern
-- param: comm varchar = '%' only moved tasks whose name matches this pattern
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process that was moved, or a thread of which it is not known
-- column: comm its name
-- column: dst_root number of the hierarchy; 0 is that of version 2
-- column: level depth of the control group in it, 0 is its root
-- column: path control group it was moved to
-- column: by thread that moved it, and its name
-- column: kind attach, or transfer where all tasks of a group were moved
-- column: tid thread that was moved
-- column: ts ns on the trace clock
-- render: table
-- empty: move
-- record: -e cgroup
-- read: pid is the task that was moved, by the one that wrote its number to cgroup.procs. Only moves while recording are known.
with
moves as (
  select ts, common_source, common_pid, common_comm, 'attach' as kind, pid, comm, dst_root, dst_level, dst_path from cgroup_attach_task
  union all
  select ts, common_source, common_pid, common_comm, 'transfer', pid, comm, dst_root, dst_level, dst_path from cgroup_transfer_tasks
)
select report_time(ts) as time, process_of(pid, common_source) as pid, comm, dst_root, dst_level as level, dst_path as path,
  common_pid || ' ' || common_comm as "by", kind, pid as tid, ts
from moves
where coalesce(dst_path, '') like $path and coalesce(comm, '') like $comm and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by moves.ts, moves.pid
