-- loss_windows: a time in which a buffer lost events on any CPU; where such times overlap they are one
-- column: source buffer, see meta.sources
-- column: from_ts ns on the trace clock of the last event before; NULL if there is none, as far back as can be
-- column: to_ts ns on the trace clock of the first event after
-- source: missed-event marks of the ring buffer (kernel/trace/ring_buffer.c), see meta.lost_events
-- record: any events
with gaps as (
  select source, coalesce(gap_start_ts, -9223372036854775808) as from_ts, ts as to_ts from meta.lost_events
),
begins as (
  select *, from_ts > max(to_ts) over (
    partition by source order by from_ts, to_ts rows between unbounded preceding and 1 preceding) as is_new
  from gaps
),
windows as (
  select *, count(case when is_new is not false then 1 end) over (partition by source order by from_ts, to_ts rows unbounded preceding) as number
  from begins
)
select source, nullif(min(from_ts), -9223372036854775808) as from_ts, max(to_ts) as to_ts
from windows
group by source, number
