-- user_allocs: a block that a program was given by malloc, calloc, realloc and the like, until it was freed
-- needs: heap_steps
-- column: ts ns on the trace clock when it was given
-- column: dur ns until it was freed; NULL unless state is freed
-- column: freed_ts ns on the trace clock when it was freed; NULL unless state is freed
-- column: cpu CPU
-- column: tid thread
-- column: tgid process; the thread where that is not known
-- column: comm the thread's name
-- column: source buffer, see meta.sources
-- column: grp group of the probe
-- column: call function that gave it
-- column: ptr its address; NULL where state is failed or no_result
-- column: size bytes asked for; NULL where the call's entry was not recorded
-- column: caller address it was called from; NULL if not known
-- column: freed_by free, or realloc where that put another in its place
-- column: freed_tid thread that freed it
-- column: state freed, live (not freed by the end of the recording), missed_free (the address was handed out again, and no free was seen), exec (went with the memory of the process), lost (events were lost on the CPU of either end in between), failed (none was given), no_result (the call's result was not recorded)
-- column: live_bytes bytes the process has allocated then, as far as recorded
-- source: malloc(3), execve(2)
-- record: --preset malloc
select ts, other_ts - ts as dur, other_ts as freed_ts, cpu, tid, process as tgid, comm, source, grp, call,
  case when kind = 'alloc' then ptr end as ptr, size, caller, other_call as freed_by, other_tid as freed_tid,
  case
    when kind = 'failed' then 'failed'
    when kind = 'unknown' then 'no_result'
    when is_torn then 'lost'
    when other_ts is not null then 'freed'
    when is_replaced then 'missed_free'
    when gone_ts is not null then 'exec'
    else 'live'
  end as state,
  live_bytes
from heap_steps
where kind <> 'free'
