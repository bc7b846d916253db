-- packets: a packet sent through a device, or received from one
-- needs: net.net_dev_xmit | net.netif_receive_skb, loss_windows
-- optional: net.net_dev_xmit (skbaddr ubigint, len uinteger, rc integer, name varchar)
-- optional: net.netif_receive_skb (skbaddr ubigint, len uinteger, name varchar)
-- optional: net.net_dev_start_xmit (name varchar, skbaddr ubigint, protocol usmallint, network_offset integer, transport_offset integer, gso_size usmallint, gso_segs usmallint)
-- optional: net.netif_rx_entry (name varchar, skbaddr ubigint, protocol usmallint, gso_size usmallint)
-- optional: net.netif_receive_skb_entry (name varchar, skbaddr ubigint, protocol usmallint, gso_size usmallint)
-- optional: net.netif_receive_skb_list_entry (name varchar, skbaddr ubigint, protocol usmallint, gso_size usmallint)
-- optional: net.napi_gro_receive_entry (name varchar, skbaddr ubigint, protocol usmallint, gso_size usmallint)
-- column: ts ns on the trace clock
-- column: cpu CPU
-- column: tid thread that was current: often not the packet's owner
-- column: comm its name at that time
-- column: source buffer, see meta.sources
-- column: direction sent (net_dev_xmit) or received (netif_receive_skb); a packet on lo is both
-- column: dev network device
-- column: len bytes: of a sent packet with its link header, of a received one without
-- column: protocol EtherType, 2048 (0x800) for IPv4; NULL if not known
-- column: skbaddr address of the socket buffer, used again for later packets
-- column: gso_segs packets that the device makes of a sent one; NULL if not known
-- column: gso_size bytes of payload in each of them
-- column: network_offset bytes before the network header of a sent packet
-- column: transport_offset bytes before its transport header
-- column: rc what the driver answered: 0 it took the packet, 16 it was busy and gets it again; NULL when received
-- column: in_interrupt whether it happened in an interrupt, whatever thread was current
-- source: include/trace/events/net.h; net/core/dev.c (xmit_one, __netif_receive_skb_core); include/linux/netdevice.h (NETDEV_TX_BUSY)
-- record: --preset network
with
described as (
  select 0 as step, common_source as source, ts, name as dev, skbaddr, protocol, gso_size, gso_segs, network_offset, transport_offset from net_dev_start_xmit
  union all by name
  select 1 as step, common_source as source, ts, name as dev, skbaddr, protocol, gso_size from netif_rx_entry
  union all by name
  select 1 as step, common_source as source, ts, name as dev, skbaddr, protocol, gso_size from netif_receive_skb_entry
  union all by name
  select 1 as step, common_source as source, ts, name as dev, skbaddr, protocol, gso_size from netif_receive_skb_list_entry
  union all by name
  select 1 as step, common_source as source, ts, name as dev, skbaddr, protocol, gso_size from napi_gro_receive_entry
),
moved as (
  select 2 as step, common_source as source, ts, name as dev, skbaddr, len, rc, common_cpu as cpu, common_pid as tid,
    common_comm as comm, common_flags & 24 <> 0 as in_interrupt from net_dev_xmit
  union all by name
  select 3 as step, common_source as source, ts, name as dev, skbaddr, len, common_cpu as cpu, common_pid as tid,
    common_comm as comm, common_flags & 24 <> 0 as in_interrupt from netif_receive_skb
),
steps as (
  select * from described
  union all by name
  select * from moved
),
-- What was last said of the buffer on that device. Only on lo is a packet sent the one received.
said as (
  select *, case when step < 2 then {'step': step, 'ts': ts, 'protocol': protocol, 'gso_size': gso_size, 'gso_segs': gso_segs,
    'network_offset': network_offset, 'transport_offset': transport_offset} end as said
  from steps
),
told as (
  select *, last_value(said ignore nulls) over life as latest,
    last_value(case when step = 0 then said end ignore nulls) over life as given
  from said
  window life as (partition by source, dev, skbaddr order by ts, step rows between unbounded preceding and 1 preceding)
),
packets as (
  select * exclude (said, latest, given), about.ts as about_ts
  from (select *, case when step = 2 then given when latest.step = 1 or dev = 'lo' then latest end as about from told where step > 1)
),
-- Not when events were lost in between: the buffer may be another packet's by then.
known as (
  select p.* exclude (about), case when w.to_ts is null or w.from_ts >= p.ts then p.about end as about
  from packets p
  asof left join loss_windows w on w.source = p.source and w.to_ts > p.about_ts
)
select ts, cpu, tid, comm, source, case when step = 2 then 'sent' else 'received' end as direction, dev, len,
  about.protocol as protocol, skbaddr, case when step = 2 then about.gso_segs end as gso_segs, about.gso_size as gso_size,
  case when step = 2 then about.network_offset end as network_offset,
  case when step = 2 then about.transport_offset end as transport_offset, rc, in_interrupt
from known
