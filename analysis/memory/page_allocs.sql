-- page_allocs: a block of pages that the kernel handed out, until its first page was freed
-- needs: kmem.mm_page_alloc, loss_index
-- optional: kmem.mm_page_alloc (pfn ubigint, order uinteger, gfp_flags ubigint, migratetype integer)
-- optional: kmem.mm_page_free (pfn ubigint, order uinteger)
-- column: ts ns on the trace clock
-- column: dur ns until it was freed; NULL unless state is freed
-- column: freed_ts ns on the trace clock when it was freed; NULL unless state is freed
-- column: cpu CPU
-- column: tid thread that was running, also where an interrupt did it
-- column: comm its name
-- column: source buffer, see meta.sources
-- column: pfn number of the first page; NULL where there was no memory
-- column: order the block has 2^order pages
-- column: gfp_flags what kind of memory was asked for, see flags_text
-- column: migratetype the kernel's number for whether it can be moved
-- column: freed_order 2^freed_order pages were freed with the first: less than order where the block was split
-- column: freed_tid thread that was running then
-- column: state freed, live (not freed by the end of the recording), replaced (handed out again, and no free was seen), lost (events were lost on the CPU of either end in between), unknown (frees were not recorded), failed (no memory)
-- source: include/trace/events/kmem.h; mm/page_alloc.c: every free passes mm_page_free, those in batches mm_page_free_batched besides; a block that was split is freed page by page
-- record: --preset memory
with
steps as (
  select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_source as source,
    case when pfn not in (0, 4294967295, 18446744073709551615) then pfn end as pfn, "order", gfp_flags, migratetype,
    false as is_free from mm_page_alloc
  union all
  select ts, common_cpu, common_pid, common_comm, common_source, pfn, "order", null, null, true from mm_page_free
),
blocks as (
  select *, lead(is_free) over block as next_is_free, lead(ts) over block as next_ts, lead(cpu) over block as next_cpu,
    lead(tid) over block as next_tid, lead("order") over block as next_order
  from steps
  window block as (partition by source, pfn order by ts)
),
allocs as (
  select b.*,
    case
      when pfn is null then 'failed'
      when next_is_free is not true and not exists (from recorded where relation = 'kmem.mm_page_free') then 'unknown'
      when next_is_free is null then 'live'
      when not next_is_free then 'replaced'
      when lost_between(gaps, source, cpu, next_cpu, ts, next_ts) then 'lost'
      else 'freed'
    end as state
  from blocks b cross join loss_index
  where not is_free
)
select ts, case when state = 'freed' then next_ts - ts end as dur, case when state = 'freed' then next_ts end as freed_ts,
  cpu, tid, comm, source, pfn, try_cast("order" as integer) as "order",
  try_cast(gfp_flags as ubigint) as gfp_flags, try_cast(migratetype as integer) as migratetype, case when state = 'freed' then try_cast(next_order as integer) end as freed_order,
  case when state = 'freed' then next_tid end as freed_tid, state
from allocs
