-- irq_spans: a handler of an interrupt, from its entry to its exit
-- needs: irq.irq_handler_entry, irq.irq_handler_exit, loss_index
-- column: ts ns on the trace clock when it began; where that was not recorded, when it ended
-- column: dur ns; NULL unless both ends were recorded
-- column: cpu CPU
-- column: irq number of the interrupt
-- column: name who registered the handler; of a shared interrupt each handler has a span of its own
-- column: handled true where the handler says the interrupt was its own; NULL if not known
-- column: tid thread that was interrupted
-- column: comm its name
-- column: source buffer, see meta.sources
-- column: state complete, no_entry (only the exit was recorded), no_exit (entered again without an exit), open (not left before the end), lost (events were lost on the CPU in between)
-- column: end_ts ns on the trace clock when it ended; NULL if that is not known
-- source: kernel/irq/handle.c: the handlers of an interrupt run one after the other with interrupts off; IRQ_NONE is 0, include/linux/irqreturn.h
-- record: -e irq
with
events as (
  select ts, common_cpu as cpu, common_source as source, common_pid as tid, common_comm as comm, irq::bigint as irq,
    name, null::integer as ret, false as is_exit
  from irq.irq_handler_entry
  union all
  select ts, common_cpu, common_source, common_pid, common_comm, irq::bigint, null, ret, true from irq.irq_handler_exit
),
sides as (
  select *, lead(ts) over span as next_ts, lead(is_exit) over span as next_is_exit, lead(ret) over span as next_ret,
    lag(is_exit) over span as previous_is_exit
  from events
  window span as (partition by source, cpu, irq order by ts, is_exit)
),
spans as (
  select s.*, lost_between(gaps, source, cpu, cpu, ts, coalesce(next_ts, 9223372036854775807)) as torn
  from sides s cross join loss_index
  where not is_exit or previous_is_exit is not false
),
states as (
  select *,
    case
      when is_exit then 'no_entry' when torn then 'lost' when next_ts is null then 'open'
      when next_is_exit then 'complete' else 'no_exit'
    end as state
  from spans
)
select ts, case when state = 'complete' then next_ts - ts end as dur, cpu, irq, name,
  case state when 'complete' then next_ret <> 0 when 'no_entry' then ret <> 0 end as handled,
  tid, comm, source, state, case state when 'complete' then next_ts when 'no_entry' then ts end as end_ts
from states
