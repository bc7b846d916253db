-- user-call-count: how often probed functions were called, and how long they took
-- alias: funccount, ltrace-count
-- views: uprobe_spans
-- param: probe varchar = '%' only probes whose name matches this pattern
-- param: group varchar = '%' only probes of groups that match this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: caller_lib varchar = null only calls from files whose name matches this pattern, as libselinux.so.1
-- param: by varchar(function|library|caller|comm) = 'function' a row for each function, and besides: library, caller or comm
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: "% time" share of the time of all rows; NULL without returns
-- column: seconds time in the function, what it called included
-- column: "usecs/call" mean of the calls that it is known when they returned
-- column: calls how often it was entered
-- column: function the probe's name
-- column: caller what it was called from, or who called it, as `by` says
-- column: returns how often it is known when it returned; the times are those of these
-- render: table
-- empty: probe
-- record: --preset malloc, --uprobe or --kprobe
-- read: A function that was probed and never called has a row with 0 calls; its library may not have been loaded at all.
-- read: ltrace counts calls through the PLT of the main program; a probe counts every entry. `caller_lib` gives what one library called.
-- read: The time of a function is also in the time of the probed function that called it.
with
probes as (
  select distinct e.system as grp, regexp_replace(e.event, '(_ret|__exit|__entry)$', '') as name
  from meta.events e
  join meta.fields f on f.system = e.system and f.event = e.event and f.field in ('__probe_ip', '__probe_func')
  where name like $probe and e.system like $group
),
sites as (
  select grp, name, source, tgid, caller, comm, max(ts) as ts, count(*) as calls, count(dur) as returns, sum(dur) as dur
  from uprobe_spans
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
named as (
  select *, case
      when $by not in ('library', 'caller') and $caller_lib is null then null
      when caller is null then '<unknown>'
      when caller >= 9223372036854775808 then sym_in(caller, source)
      else user_caller(caller, tgid, source, ts) end as place
  from sites
),
counted as (
  select grp, name,
    case $by when 'library' then place_file(place) when 'caller' then place when 'comm' then comm end as caller,
    sum(calls)::bigint as calls, sum(returns)::bigint as returns, sum(dur)::bigint as dur
  from named
  where $caller_lib is null or place_file(place) like $caller_lib
  group by all
)
select (100 * c.dur / nullif(sum(c.dur) over (), 0))::decimal(5, 2) as "% time", (c.dur / 1e9)::decimal(18, 6) as seconds,
  round(c.dur / 1e3 / nullif(c.returns, 0), 1) as "usecs/call", coalesce(c.calls, 0) as calls, p.name as function, c.caller,
  coalesce(c.returns, 0) as returns
from probes p
left join counted c using (grp, name)
order by c.dur desc nulls last, calls desc, function, caller
