-- event-catalogue: the events of the recording, how often they occur, and their fields
-- alias: tplist
-- param: match varchar = '*' only events like this: system, event or system:event, with * and ?
-- param: silent boolean = false also events that the recording has a format of and that did not occur
-- param: verbose boolean = false one row for each field
-- column: event the event
-- column: rows how often it occurs, in all buffers
-- column: per_second that, over the time from the first event of the recording to the last
-- column: fields its own fields; with verbose one field
-- column: c_type with verbose: the field as the kernel declares it
-- column: column_type with verbose: type of the column
-- column: offset with verbose: bytes from the record's start
-- column: size with verbose: bytes
-- render: table
-- empty: such event
-- record: -e all
-- read: What is not listed did not occur; silent=true adds the events that the recording only has a format of.
with
events as (
  select system, event, sum(rows)::bigint as rows
  from meta.events
  where system || ':' || event glob $match or system glob $match or event glob $match
  group by all
),
span as (select nullif(max(last_ts) - min(first_ts), 0) / 1e9 as seconds from meta.sources),
own as (
  select distinct on (system, event, field) system, event, position, field, c_type, column_type, "offset", size
  from meta.fields
  where not starts_with(field, 'common_')
  order by system, event, field, source
),
lists as (select system, event, string_agg(field, ', ' order by position) as fields from own group by all)
select e.system || ':' || e.event as event, e.rows, round(e.rows / (select seconds from span), 1) as per_second,
  case when $verbose then o.field else l.fields end as fields, o.c_type, o.column_type, o."offset", o.size
from events e
left join lists l on l.system = e.system and l.event = e.event
left join own o on $verbose and o.system = e.system and o.event = e.event
where e.rows > 0 or $silent
order by e.rows desc, event, o.position
