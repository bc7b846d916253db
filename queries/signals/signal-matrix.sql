-- signal-matrix: how many signals went from whom to whom, and what became of them
-- needs: signal.signal_generate, signal.signal_deliver
-- views: signals
-- param: by varchar(comm|tid) = 'comm' senders and receivers by: comm or tid
-- param: sig varchar = '%' only signals whose name matches this pattern, as in SIGTERM
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: from who sent it, kernel for the kernel, <unknown> where it was sent outside the recorded set
-- column: to thread or process it was sent to
-- column: sent signals sent
-- column: ignored of those, thrown away because the receiver ignores them
-- column: coalesced of those, the same signal was pending already
-- column: delivered taken by the receiver
-- column: pending no delivery recorded, events lost included
-- column: failed calls that sent nothing, and signals that found no room
-- column: fatal signals that ended the receiver
-- column: avg_us average time until delivery, µs
-- render: table
-- empty: signal
-- record: --preset signals
-- read: sent is the sum of delivered, ignored, coalesced, pending and those that found no room.
select case when state in ('no_generate', 'zapped') then '<unknown>' when sender_tid is null or $by = 'comm' then sender_comm
    else sender_tid || ' ' || sender_comm end as "from",
  case when $by = 'comm' then coalesce(receiver_comm, '<unknown>') else receiver_tid || ' ' || coalesce(receiver_comm, '<unknown>') end as "to",
  coalesce(name, sig::varchar) as sig,
  count(*) filter (state in ('delivered', 'ignored', 'coalesced', 'overflow', 'pending', 'lost')) as sent,
  count(*) filter (state = 'ignored') as ignored, count(*) filter (state = 'coalesced') as coalesced,
  count(*) filter (state in ('delivered', 'no_generate', 'zapped')) as delivered, count(*) filter (state in ('pending', 'lost')) as pending,
  count(*) filter (state in ('failed', 'overflow')) as failed, count(*) filter (is_fatal) as fatal, round(avg(dur) / 1e3, 3) as avg_us
from signals
where coalesce(name, sig::varchar, '') like $sig and ($from is null or ts >= $from) and ($to is null or ts <= $to)
group by source, 1, 2, 3
order by sent desc, 1, 2, 3
