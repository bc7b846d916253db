-- cpu-migrations: which threads the scheduler moved between CPUs
-- needs: sched.sched_migrate_task
-- optional: sched.sched_migrate_task (comm varchar, pid integer, orig_cpu bigint, dest_cpu bigint)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: moves times it was moved
-- column: routes from->to×times, most frequent first
-- column: tid thread
-- render: table
-- empty: migration
-- record: --preset sched
-- read: Each move leaves the caches of a CPU behind; a thread that must not move can be pinned with taskset.
with
routes as (
  select common_source as source, pid, orig_cpu, dest_cpu, arg_max(comm, ts) as comm, max(ts) as last_ts, count(*) as n
  from sched_migrate_task
  where comm like $comm and ($tid is null or pid = $tid) and ($pid is null or pid = $pid or process_of(pid, common_source) = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by source, pid, orig_cpu, dest_cpu
)
select process_of(pid, source) as pid, arg_max(comm, last_ts) as comm, sum(n)::bigint as moves,
  string_agg(orig_cpu || '->' || dest_cpu || '×' || n, ', ' order by n desc, orig_cpu, dest_cpu) as routes, pid as tid
from routes
group by source, routes.pid
order by moves desc, source, tid
limit $top
