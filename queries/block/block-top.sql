-- block-top: which threads issued the most input and output of block devices
-- alias: biotop
-- needs: block.block_rq_issue, block.block_rq_complete
-- views: block_requests
-- param: from time = null only requests from this time on
-- param: to time = null only requests up to this time
-- param: top integer = 20 rows to print
-- column: pid process that issued them, the thread where that is not known; often a worker of the kernel, not who wrote the data
-- column: d R read, W write, D discard, F flush
-- column: disk major:minor
-- column: "i/o" requests
-- column: kbytes kilobytes (1024 bytes)
-- column: avg_ms average time between issue and completion
-- column: failed requests that completed with an error
-- column: incomplete requests with an unknown end
-- column: tid thread that issued them
-- render: table
-- empty: request
-- record: --preset block
-- read: Data that is written later is issued by kernel threads (kworker), not by who wrote it.
with
requests as (
  select *, regexp_extract(rwbs, '[RWDFN]') as op
  from block_requests
  where state <> 'no_issue' and ($from is null or ts >= $from) and ($to is null or ts <= $to)
)
select process_of(tid, source) as pid, comm, op as d, dev_name(dev) as disk, count(*) as "i/o", round(sum(bytes) / 1024, 1) as kbytes,
  round(avg(dur) / 1e6, 3) as avg_ms, round(max(dur) / 1e6, 3) as max_ms, count(*) filter (error <> 0) as failed,
  count(*) filter (dur is null) as incomplete, tid
from requests
group by source, tid, comm, op, dev
order by sum(bytes) desc nulls last, count(*) desc, tid, d, disk
limit $top
