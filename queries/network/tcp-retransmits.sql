-- tcp-retransmits: TCP segments that were sent again, by connection
-- alias: tcpretrans
-- needs: tcp.tcp_retransmit_skb | tcp.tcp_retransmit_synack
-- views: tcp_events
-- param: port integer = null only connections with this port at either end
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: ip 4 or 6, of the packets
-- column: retransmits segments sent again; a large one may leave as several packets
-- column: state states of the connection at those times
-- column: event tcp_retransmit_skb for data, tcp_retransmit_synack for answers to a connection request
-- column: first when the connection sent a segment again for the first time: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: last and for the last time
-- column: ts ns on the trace clock, of the first
-- render: table
-- empty: TCP retransmission
-- record: --preset network
-- read: Retransmissions are sent by timers and by received packets, in whatever thread is current: there is no process to name.
select case when daddr like '%:%' then 6 else 4 end as ip, saddr as laddr, sport as lport, daddr as raddr, dport as rport,
  count(*) as retransmits, string_agg(distinct state, ', ' order by state) as state, event,
  report_time(min(ts)) as first, report_time(max(ts)) as last, min(ts) as ts
from tcp_events
where event in ('tcp_retransmit_skb', 'tcp_retransmit_synack') and ($port is null or sport = $port or dport = $port)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
group by source, skaddr, event, saddr, sport, daddr, dport
order by min(tcp_events.ts), sport, dport
