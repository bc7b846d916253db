-- memory-by-task: kernel memory that threads asked for: at the end, at most, and in all, with its waste
-- alias: trace-mem
-- views: kernel_allocs
-- param: allocator varchar = '%' kmalloc, kmem_cache_alloc, or a pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: by varchar(comm|tid) = 'comm' a row for each: comm or tid
-- param: from time = null only what was allocated from this time on
-- param: to time = null only what was allocated up to this time
-- param: top integer = 30 rows to print
-- column: pid process, the thread where that is not known; NULL where a row is of all threads of that name
-- column: live bytes given and not freed by the end; like all about frees NULL where they were not recorded
-- column: live_waste of these, bytes beyond those asked for
-- column: max most bytes alive at a time
-- column: total bytes given in all
-- column: total_req bytes asked for in all
-- column: total_waste bytes given beyond those asked for, in all
-- column: allocs allocations
-- column: frees those of them that were freed, by whomever
-- column: tid thread; NULL where a row is of all threads of that name
-- render: table
-- empty: allocation
-- record: --preset memory
-- read: Memory is of the thread that was running when it was allocated, interrupts included, whoever frees it.
with
allocs as (
  select source, comm, case when $by = 'tid' then tid end as tid, ts, freed_ts, bytes_alloc, bytes_req, waste, state
  from kernel_allocs
  where state <> 'failed' and allocator like $allocator and comm like $comm
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
steps as (
  select source, comm, tid, ts, bytes_alloc as step from allocs where state in ('live', 'freed')
  union all
  select source, comm, tid, freed_ts, -bytes_alloc from allocs where state = 'freed'
),
levels as (
  select source, comm, tid, sum(step::double) over (partition by source, comm, tid order by ts, step rows unbounded preceding) as level
  from steps
),
peaks as (select source, comm, tid, max(level)::bigint as max from levels group by all),
totals as (
  select source, comm, tid,
    case when not bool_or(state = 'unknown') then coalesce(sum(bytes_alloc) filter (state = 'live'), 0)::bigint end as live,
    case when not bool_or(state = 'unknown') then coalesce(sum(waste) filter (state = 'live'), 0)::bigint end as live_waste, sum(bytes_alloc)::bigint as total,
    sum(bytes_req)::bigint as total_req, sum(waste)::bigint as total_waste, count(*) as allocs,
    case when not bool_or(state = 'unknown') then count(*) filter (state = 'freed') end as frees
  from allocs group by all
)
select t.comm, process_of(t.tid, t.source) as pid, t.live, t.live_waste, p.max, t.total, t.total_req, t.total_waste, t.allocs, t.frees, t.tid
from totals t
left join peaks p on p.source = t.source and p.comm = t.comm and p.tid is not distinct from t.tid
order by t.total desc, t.comm, t.tid
limit $top
