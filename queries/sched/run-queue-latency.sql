-- run-queue-latency: how long threads that could run waited for a CPU, as a histogram
-- alias: runqlat
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_wakeup_new
-- views: thread_states
-- param: by varchar(all|comm|tid|cpu) = 'all' a histogram for each: all, comm, tid or cpu
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only waits that began from this time on
-- param: to time = null only waits that ended up to this time
-- column: group thread, name or CPU that the histogram is of
-- column: low shortest wait of the bucket, µs
-- column: high longest wait of the bucket, µs
-- column: count waits, after a wakeup or after the CPU was taken away
-- render: histogram(low, high, count, unit=usecs, by=group)
-- empty: wait
-- record: --preset sched
-- read: A second hump above 1000 µs means that threads queue behind others on the same CPU.
-- read: Waits that had not ended, or whose beginning is not recorded, are not counted here: run-queue-threads does.
with
waits as (
  select dur // 1000 as us,
    case $by when 'comm' then comm when 'tid' then tid || ' ' || comm when 'cpu' then 'CPU ' || end_cpu else 'all' end as "group"
  from thread_states
  where state = 'runnable' and dur is not null and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or tgid = $pid)
    and ($from is null or ts >= $from) and ($to is null or end_ts <= $to)
)
select "group", bucket_low(us) as low, bucket_high(us) as high, count(*) as count
from waits
group by all
order by "group", low
