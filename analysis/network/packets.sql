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
-- column: gso_size bytes of payload in each of them; NULL if not known
-- column: network_offset bytes before the network header of a sent packet
-- column: transport_offset bytes before its transport header
-- column: rc what the driver answered: 0 it took the packet, 16 it was busy and gets it again; NULL when received
-- column: in_interrupt whether it happened in an interrupt, whatever thread was current
-- source: include/trace/events/net.h; net/core/dev.c (xmit_one, __netif_receive_skb_core); include/linux/netdevice.h (NETDEV_TX_BUSY)
-- record: --preset network
with
sent as (
  select common_source as source, ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_flags as flags,
    name as dev, skbaddr, len, rc
  from net_dev_xmit
),
received as (
  select common_source as source, ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_flags as flags,
    name as dev, skbaddr, len
  from netif_receive_skb
),
starts as (
  select common_source as source, ts, name as dev, skbaddr, protocol, network_offset, transport_offset, gso_size, gso_segs
  from net_dev_start_xmit
),
-- Only on lo is a packet sent the one received.
entries as (
  select source, ts, dev, skbaddr, protocol, gso_size from starts where dev = 'lo'
  union all
  select common_source, ts, name, skbaddr, protocol, gso_size from netif_rx_entry
  union all
  select common_source, ts, name, skbaddr, protocol, gso_size from netif_receive_skb_entry
  union all
  select common_source, ts, name, skbaddr, protocol, gso_size from netif_receive_skb_list_entry
  union all
  select common_source, ts, name, skbaddr, protocol, gso_size from napi_gro_receive_entry
),
packets as (
  select s.*, 'sent' as direction, b.ts as about_ts, b.protocol, b.gso_segs, b.gso_size, b.network_offset, b.transport_offset
  from sent s
  asof left join starts b on b.source = s.source and b.dev = s.dev and b.skbaddr = s.skbaddr and b.ts <= s.ts
  union all by name
  select r.*, 'received' as direction, b.ts as about_ts, b.protocol, b.gso_size
  from received r
  asof left join entries b on b.source = r.source and b.dev = r.dev and b.skbaddr = r.skbaddr and b.ts <= r.ts
),
-- Not when events were lost in between: the buffer may be another packet's by then.
known as (
  select p.*, w.to_ts is null or w.from_ts >= p.ts as is_known
  from packets p
  asof left join loss_windows w on w.source = p.source and w.to_ts > p.about_ts
)
select ts, cpu, tid, comm, source, direction, dev, len, case when is_known then protocol end as protocol, skbaddr,
  case when is_known then gso_segs end as gso_segs, case when is_known then gso_size end as gso_size,
  case when is_known then network_offset end as network_offset,
  case when is_known then transport_offset end as transport_offset, rc, flags & 24 <> 0 as in_interrupt
from known
