-- tcp-resets: TCP connections that were reset, by which side and why
-- needs: tcp.tcp_send_reset | tcp.tcp_receive_reset
-- views: tcp_events
-- param: port integer = null only connections with this port at either end
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: direction sent or received
-- column: state of the connection; NULL where the event does not tell, or there is none
-- column: reason why it was sent, by the kernel's name; NULL where it does not tell
-- column: ts ns on the trace clock
-- render: table
-- empty: TCP reset
-- record: --preset network
-- read: A reset sent without a connection answers a packet to a port where nobody listens.
select report_time(ts) as time, case event when 'tcp_send_reset' then 'sent' else 'received' end as direction,
  case when daddr like '%:%' then 6 else 4 end as ip, saddr as laddr, sport as lport, daddr as raddr, dport as rport, state,
  flags_text('tcp', 'tcp_send_reset', 'reason', reason) as reason, ts
from tcp_events
where event in ('tcp_send_reset', 'tcp_receive_reset') and ($port is null or sport = $port or dport = $port)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by tcp_events.ts
