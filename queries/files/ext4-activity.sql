-- ext4-activity: what ext4 and its journal did, for which process and inode, and how long
-- needs: ext4.* | jbd2.*
-- views: fs_events, loss_index
-- param: event varchar = '%' only events whose name matches this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: ino integer = null only this inode
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: inodes boolean = true false for one row for all inodes of a device
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: event name of the event; of a pair that ends in _enter and _exit once, without these ends
-- column: device as major:minor
-- column: ino inode; NULL where the event is about none, and for all together
-- column: count events, pairs once
-- column: pairs those with a beginning and an end, which have a time
-- column: total_ms milliseconds between beginnings and ends
-- column: max_ms the longest
-- column: tid thread
-- column: first_ts the first of them, ns on the trace clock
-- render: table
-- empty: ext4 event
-- record: --preset ext4
-- read: A pair is in one thread; what the journal does later for a file is in the thread jbd2/….
with events as (
  select *, regexp_replace(event, '_(enter|exit)$', '') as name, ends_with(event, '_enter') as is_enter, ends_with(event, '_exit') as is_exit
  from fs_events
  where fs = 'ext4' and event like $event and comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or tid = $pid or process_of(tid, source) = $pid) and ($ino is null or ino = $ino)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
sides as (
  select *, lead(ts) over pair as next_ts, lead(is_exit) over pair as next_is_exit, lag(is_enter) over pair as follows_enter,
    lead(cpu) over pair as next_cpu
  from events window pair as (partition by source, tid, name, is_enter or is_exit order by ts)
),
spans as (
  select s.*, process_of(s.tid, s.source) as process,
    case when is_enter and next_is_exit and not lost_between(gaps, s.source, s.cpu, s.next_cpu, s.ts, s.next_ts) then next_ts - s.ts end as dur
  from sides s
  cross join loss_index
  where not (is_exit and follows_enter is not distinct from true)
)
select max(process) as pid, comm, name as event, dev_name(dev) as device, case when $inodes then ino end as ino, count(*) as count,
  count(dur) as pairs, round(sum(dur) / 1e6, 3) as total_ms, round(max(dur) / 1e6, 3) as max_ms, tid, min(ts) as first_ts
from spans
group by comm, tid, name, dev, case when $inodes then ino end
order by count desc, comm, tid, event, device, ino
limit $top
