-- softirq_spans: a soft interrupt being served on a CPU, from entry to exit
-- needs: irq.softirq_entry, irq.softirq_exit, loss_index
-- optional: irq.softirq_raise (vec uinteger)
-- column: ts ns on the trace clock when it began; where that was not recorded, when it ended
-- column: dur ns, interrupts in between included; NULL unless both ends were recorded
-- column: cpu CPU
-- column: vec number of the soft interrupt
-- column: name its name in the event's print table: TIMER, NET_RX, RCU
-- column: raised_ts ns on the trace clock when it was first raised since it was last served; NULL if not known
-- column: tid thread that was current; ksoftirqd where the load is high
-- column: comm its name
-- column: source buffer, see meta.sources
-- column: state complete, no_entry (only the exit was recorded), no_exit (entered again without an exit), open (not left before the end), lost (events were lost on the CPU in between)
-- column: end_ts ns on the trace clock when it ended; NULL if that is not known
-- source: kernel/softirq.c: raised, entered and left on the same CPU; include/trace/events/irq.h
-- record: -e irq
with
events as (
  select ts, common_cpu as cpu, common_source as source, common_pid as tid, common_comm as comm, vec::bigint as vec,
    false as is_exit
  from irq.softirq_entry
  union all
  select ts, common_cpu, common_source, common_pid, common_comm, vec::bigint, true from irq.softirq_exit
),
sides as (
  select *, lead(ts) over span as next_ts, lead(is_exit) over span as next_is_exit,
    lag(is_exit) over span as previous_is_exit
  from events
  window span as (partition by source, cpu, vec order by ts, is_exit)
),
-- Each raise belongs to the first entry after it; the earliest of those of an entry counts.
raises as (
  select e.common_source as source, e.common_cpu as cpu, e.vec::bigint as vec, e.ts, min(r.ts) as raised_ts
  from softirq_raise r
  asof join irq.softirq_entry e
    on e.common_source = r.common_source and e.common_cpu = r.common_cpu and e.vec = r.vec and r.ts <= e.ts
  group by all
),
spans as (
  select *, lost_between(gaps, source, cpu, cpu, ts, coalesce(next_ts, 9223372036854775807)) as torn
  from sides s cross join loss_index
  where not is_exit or previous_is_exit is not false
),
raised as (
  select s.*, case when not lost_between(gaps, s.source, s.cpu, s.cpu, r.raised_ts, s.ts) then r.raised_ts end as raised_ts
  from spans s
  left join raises r on not s.is_exit and r.source = s.source and r.cpu = s.cpu and r.vec = s.vec and r.ts = s.ts
),
states as (
  select *,
    case
      when is_exit then 'no_entry' when torn then 'lost' when next_ts is null then 'open'
      when next_is_exit then 'complete' else 'no_exit'
    end as state
  from raised
),
-- Names are kept with the first buffer of a file.
names as (
  select s.source, v.value::bigint as vec, any_value(v.name) as name
  from meta.print_values v join meta.sources o on o.source = v.source join meta.sources s on s.file = o.file
  where v.system = 'irq' and v.event = 'softirq_entry' and v.field = 'vec' and v.value < 256
  group by all
)
select s.ts, case when state = 'complete' then next_ts - s.ts end as dur, s.cpu, s.vec, n.name, s.raised_ts,
  s.tid, s.comm, s.source, s.state,
  case s.state when 'complete' then next_ts when 'no_entry' then s.ts end as end_ts
from states s
left join names n on n.source = s.source and n.vec = s.vec
