-- block-latency: how long requests to block devices took, as a histogram
-- alias: biolatency
-- needs: block.block_rq_issue, block.block_rq_complete
-- views: block_requests
-- param: by varchar(all|disk|op) = 'all' a histogram for each: all, disk or op (kind of request)
-- param: queued boolean = false count from queueing on, where it was recorded, not from issue
-- param: comm varchar = '%' only requests issued by threads whose name matches this pattern
-- param: from time = null only requests from this time on
-- param: to time = null only requests up to this time
-- column: group disk or kind that the histogram is of
-- column: low shortest time of the bucket, µs
-- column: high longest time of the bucket, µs
-- column: count requests
-- render: histogram(low, high, count, unit=usecs, by=group)
-- empty: completed request
-- record: --preset block
-- read: A hump at some 10 µs is the device's cache or memory, one at milliseconds the medium. With a pid filter completions are missing: they are written in interrupts.
with
requests as (
  select (dur + case when $queued then coalesce(queue_dur, 0) else 0 end) // 1000 as us,
    case $by when 'disk' then dev_name(dev) when 'op' then rwbs else 'all' end as "group"
  from block_requests
  where dur is not null and comm like $comm and ($from is null or ts >= $from) and ($to is null or ts <= $to)
)
select "group", bucket_low(us) as low, bucket_high(us) as high, count(*) as count
from requests
group by all
order by "group", low
