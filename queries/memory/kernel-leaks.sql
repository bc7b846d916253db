-- kernel-leaks: kernel allocations that nobody freed while it was recorded, by the function that asked
-- needs: kmem.kfree | kmem.kmem_cache_free
-- views: kernel_allocs
-- param: allocator varchar = '%' kmalloc, kmem_cache_alloc, or a pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: min_age_ms double = 0 only those allocated this long before the end of the recording
-- param: from time = null only those allocated from this time on
-- param: to time = null only those allocated up to this time
-- param: top integer = 30 rows to print
-- column: call_site the kernel function that asked
-- column: cache the cache; NULL for kmalloc and where the kernel does not say
-- column: blocks allocations not freed by the end of the recording
-- column: bytes bytes given to them
-- column: of_blocks all allocations of that function, freed or not
-- column: oldest_ms age of the oldest of them at the end of the recording
-- column: youngest_ms age of the youngest
-- column: comms threads that were running, most frequent first, at most three
-- column: note why the numbers may be too high
-- render: table
-- empty: allocation
-- record: --preset memory
-- read: Most of what is alive at the end of a short recording is in use, not lost: look for functions of which nothing is freed, at every age.
-- read: Without kmem:kfree and kmem:kmem_cache_free nothing is ever freed; with a filter by pid, what others free is not seen.
with
ends as (select source, last_ts from meta.sources),
allocs as (
  select a.*, e.last_ts - a.ts as age
  from kernel_allocs a join ends e using (source)
  where state <> 'failed' and allocator like $allocator and comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or tid = $pid or process_of(tid, source) = $pid)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
names as (
  select source, allocator, call_site, cache, string_agg(comm, ', ' order by n desc, comm) filter (place <= 3) as comms
  from (
    select source, allocator, call_site, cache, comm, count(*) as n,
      row_number() over (partition by source, allocator, call_site, cache order by count(*) desc, comm) as place
    from allocs where state = 'live' and age >= $min_age_ms * 1e6
    group by source, allocator, call_site, cache, comm
  )
  group by all
),
groups as (
  select source, allocator, call_site, cache, count(*) filter (state = 'live' and age >= $min_age_ms * 1e6) as blocks,
    sum(bytes_alloc) filter (state = 'live' and age >= $min_age_ms * 1e6)::bigint as bytes, count(*) as of_blocks,
    max(age) filter (state = 'live') as oldest, min(age) filter (state = 'live' and age >= $min_age_ms * 1e6) as youngest
  from allocs
  group by all
  having blocks > 0
  order by bytes desc, allocator, call_site, cache
  limit $top
),
lossy as (select distinct source from meta.lost_events)
select sym_in(g.call_site, g.source) as call_site, g.allocator, g.cache, blocks, bytes, of_blocks, oldest / 1e6 as oldest_ms,
  youngest / 1e6 as youngest_ms, n.comms,
  case
    when not exists (from meta.events e where e.system = 'kmem' and e.event in ('kfree', 'kmem_cache_free') and e.rows > 0)
      then 'no kmem:kfree recorded'
    when g.source in (from lossy) then 'lost events: a free may be among them'
  end as note
from groups g
left join names n on n.source = g.source and n.allocator = g.allocator and n.call_site is not distinct from g.call_site
  and n.cache is not distinct from g.cache
order by bytes desc, g.allocator, g.call_site, g.cache
