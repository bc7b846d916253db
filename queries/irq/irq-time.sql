-- irq-time: how long the handlers of interrupts ran
-- alias: hardirqs
-- needs: irq.irq_handler_entry, irq.irq_handler_exit
-- views: irq_spans
-- param: by varchar(name|cpu) = 'name' a row for each: name or cpu (name and CPU)
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: hardirq who registered the handler
-- column: total_us time in it, µs
-- column: count times it ran
-- column: irq number of the interrupt
-- column: cpu CPU, NULL for all
-- column: share percent of one CPU during the recording
-- column: not_mine times the handler found the interrupt was not its own
-- column: incomplete runs with an unknown beginning or end, not in the sum
-- render: table
-- empty: interrupt
-- record: -e irq
-- read: Interrupts of the timer and between CPUs have no handlers of this kind on x86: they are in irq_vectors.
with
spans as (
  select i.*, case $by when 'cpu' then cpu end as group_cpu,
    greatest(least(s.last_ts, coalesce($to, s.last_ts)) - greatest(s.first_ts, coalesce($from, s.first_ts)), 0) as span
  from irq_spans i join meta.sources s on s.source = i.source
  where ($from is null or ts >= $from) and ($to is null or ts <= $to)
)
select name as hardirq, round(coalesce(sum(dur), 0) / 1e3, 3) as total_us, count(*) as count, irq, group_cpu as cpu,
  round(100 * sum(dur) / nullif(any_value(span), 0), 3) as share, round(avg(dur) / 1e3, 3) as avg_us,
  round(max(dur) / 1e3, 3) as max_us, count(*) filter (not handled) as not_mine, count(*) filter (dur is null) as incomplete
from spans
group by source, irq, name, group_cpu
order by sum(dur) desc nulls last, irq, name, cpu
