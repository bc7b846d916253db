-- cpu-usage: how long each thread was on a CPU
-- needs: sched.sched_switch
-- views: cpu_slices
-- param: by varchar(tid|comm|cpu) = 'tid' a row for each: tid, comm or cpu
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: idle boolean = false count the idle threads too
-- param: from time = null only from this time on; a slice under way counts from there
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: group thread, name or CPU
-- column: slices times on a CPU that began and ended in the recording
-- column: total_us their sum, µs; interrupts are in it
-- column: share percent of one CPU during the recording
-- column: preempted slices that ended though the thread could go on
-- column: lost slices with an unknown end or beginning, not in the sum
-- render: table
-- empty: switch
-- record: --preset sched
-- read: Slices at both ends of the recording, and at lost events, are counted in lost: the sum is a lower bound.
with
pieces as (
  select *, case when dur is not null then
      greatest(least(end_ts, coalesce($to, end_ts)) - greatest(ts, coalesce($from, ts)), 0) end as time
  from cpu_slices
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid) and ($idle or tid <> 0)
    and ($from is null or coalesce(end_ts, ts) >= $from) and ($to is null or ts <= $to)
),
groups as (
  select p.source, case $by when 'comm' then comm when 'cpu' then 'CPU ' || cpu else tid || ' ' || arg_max(comm, ts) over (partition by p.source, tid) end as "group",
    time, end_state, greatest(least(s.last_ts, coalesce($to, s.last_ts)) - greatest(s.first_ts, coalesce($from, s.first_ts)), 0) as span
  from pieces p join meta.sources s on s.source = p.source
)
select "group", count(time) as slices, round(coalesce(sum(time), 0) / 1e3, 3) as total_us,
  round(100 * sum(time) / nullif(any_value(span), 0), 3) as share, round(avg(time) / 1e3, 3) as avg_us,
  round(max(time) / 1e3, 3) as max_us, count(*) filter (time is not null and starts_with(end_state, 'R')) as preempted,
  count(*) filter (time is null) as lost
from groups
group by source, "group"
order by sum(time) desc nulls last, source, "group"
limit $top
