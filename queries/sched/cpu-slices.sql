-- cpu-slices: how long threads stayed on a CPU at a time, as a histogram
-- alias: cpudist
-- needs: sched.sched_switch
-- views: cpu_slices
-- param: by varchar(all|comm|tid|cpu) = 'all' a histogram for each: all, comm, tid or cpu
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only slices that began from this time on
-- param: to time = null only slices that ended up to this time
-- column: group thread, name or CPU that the histogram is of
-- column: low shortest slice of the bucket, µs
-- column: high longest slice of the bucket, µs
-- column: count slices; the idle threads are left out
-- render: histogram(low, high, count, unit=usecs, by=group)
-- empty: slice
-- record: --preset sched
-- read: Many short slices mean that threads often block or are preempted; the cost is in the switches.
with
slices as (
  select dur // 1000 as us,
    case $by when 'comm' then comm when 'tid' then tid || ' ' || comm when 'cpu' then 'CPU ' || cpu else 'all' end as "group"
  from cpu_slices
  where dur is not null and tid <> 0 and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid)
    and ($from is null or ts >= $from) and ($to is null or end_ts <= $to)
)
select "group", bucket_low(us) as low, bucket_high(us) as high, count(*) as count
from slices
group by all
order by "group", low
