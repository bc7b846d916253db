-- arg-dist: how often a field of an event has which values
-- alias: argdist
-- subject: event field
-- param: event varchar the event, as in syscalls:sys_enter_write
-- param: field varchar one of its fields, as in count
-- param: log2 boolean = false buckets of powers of two instead of single values
-- param: comm varchar = '%' only events of threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print; with log2 all are printed
-- column: count how many events have it
-- column: event the field and its value, or first and last value of the bucket
-- column: percent of the events chosen
-- column: low first value of the bucket; NULL without log2
-- column: high last value of the bucket
-- column: value the value; NULL with log2
-- render: bars(event, count)
-- empty: such event
-- record: -e SYSTEM:EVENT
-- read: With log2 negative values and those that are no integers have a row of their own.
with
rows_of as (
  select value::varchar as value, try_cast(value as hugeint) as number
  from subject
  where common_comm like $comm and ($tid is null or common_pid = $tid)
    and ($pid is null or common_pid = $pid or process_of(common_pid, common_source) = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
groups as (
  select case when $log2 then bucket_low(number) end as low, case when $log2 then bucket_high(number) end as high,
    case when not $log2 then value end as value, count(*) as count, min(number) as number
  from rows_of
  group by all
)
select count, case when $log2 then coalesce(low || ' -> ' || high, 'other') else $field || ' = ' || coalesce(value, 'NULL') end as event,
  round(100 * count / sum(count) over (), 2) as percent, low, high, value
from groups
order by case when $log2 then low end nulls last, count desc, number, value
limit case when $log2 then 9223372036854775807 else $top end
