-- kernel_allocs: an object that the kernel was given by kmalloc or from a cache, until it was freed
-- needs: kmem.kmalloc | kmem.kmalloc_node | kmem.kmem_cache_alloc | kmem.kmem_cache_alloc_node, loss_index
-- optional: kmem.kmalloc (call_site ubigint, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmalloc_node (call_site ubigint, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc (name varchar, call_site ubigint, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc_node (name varchar, call_site ubigint, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kfree (call_site ubigint, ptr ubigint)
-- optional: kmem.kmem_cache_free (call_site ubigint, ptr ubigint)
-- column: ts ns on the trace clock
-- column: dur ns until it was freed; NULL unless state is freed
-- column: freed_ts ns on the trace clock when it was freed; NULL unless state is freed
-- column: cpu CPU
-- column: tid thread that was running, also where an interrupt did it
-- column: comm its name
-- column: flags the kernel's bits of the context, as common_flags
-- column: source buffer, see meta.sources
-- column: allocator kmalloc, or kmem_cache_alloc for caches of one kind of object
-- column: cache the cache; NULL for kmalloc and where the kernel does not say
-- column: ptr its address; 0 where there was no memory
-- column: bytes_req bytes asked for
-- column: bytes_alloc bytes given
-- column: waste bytes given beyond those asked for
-- column: call_site address that asked, see the macro sym
-- column: freed_by kfree or kmem_cache_free; NULL unless state is freed
-- column: freed_tid thread that was running then
-- column: freed_site address that freed it
-- column: state freed, live (not freed by the end of the recording), replaced (the address was handed out again, and no free was seen), lost (events were lost on the CPU of either end in between), unknown (frees of its kind were not recorded), failed (no memory)
-- source: include/trace/events/kmem.h; kfree of an object of a cache is allowed since 6.4 (Documentation/core-api/memory-allocation.rst)
-- record: --preset memory
with
steps as (
  select 'kmalloc' as allocator, null::varchar as cache, ts, common_cpu as cpu, common_pid as tid, common_comm as comm,
    common_flags as flags, common_source as source, ptr, bytes_req, bytes_alloc, call_site, false as is_free from kmalloc
  union all
  select 'kmalloc', null, ts, common_cpu, common_pid, common_comm, common_flags, common_source, ptr, bytes_req,
    bytes_alloc, call_site, false from kmalloc_node
  union all
  select 'kmem_cache_alloc', name, ts, common_cpu, common_pid, common_comm, common_flags, common_source, ptr, bytes_req,
    bytes_alloc, call_site, false from kmem_cache_alloc
  union all
  select 'kmem_cache_alloc', name, ts, common_cpu, common_pid, common_comm, common_flags, common_source, ptr, bytes_req,
    bytes_alloc, call_site, false from kmem_cache_alloc_node
  union all
  select 'kfree', null, ts, common_cpu, common_pid, common_comm, common_flags, common_source, ptr, null, null,
    call_site, true from kfree where ptr <> 0
  union all
  select 'kmem_cache_free', null, ts, common_cpu, common_pid, common_comm, common_flags, common_source, ptr, null, null,
    call_site, true from kmem_cache_free where ptr <> 0
),
objects as (
  select *, lead(is_free) over object as next_is_free, lead(ts) over object as next_ts, lead(cpu) over object as next_cpu,
    lead(tid) over object as next_tid, lead(allocator) over object as next_call, lead(call_site) over object as next_site
  from steps
  window object as (partition by source, ptr order by ts)
),
allocs as (
  select o.*,
    case
      when ptr = 0 then 'failed'
      when next_is_free is not true and not exists (from recorded where relation = case allocator when 'kmalloc' then 'kmem.kfree' else 'kmem.kmem_cache_free' end)
        then 'unknown'
      when next_is_free is null then 'live'
      when not next_is_free then 'replaced'
      when lost_between(gaps, source, cpu, next_cpu, ts, next_ts) then 'lost'
      else 'freed'
    end as state
  from objects o cross join loss_index
  where not is_free
)
select ts, case when state = 'freed' then next_ts - ts end as dur, case when state = 'freed' then next_ts end as freed_ts,
  cpu, tid, comm, flags, source, allocator, cache, ptr, try_cast(bytes_req as bigint) as bytes_req,
  try_cast(bytes_alloc as bigint) as bytes_alloc, try_cast(bytes_alloc::hugeint - bytes_req as bigint) as waste, call_site,
  case when state = 'freed' then next_call end as freed_by, case when state = 'freed' then next_tid end as freed_tid,
  case when state = 'freed' then next_site end as freed_site, state
from allocs
