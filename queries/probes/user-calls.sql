-- user-calls: calls of probed functions with their arguments and results, as ltrace shows them
-- alias: ltrace
-- views: uprobe_spans
-- param: probe varchar = '%' only probes whose name matches this pattern
-- param: group varchar = '%' only probes of groups that match this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: min_us double = 0 only calls of at least this long; above 0 those without a known duration are left out
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 1000 rows to print
-- column: time when it was called: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: call the function, its arguments and its result, indented by the calls it was made in; `?` where the return was not recorded
-- column: dur_us time until it returned, µs; NULL if not known
-- column: caller where it was called from: file and function, else file and offset, see the macro user_sym
-- column: state as in uprobe_spans
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: probe hit
-- record: --preset malloc, --uprobe or --kprobe
-- read: Shown are all calls of the function, also those that its own library makes; ltrace sees those of the main program.
-- read: Arguments are those that the probe's definition reads, under the names it gives them; structures need their fields in it.
-- read: A return that was not recorded is a probe without one, an end of the recording, or a function that was left by an exception.
with
-- What a value looks like is in the event's print format: 0x%Lx or a text in quotes.
formats as (
  select system, regexp_replace(event, '(_ret|__exit|__entry)$', '') as name, print_fmt like '%REC->\_\_probe\_func%' escape '\' as is_return,
    flatten(list(regexp_extract_all(print_fmt, '(\w+)=\{?0x%', 1))) as hex,
    flatten(list(regexp_extract_all(print_fmt, '(\w+)=\\"%s', 1))) as quoted
  from meta.events
  where print_fmt like '%REC->\_\_probe%' escape '\'
  group by all
),
calls as (
  select *, row_number() over (order by ts) as place
  from uprobe_spans
  where name like $probe and grp like $group and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid))
    and ($min_us <= 0 or dur >= $min_us * 1000)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  order by ts
  limit $top
),
texts as (
  select c.*,
    list_transform(map_entries(c.args), lambda one: case
      when one.value is null then one.key || '=<unknown>'
      when list_contains(e.hex, one.key) then one.key || '=' || coalesce(printf('0x%x', try_cast(one.value as ubigint)), one.value)
      when list_contains(e.quoted, one.key) then one.key || '="' || one.value || '"'
      else one.key || '=' || one.value end) as arguments,
    list_transform(map_entries(c.results), lambda one: case
      when one.value is null then '<unknown>'
      when list_contains(r.hex, one.key) then coalesce(printf('0x%x', try_cast(one.value as ubigint)), one.value)
      when list_contains(r.quoted, one.key) then '"' || one.value || '"'
      else one.value end) as outcome
  from calls c
  left join formats e on e.system = c.grp and e.name = c.name and not e.is_return
  left join formats r on r.system = c.grp and r.name = c.name and r.is_return
)
select report_time(ts) as time, coalesce(tgid, tid) as pid, comm,
  repeat('  ', depth) || name || '(' || coalesce(array_to_string(arguments, ', '), '…') || ')'
    || case when outcome is not null then rtrim(' = ' || array_to_string(outcome, ', '), ' =')
      when state = 'entry' then '' else ' = ?' end as call,
  dur / 1e3 as dur_us,
  case when caller is null then '<unknown>' when caller >= 9223372036854775808 then sym_in(caller, source)
    else user_caller(caller, tgid, source, ts) end as caller,
  state, tid, ts
from texts
order by place
