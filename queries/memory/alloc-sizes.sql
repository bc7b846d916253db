-- alloc-sizes: kernel allocations above a size, by who asked for how much
-- needs: kmem.kmalloc | kmem.kmalloc_node | kmem.kmem_cache_alloc | kmem.kmem_cache_alloc_node
-- optional: kmem.kmalloc (call_site ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmalloc_node (call_site ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc (name varchar, call_site ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc_node (name varchar, call_site ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- param: over integer = 64 only allocations of more than this many bytes requested
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print for each allocator
-- column: allocator kmalloc, or kmem_cache_alloc for caches of one kind of object
-- column: call_site the kernel function that asked
-- column: cache the cache, NULL for kmalloc
-- column: bytes_req bytes asked for, one allocation
-- column: bytes_alloc bytes given, one allocation
-- column: count how many such allocations; 0 when there was none above the size
-- column: total bytes given, all of them
-- column: waste bytes given beyond those asked for, all of them
-- render: table
-- empty: allocation
-- record: --preset memory
-- read: A row with count 0 means that the allocator was recorded and made no allocation above the size.
-- read: A thread's allocations include those made by interrupts that ran in it.
with
allocs as (
  select 'kmalloc' as allocator, null::varchar as cache, * from kmalloc
  union all by name
  select 'kmalloc' as allocator, * from kmalloc_node
  union all by name
  select 'kmem_cache_alloc' as allocator, name as cache, * exclude (name) from kmem_cache_alloc
  union all by name
  select 'kmem_cache_alloc' as allocator, name as cache, * exclude (name) from kmem_cache_alloc_node
),
groups as (
  select allocator, cache, call_site, common_source as source, bytes_req, bytes_alloc, count(*) as count
  from allocs
  where bytes_req > $over and common_comm like $comm and ($tid is null or common_pid = $tid)
    and ($pid is null or common_pid = $pid or process_of(common_pid, common_source) = $pid)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
ranked as (
  select *, row_number() over (partition by allocator order by count * bytes_alloc desc, call_site, bytes_req) as place
  from groups
),
allocators as (
  select allocator from (values ('kmalloc'), ('kmem_cache_alloc')) as t(allocator)
  where exists (from recorded where relation in ('kmem.' || allocator, 'kmem.' || allocator || '_node'))
)
select l.allocator, sym_in(r.call_site, r.source) as call_site, r.cache, r.bytes_req, r.bytes_alloc, coalesce(r.count, 0) as count,
  coalesce(r.count * r.bytes_alloc, 0)::bigint as total,
  coalesce(try_cast(r.count * (r.bytes_alloc::hugeint - r.bytes_req) as bigint), 0) as waste
from allocators l
left join ranked r on r.allocator = l.allocator and r.place <= $top
order by l.allocator, r.place
