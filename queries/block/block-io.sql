-- block-io: each request to a block device, with the thread that issued it
-- alias: biosnoop
-- needs: block.block_rq_issue, block.block_rq_complete
-- views: block_requests
-- param: comm varchar = '%' only requests issued by threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: min_ms double = 0 only requests that took this long
-- param: from time = null only requests from this time on
-- param: to time = null only requests up to this time
-- column: time seconds since the first event of the recording
-- column: tid thread that issued it; often a worker of the kernel, not who wrote the data
-- column: disk major:minor
-- column: op the kernel's letters: R read, W write, D discard, F flush, S sync, M metadata, A readahead
-- column: sector first sector of 512 bytes
-- column: queue_ms time between queueing and issue; NULL if queueing was not recorded
-- column: lat_ms time between issue and completion; NULL if one of them is not recorded
-- column: state complete, or what is missing
-- render: table
-- empty: request
-- record: --preset block
-- read: With a pid filter completions are missing: they are written in interrupts.
select ((ts - (select min(first_ts) from meta.sources)) / 1e9)::decimal(18, 6) as time, tid, comm, dev_name(dev) as disk, rwbs as op,
  sector, bytes, round(queue_dur / 1e6, 3) as queue_ms, round(dur / 1e6, 3) as lat_ms, error, state
from block_requests
where coalesce(comm, '') like $comm and ($tid is null or tid = $tid) and (coalesce(dur, 0) >= $min_ms * 1e6)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts, dev, sector
