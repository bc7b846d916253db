-- softirq-time: how long soft interrupts were served, and how long they waited for it
-- alias: softirqs
-- needs: irq.softirq_entry, irq.softirq_exit
-- views: softirq_spans
-- param: by varchar(name|cpu) = 'name' a row for each: name or cpu (name and CPU)
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: softirq the kernel's name for it
-- column: total_us time in it, µs
-- column: count times it was served; /proc/softirqs counts the same
-- column: cpu CPU, NULL for all
-- column: share percent of one CPU during the recording
-- column: raise_avg_us average time between raising and serving it, µs; NULL if raising was not recorded
-- column: raise_max_us the longest such time, µs
-- column: incomplete runs with an unknown beginning or end, not in the sum
-- render: table
-- empty: soft interrupt
-- record: -e irq
-- read: Long waits after raising mean that the work was left to ksoftirqd, which competes with other threads.
with
spans as (
  select i.*, coalesce(i.name, vec::varchar) as label, case $by when 'cpu' then cpu end as group_cpu,
    greatest(least(s.last_ts, coalesce($to, s.last_ts)) - greatest(s.first_ts, coalesce($from, s.first_ts)), 0) as span
  from softirq_spans i join meta.sources s on s.source = i.source
  where ($from is null or ts >= $from) and ($to is null or ts <= $to)
)
select label as softirq, round(coalesce(sum(dur), 0) / 1e3, 3) as total_us, count(*) as count, group_cpu as cpu,
  round(100 * sum(dur) / nullif(any_value(span), 0), 3) as share, round(avg(dur) / 1e3, 3) as avg_us,
  round(max(dur) / 1e3, 3) as max_us, round(avg(ts - raised_ts) / 1e3, 3) as raise_avg_us,
  round(max(ts - raised_ts) / 1e3, 3) as raise_max_us, count(*) filter (dur is null) as incomplete
from spans
group by source, label, group_cpu
order by sum(dur) desc nulls last, softirq, cpu
