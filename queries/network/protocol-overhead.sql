-- protocol-overhead: bytes on the wire for the payload of TCP connections, and what the rest is
-- needs: net.net_dev_xmit
-- views: packets, loss_windows
-- optional: net.netif_receive_skb (skbaddr ubigint)
-- optional: sock.sock_send_length (sk ubigint, ret integer)
-- optional: sock.sock_recv_length (sk ubigint, ret integer, flags integer)
-- optional: tcp.tcp_retransmit_skb (skaddr ubigint, sport usmallint, dport usmallint)
-- optional: tcp_sockets (source usmallint, skaddr ubigint, role varchar, tid integer, ts bigint, end_ts bigint, saddr varchar, sport usmallint, daddr varchar, dport usmallint)
-- optional: file_io (source usmallint, ts bigint, tid integer, tgid integer, op varchar, kind varchar, family integer, type integer, opened_by varchar, bytes bigint)
-- optional: tcp_events (source usmallint, ts bigint, event varchar, skaddr ubigint, skbaddr ubigint, sport usmallint, dport usmallint, len usmallint)
-- param: dev varchar = null only this device
-- param: port integer = null only connections with this port at either end
-- param: body integer = null bytes of the content that was transferred, as the program counts it
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: frames packets, on lo those of both ends
-- column: wire their bytes with link headers
-- column: link bytes of link headers, 14 a packet
-- column: ip_tcp bytes of IP and TCP headers: the rest
-- column: http payload that is not content, such as HTTP headers; NULL without body
-- column: overhead bytes that are not content; NULL without body
-- column: percent overhead in percent of wire
-- column: wire_most the same where the device cuts large packets or has joined received ones, with a header for each 1448 bytes
-- column: sent bytes of payload sent; NULL where it cannot be known
-- column: received bytes of payload received
-- column: retransmits TCP segments sent again; NULL where tcp:tcp_retransmit_skb was not recorded
-- column: method how the packets and the payload were found
-- render: table
-- empty: packet
-- record: --preset network
-- read: Record until half a second after the transfer: the last packets come after the program has ended.
-- read: On lo a packet may have 64 kB, so that the overhead is far below that of a real link.
-- read: A recording filtered by process lacks the packets of the other side and those sent by interrupts.
-- read: TLS and HTTP/2 are payload here, and a local proxy counts twice. Link headers of 14 bytes are those of Ethernet and lo.
with
sockets as (
  select *, saddr = daddr or starts_with(daddr, '127.') as is_local from tcp_sockets
  where role is distinct from 'listen' and ($port is null or sport = $port or dport = $port)
    and ($from is null or end_ts >= $from) and ($to is null or ts <= $to)
),
-- The last acknowledgement may follow the last change of state.
times as (select source, is_local, min(ts) as from_ts, max(end_ts) + 10000000 as to_ts from sockets group by all),
probes as not materialized (
  select source, ts, skbaddr, $port is null or sport = $port or dport = $port as is_chosen from tcp_events
  where event = 'tcp_probe' and skbaddr is not null
),
-- On lo each packet is received too: count one kind of event.
wires as (
  select *, dev = 'lo' as is_local, case when direction = 'received' then len + 14 else len end as bytes,
    case when dev = 'lo' then 0
      when direction = 'sent' and gso_segs > 1 then (gso_segs - 1) * (coalesce(transport_offset, 34) + 32)
      when direction = 'received' and len > 1514 then (ceil((len - 52) / 1448.0)::bigint - 1) * 66
      else 0 end as more
  from packets
  where (direction = 'sent' and rc = 0 or direction = 'received' and dev <> 'lo')
    and ($dev is null or dev = $dev) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
labelled as (
  select w.*, case when q.ts - w.ts < 1000000 then q.is_chosen end as is_chosen, t.from_ts is not null as has_time,
    w.ts between t.from_ts and t.to_ts as in_time
  from wires w
  left join times t on t.source = w.source and t.is_local = w.is_local
  asof left join probes q on q.source = w.source and q.skbaddr = w.skbaddr and q.ts >= w.ts
),
states as (select count(*) > 0 as known from (from tcp_sockets limit 1)),
devices as (
  select dev, any_value(is_local) as is_local, count(*) as frames, sum(bytes)::bigint as wire, sum(bytes + more)::bigint as wire_most,
    count(*) filter (where is_chosen) as told, bool_or(has_time) as by_time
  from labelled, states
  where coalesce(is_chosen, in_time, not known)
  group by dev
),
-- The side that connected counts; the other one only where that is not in the recording.
ends as (
  select s.source, s.skaddr, s.ts, s.is_local
  from sockets s
  join (select is_local, bool_or(role = 'connect') as has_client from sockets group by all) c on c.is_local = s.is_local
  where s.role = 'connect' or c.has_client is not true
),
transfers as (
  select common_source as source, sk, ts, ret, true as is_send from sock_send_length where ret > 0
  union all  -- MSG_PEEK (2) takes nothing
  select common_source, sk, ts, ret, false from sock_recv_length where ret > 0 and flags & 2 = 0
),
-- Kernels before 6.3 have no such events: there it is what the calls of the processes that connected returned.
clients as (
  select source, skaddr, ts, end_ts, process_of(tid, source) as tgid, saddr = daddr or starts_with(daddr, '127.') as is_local,
    $port is null or sport = $port or dport = $port as is_chosen
  from tcp_sockets where role = 'connect' and tid is not null
),
calls as (
  select f.source, f.ts, f.op, f.bytes, any_value(c.is_local) as is_local,
    bool_and(c.is_chosen) and count(distinct c.is_local) = 1 as is_clear
  from file_io f
  join clients c on c.source = f.source and c.tgid = coalesce(f.tgid, f.tid) and f.ts between c.ts and c.end_ts
  where f.kind = 'socket' and f.family in (2, 10) and f.type & 15 = 1 and f.opened_by = 'socket' and f.bytes > 0
  group by f.source, f.ts, f.tid, f.op, f.bytes
  having bool_or(c.is_chosen)
),
payloads as (
  select e.is_local, sum(t.ret) filter (where t.is_send)::bigint as sent, sum(t.ret) filter (where not t.is_send)::bigint as received,
    'lengths' as told_by
  from transfers t
  asof join ends e on e.source = t.source and e.skaddr = t.sk and e.ts <= t.ts
  group by all
  union all
  select is_local, sum(bytes) filter (where op = 'write')::bigint, sum(bytes) filter (where op = 'read')::bigint, 'calls'
  from calls where not exists (from recorded where relation like 'sock.%\_length' escape '\')
  group by all
  having bool_and(is_clear)
),
repeats as (
  select count(*) as n from tcp_retransmit_skb
  where ($port is null or sport = $port or dport = $port) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
known as (
  select exists (from recorded where relation like 'sock.%\_length' escape '\') as lengths,
    exists (from recorded where relation = 'tcp.tcp_retransmit_skb') as repeats,
    exists (from recorded where relation = 'net.netif_receive_skb') as receives
),
-- Which of several cards a connection uses is not recorded.
sums as (
  select d.*, k.*, p.sent as p_sent, p.received as p_received, p.told_by = 'calls' as by_calls,
    (k.lengths or p.told_by = 'calls') and d.by_time and (d.is_local or count(*) over (partition by d.is_local) = 1) as is_known
  from devices d cross join known k
  left join payloads p on p.is_local = d.is_local
),
parts as (
  select *, 14 * frames as link, case when is_known then coalesce(p_sent, 0) end as sent,
    case when is_known then coalesce(p_received, 0) end as received
  from sums
)
select dev, frames, wire, link, wire - link - sent - received as ip_tcp, sent + received - $body as http, $body as body,
  wire - $body as overhead, round(100.0 * (wire - $body) / wire, 3) as percent, wire_most, sent, received,
  case when parts.repeats then r.n end as retransmits,
  concat_ws('; ',
    case when by_time then 'packets in the time of the connections, ' || told || ' of them told by tcp_probe' else 'all packets of the device: no connections recorded' end,
    case when not is_local and not receives then 'needs net:netif_receive_skb for those received' end,
    case when by_calls then 'payload as the calls of the programs returned it'
      when not lengths then 'needs sock:sock_recv_length for the payload'
      when by_time and not is_known then 'several devices: the payload is not known by device' end
  ) as method
from parts cross join repeats r
order by dev
