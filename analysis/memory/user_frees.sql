-- user_frees: a block that a program gave back by free or realloc
-- needs: heap_steps
-- column: ts ns on the trace clock
-- column: cpu CPU
-- column: tid thread
-- column: tgid process; the thread where that is not known
-- column: comm the thread's name
-- column: source buffer, see meta.sources
-- column: grp group of the probe
-- column: call free or realloc
-- column: ptr the block's address
-- column: size its bytes; NULL if not known
-- column: caller address it was called from; NULL if not known
-- column: alloc_ts ns on the trace clock when the block was given; NULL if that is not known
-- column: state matched, inherited (allocated by the process it was forked from), lost (events were lost on the CPU of either end in between), unknown (allocated before the recording, or inside the C library)
-- source: malloc(3), fork(2)
-- record: --preset malloc
with
steps as (select * from heap_steps),
frees as (select * from steps where kind = 'free'),
unmatched as (select source, process, parent, ptr, ts, tid, born_ts from frees where other_ts is null and not is_torn and parent is not null),
-- What the parent had when the child was made.
unknown as (
  select f.source, f.process, f.ts, f.tid from unmatched f
  asof join (
    select source, process, ptr, ts, other_ts from steps semi join (select source, parent as process from unmatched) using (source, process)
    where kind = 'alloc'
  ) a on a.source = f.source and a.process = f.parent and a.ptr = f.ptr and a.ts <= f.born_ts
  where a.other_ts is null or a.other_ts > f.born_ts
)
select f.ts, cpu, f.tid, f.process as tgid, comm, f.source, grp, call, ptr, size, caller, other_ts as alloc_ts,
  case
    when is_torn then 'lost'
    when other_ts is not null then 'matched'
    when u.ts is not null then 'inherited'
    else 'unknown'
  end as state
from frees f
left join unknown u on u.source = f.source and u.process = f.process and u.ts = f.ts and u.tid = f.tid
