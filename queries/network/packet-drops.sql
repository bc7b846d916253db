-- packet-drops: packets that the kernel dropped, by reason and place
-- alias: dropwatch
-- needs: skb.kfree_skb
-- optional: skb.kfree_skb (location ubigint, protocol usmallint, reason integer)
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: reason the kernel's name for it; NULL where it does not tell (before 5.17)
-- column: protocol EtherType as text
-- column: location kernel function that dropped it
-- column: count packets
-- column: first when the first was dropped: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: last when the last was dropped
-- column: ts ns on the trace clock, of the first
-- render: table
-- empty: dropped packet
-- record: --preset network
-- read: NO_SOCKET is often the second copy of an ICMP packet that a raw socket has already received.
-- read: NOT_SPECIFIED is a place in the kernel that gives no reason. Packets that ended well are consume_skb, not here.
with
drops as (
  select m.file, k.reason, k.protocol, k.location, count(*) as count, min(k.ts) as first, max(k.ts) as last
  from kfree_skb k join meta.sources m on m.source = k.common_source
  where ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
reasons as (
  select m.file, p.value, any_value(p.name order by p.position) as name
  from meta.print_values p join meta.sources m on m.source = p.source
  where p.system = 'skb' and p.event = 'kfree_skb' and p.field = 'reason'
  group by all
),
functions as (
  select m.file, s.address, s.name from meta.symbols s join meta.sources m on m.source = s.source where s.type in ('t', 'T', 'w', 'W')
)
select coalesce(r.name, d.reason::varchar) as reason,
  coalesce(map {2048: 'IPv4', 34525: 'IPv6', 2054: 'ARP', 33024: 'VLAN', 35020: 'LLDP', 34958: 'EAPOL'}[d.protocol::integer],
    printf('0x%04x', d.protocol)) as protocol,
  case when d.location - f.address < 1 << 20 then f.name || printf('+0x%x', d.location - f.address)
    else printf('0x%x', d.location) end as location,
  d.count, report_time(d.first) as first, report_time(d.last) as last, d.first as ts
from drops d
left join reasons r on r.file = d.file and r.value = d.reason
asof left join functions f on f.file = d.file and f.address <= d.location
order by d.count desc, reason, location
limit $top
