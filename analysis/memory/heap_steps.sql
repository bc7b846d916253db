-- heap_steps: a change of what a program has allocated, and what became of it: user_allocs and user_frees are halves of it
-- needs: heap_calls, loss_index
-- column: ts ns on the trace clock: an allocation's return, a free's entry
-- column: kind alloc, free, failed, or unknown where it was not recorded what the call gave
-- column: call_ts ns on the trace clock at which the call was entered
-- column: cpu CPU
-- column: tid thread
-- column: process process; the thread where that is not known
-- column: born_ts as in heap_calls
-- column: gone_ts as in heap_calls
-- column: parent as in heap_calls
-- column: comm the thread's name
-- column: source buffer, see meta.sources
-- column: file the recording's file
-- column: grp group of the probe
-- column: call function that was called
-- column: size bytes of the block; NULL if not known
-- column: ptr address of the block
-- column: caller address it was called from; NULL if not known
-- column: other_ts of an allocation when it was freed, of a free when it was allocated; NULL if that is not known
-- column: other_call the function that did so
-- column: other_tid the thread that did so
-- column: is_replaced true for an allocation whose address was handed out again without a free in between
-- column: is_torn true where events were lost on a CPU of either end in between: no pair is made
-- column: live_bytes bytes that the process has allocated after it, as far as recorded
-- source: malloc(3): a realloc that succeeds takes the old block away and gives a new one, at the same address or not
-- record: --preset malloc
with
-- A call may give a block back and be given another.
steps as (
  select * exclude (ts, end_ts, ptr, old_ptr, nested, is_free), ts as call_ts,
    case when is_free then case when old_ptr <> 0 and (call in ('free', 'cfree') or ptr <> 0 or size = 0 and ptr is not null) then 'free' end
      when call in ('free', 'cfree') then null
      when ptr <> 0 then 'alloc'
      when ptr is null then 'unknown'
      when size = 0 then null
      else 'failed' end as kind,
    case when is_free then ts else coalesce(end_ts, ts) end as ts,
    case when is_free then old_ptr else ptr::ubigint end as ptr
  from heap_calls cross join (values (true), (false)) as sides(is_free)
  where not nested
),
blocks as (
  select *, lead(kind) over block as next_kind, lead(ts) over block as next_ts, lead(call) over block as next_call,
    lead(tid) over block as next_tid, lead(cpu) over block as next_cpu,
    lag(kind) over block as last_kind, lag(ts) over block as last_ts, lag(call) over block as last_call,
    lag(tid) over block as last_tid, lag(cpu) over block as last_cpu, lag(size) over block as last_size
  from steps
  where kind is not null
  window block as (partition by source, process, born_ts, kind in ('alloc', 'free'), ptr order by ts, kind = 'alloc')
),
-- From the earlier end to the later.
pairs as (
  select *,
    case when kind = 'alloc' then next_kind = 'free' when kind = 'free' then last_kind = 'alloc' else false end as paired,
    case kind when 'alloc' then ts when 'free' then last_ts end as from_ts,
    case kind when 'alloc' then next_ts when 'free' then ts end as to_ts,
    case kind when 'alloc' then next_cpu when 'free' then last_cpu end as other_cpu
  from blocks
),
checked as (
  select p.*, coalesce(paired, false) and lost_between(gaps, source, cpu, other_cpu, from_ts, to_ts) as is_torn
  from pairs p cross join loss_index
)
select ts, kind, call_ts, cpu, tid, process, born_ts, gone_ts, parent, comm, source, file, grp, call,
  case when kind <> 'free' then size when paired and not is_torn then last_size end as size, ptr, caller,
  case when paired and not is_torn then case kind when 'alloc' then next_ts else last_ts end end as other_ts,
  case when paired and not is_torn then case kind when 'alloc' then next_call else last_call end end as other_call,
  case when paired and not is_torn then case kind when 'alloc' then next_tid else last_tid end end as other_tid,
  kind = 'alloc' and coalesce(next_kind = 'alloc', false) as is_replaced, is_torn,
  sum(case
      when kind = 'alloc' then coalesce(size, 0)::hugeint - case when last_kind = 'alloc' then coalesce(last_size, 0) else 0 end
      when kind = 'free' and last_kind = 'alloc' then -coalesce(last_size, 0)::hugeint
      else 0 end)
    over (partition by source, process, born_ts order by ts rows unbounded preceding)::hugeint as live_bytes
from checked
