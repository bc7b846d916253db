-- block_requests: a request to a block device, from its issue to the driver until its completion
-- needs: block.block_rq_issue, block.block_rq_complete, loss_index
-- optional: block.block_rq_issue (dev uinteger, sector ubigint, nr_sector uinteger, bytes uinteger, rwbs varchar, comm varchar)
-- optional: block.block_rq_complete (dev uinteger, sector ubigint, nr_sector uinteger, rwbs varchar, error integer, errors integer)
-- optional: block.block_rq_insert (dev uinteger, sector ubigint)
-- optional: block.block_io_start (dev uinteger, sector ubigint)
-- optional: block.block_rq_requeue (dev uinteger, sector ubigint)
-- column: ts ns on the trace clock when it was issued; where that was not recorded, when it completed
-- column: dur ns from issue to completion; NULL unless both were recorded
-- column: dev device number, see dev_name()
-- column: sector first sector of 512 bytes; 0 for a flush
-- column: bytes size
-- column: rwbs the kernel's letters: R read, W write, D discard, F flush (before: of the device, after: FUA), N none, S sync, M metadata, A readahead
-- column: queue_dur ns between block_io_start, else block_rq_insert, and issue; NULL if neither was recorded: with no scheduler nothing is inserted
-- column: tid thread that issued it; often a worker of the kernel, not who wrote the data
-- column: comm its name as the event has it
-- column: cpu CPU that issued it
-- column: end_cpu CPU that completed it
-- column: error 0, or the negative error number it completed with; NULL if not known
-- column: source buffer, see meta.sources
-- column: state complete, no_issue (only the completion was recorded), requeued (given back by the driver, to be issued again), no_complete (the same place was issued again), open (not completed before the end), lost (events were lost in between on a CPU of either end)
-- column: end_ts ns on the trace clock when it completed; NULL if that is not known
-- source: include/trace/events/block.h, block/blk-mq.c: a request is known by device and sector
-- record: --preset block
with
events as (
  select ts, 'issue' as kind, common_source as source, common_cpu as cpu, common_pid as tid, comm, dev, sector,
    coalesce(nullif(bytes, 0)::bigint, nr_sector::bigint * 512) as bytes, rwbs, null::integer as error
  from block_rq_issue
  union all
  select ts, 'complete', common_source, common_cpu, null, null, dev, sector, nr_sector::bigint * 512, rwbs, coalesce(error, errors)
  from block_rq_complete
  union all
  select ts, 'requeue', common_source, common_cpu, null, null, dev, sector, null, null, null from block_rq_requeue
  union all
  select ts, 'insert', common_source, common_cpu, null, null, dev, sector, null, null, null from block_rq_insert
  union all
  select ts, 'start', common_source, common_cpu, null, null, dev, sector, null, null, null from block_io_start
),
-- The beginning of the wait is looked up, not paired: a merge can move a request's first sector.
queued as (
  select *, lag(case when kind = 'start' then ts end ignore nulls) over place as start_ts,
    lag(case when kind = 'insert' then ts end ignore nulls) over place as insert_ts,
    coalesce(lag(case when kind in ('issue', 'complete') then ts end ignore nulls) over place, -1) as previous_ts
  from events
  window place as (partition by source, dev, sector order by ts)
),
sides as (
  select *, lead(ts) over place as next_ts, lead(kind) over place as next_kind, lead(cpu) over place as next_cpu,
    lead(error) over place as next_error, lag(kind) over place as previous_kind
  from queued
  where kind not in ('start', 'insert')
  window place as (partition by source, dev, sector order by ts)
),
spans as (
  select s.*, lost_between(gaps, source, cpu, next_cpu, ts, coalesce(next_ts, 9223372036854775807)) as torn
  from sides s cross join loss_index
  where kind = 'issue' or kind = 'complete' and previous_kind is distinct from 'issue'
),
states as (
  select *,
    case
      when kind = 'complete' then 'no_issue' when torn then 'lost' when next_ts is null then 'open'
      when next_kind = 'complete' then 'complete' when next_kind = 'requeue' then 'requeued' else 'no_complete'
    end as state
  from spans
)
select ts, case when state = 'complete' then next_ts - ts end as dur, dev, sector, bytes, rwbs,
  case when kind <> 'issue' then null when start_ts > previous_ts then ts - start_ts when insert_ts > previous_ts then ts - insert_ts
  end as queue_dur,
  tid, comm, case when kind = 'issue' then cpu end as cpu,
  case state when 'complete' then next_cpu when 'no_issue' then cpu end as end_cpu,
  case state when 'complete' then next_error when 'no_issue' then error end as error, source, state,
  case state when 'complete' then next_ts when 'no_issue' then ts end as end_ts
from states
