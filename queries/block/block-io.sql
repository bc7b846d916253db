-- block-io: each request to a block device, with the thread that issued it
-- alias: biosnoop
-- needs: block.block_rq_issue, block.block_rq_complete
-- views: block_requests
-- param: comm varchar = '%' only requests issued by threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: min_ms double = 0 only requests that took this long
-- param: from time = null only requests from this time on
-- param: to time = null only requests up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process that issued it, the thread where that is not known; often a worker of the kernel, not who wrote the data
-- column: disk major:minor
-- column: t R read, W write, D discard, F flush
-- column: sector first sector of 512 bytes
-- column: que_ms time between queueing and issue; NULL if queueing was not recorded
-- column: lat_ms time between issue and completion; NULL if one of them is not recorded
-- column: err the error's number, 0 for none; NULL without a completion
-- column: error its name
-- column: state complete, or what is missing
-- column: op the kernel's letters: R read, W write, D discard, F flush, S sync, M metadata, A readahead
-- column: tid thread that issued it
-- column: ts ns on the trace clock
-- render: table
-- empty: request
-- record: --preset block
-- read: With a pid filter completions are missing: they are written in interrupts.
select report_time(ts) as time, comm, process_of(tid, source) as pid, dev_name(dev) as disk,
  regexp_extract(rwbs, '[RWDFN]') as t, sector, bytes, round(queue_dur / 1e6, 3) as que_ms, round(dur / 1e6, 3) as lat_ms,
  -error as err, errno_name(error) as error, state, rwbs as op, tid, ts
from block_requests
where coalesce(comm, '') like $comm and ($tid is null or tid = $tid)
  and ($pid is null or tid = $pid or process_of(tid, source) = $pid) and (coalesce(dur, 0) >= $min_ms * 1e6)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts, dev, sector
