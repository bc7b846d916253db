-- net-devices: packets and bytes through each network device, and how long they waited to be sent
-- needs: net.net_dev_xmit | net.netif_receive_skb
-- views: packets, loss_windows
-- optional: net.net_dev_queue (skbaddr ubigint, name varchar)
-- optional: net.net_dev_xmit (skbaddr ubigint, name varchar, rc integer)
-- optional: net.netif_receive_skb (skbaddr ubigint)
-- param: dev varchar = '%' only devices whose name matches this pattern
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: sent packets that the driver took; NULL where net:net_dev_xmit was not recorded
-- column: sent_bytes their bytes with link headers
-- column: busy times that the driver was busy, and the packet had to wait
-- column: received packets received; NULL where net:netif_receive_skb was not recorded
-- column: received_bytes their bytes without link headers, 14 less a packet on Ethernet
-- column: queued packets given to the device's queue; NULL where net:net_dev_queue was not recorded
-- column: wait_avg_us mean time from there to the driver, µs
-- column: wait_max_us the longest, µs
-- render: table
-- empty: packet
-- record: --preset network
-- read: A packet on lo is both sent and received. A packet that is cut into several in the queue counts once as queued.
with
counts as (
  select dev, count(*) filter (where direction = 'sent' and rc = 0) as sent,
    coalesce(sum(len) filter (where direction = 'sent' and rc = 0), 0)::bigint as sent_bytes,
    count(*) filter (where direction = 'sent' and rc <> 0) as busy,
    count(*) filter (where direction = 'received') as received,
    coalesce(sum(len) filter (where direction = 'received'), 0)::bigint as received_bytes
  from packets
  where dev like $dev and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by dev
),
steps as (
  select common_source as source, name as dev, skbaddr, ts, true as is_queue from net_dev_queue
  union all  -- a busy driver has not taken the packet
  select common_source, name, skbaddr, ts, false from net_dev_xmit where rc = 0
),
waits as (
  select *, case when not is_queue and lag(is_queue) over life then lag(ts) over life end as queued_ts
  from steps
  where dev like $dev and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  window life as (partition by source, dev, skbaddr order by ts, is_queue desc)
),
queues as (
  select q.dev, count(*) filter (where is_queue) as queued,
    avg(q.ts - queued_ts) filter (where w.to_ts is null or w.from_ts >= q.ts)::bigint as wait_avg,
    max(q.ts - queued_ts) filter (where w.to_ts is null or w.from_ts >= q.ts) as wait_max
  from waits q
  asof left join loss_windows w on w.source = q.source and w.to_ts > q.queued_ts
  group by all
),
known as (
  select exists (from recorded where relation = 'net.net_dev_queue') as queue, exists (from recorded where relation = 'net.net_dev_xmit') as xmit,
    exists (from recorded where relation = 'net.netif_receive_skb') as receive
)
select c.dev, case when k.xmit then c.sent end as sent, case when k.xmit then c.sent_bytes end as sent_bytes,
  case when k.xmit then c.busy end as busy, case when k.receive then c.received end as received,
  case when k.receive then c.received_bytes end as received_bytes, case when k.queue then q.queued end as queued, round(q.wait_avg / 1e3, 3) as wait_avg_us,
  round(q.wait_max / 1e3, 3) as wait_max_us
from counts c cross join known k
left join queues q on q.dev = c.dev
order by c.dev
