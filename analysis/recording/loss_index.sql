-- loss_index: one row: the gaps in which events were lost, arranged for the macro lost_between
-- column: gaps begins and ends with the CPU in front, in order; and how many of equal slices of time have gaps, up to each of them
-- source: meta.lost_events
-- record: any events
with
-- Without a last event before it, a gap reaches back as far as can be.
gaps as (
  select (source::hugeint << 80) + (cpu::hugeint << 64) as place, ts as end_ts,
    least(coalesce(gap_start_ts, -9223372036854775808), ts - 1) as begin_ts,
    least(coalesce(gap_start_ts, ts), ts - 1) as seen_ts
  from meta.lost_events
),
bounds as (
  select min(begin_ts) as first, min(seen_ts) as low, max(end_ts) as high,
    length(bin((max(end_ts) - min(seen_ts)) // least(64 * count(*), 1048576))) as shift
  from gaps
),
slices as (select unnest(range(-1, ((high - low) >> shift) + 1)) as slice from bounds),
changes as (
  select slice, sum(change) as change
  from (select (greatest(begin_ts, low) - low) >> shift as slice, 1 as change from gaps, bounds
    union all
    select ((end_ts - low) >> shift) + 1, -1 from gaps, bounds)
  group by slice
),
touched as (select slice, sum(coalesce(change, 0)::double) over (order by slice) > 0 as is_touched from slices left join changes using (slice)),
sums as (
  select list(number order by slice) as before
  from (select slice, sum(is_touched::double) over (order by slice)::bigint as number from touched)
)
select {
    'first': any_value(first), 'low': any_value(low), 'high': any_value(high), 'shift': any_value(shift), 'before': any_value(before),
    'begins': list(place + begin_ts order by place, begin_ts), 'ends': list(place + end_ts order by place, begin_ts),
    'steps': list_prepend(0::bigint, list_reverse(list_transform(range(0, length(bin(count(*)))), lambda i: 1::bigint << i)))
  } as gaps
from gaps, bounds, sums
