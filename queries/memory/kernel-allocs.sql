-- kernel-allocs: kernel allocations by the function that asked, with bytes, waste and life times
-- views: kernel_allocs
-- param: allocator varchar = '%' kmalloc, kmem_cache_alloc, or a pattern
-- param: cache varchar = null only caches whose name matches this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: sort varchar(bytes|waste|count|live) = 'bytes' what comes first: bytes, waste, count or live
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 30 rows to print
-- column: call_site the kernel function that asked
-- column: cache the cache; NULL for kmalloc and where the kernel does not say
-- column: count allocations
-- column: bytes_req bytes asked for, all of them
-- column: bytes_alloc bytes given, all of them
-- column: waste bytes given beyond those asked for
-- column: live allocations not freed by the end of the recording; NULL where frees were not recorded
-- column: live_bytes bytes given to those
-- column: mean_life_us mean time until they were freed, of those that were, µs
-- render: table
-- empty: allocation
-- record: --preset memory
-- read: A thread's allocations include those made by interrupts that ran in it.
-- read: kfree of a null pointer is no event of interest, and is left out.
with
groups as (
  select source, allocator, call_site, cache, count(*) as count, sum(bytes_req)::bigint as bytes_req,
    sum(bytes_alloc)::bigint as bytes_alloc, sum(waste)::bigint as waste, case when not bool_or(state = 'unknown') then count(*) filter (state = 'live') end as live,
    case when not bool_or(state = 'unknown') then coalesce(sum(bytes_alloc) filter (state = 'live'), 0)::bigint end as live_bytes, round(avg(dur) / 1e3, 3) as mean_life_us
  from kernel_allocs
  where state <> 'failed' and allocator like $allocator and ($cache is null or cache like $cache) and comm like $comm
    and ($tid is null or tid = $tid)
    and ($pid is null or tid = $pid or process_of(tid, source) = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
  order by case $sort when 'waste' then sum(waste) when 'count' then count(*) when 'live' then live_bytes
    else sum(bytes_alloc) end desc, allocator, call_site, cache
  limit $top
)
select sym_in(call_site, source) as call_site, allocator, cache, count, bytes_req, bytes_alloc, waste, live, live_bytes, mean_life_us
from groups
order by case $sort when 'waste' then waste when 'count' then count when 'live' then live_bytes else bytes_alloc end desc,
  allocator, groups.call_site, cache
