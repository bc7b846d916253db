-- icmp_echoes: an ICMP message that a thread sent, and the reply that it received on the same socket
-- needs: fd_table, call_pairs, loss_windows
-- column: ts ns on the trace clock when the message was handed to the kernel
-- column: dur ns until the reply was handed to the thread; NULL if there was none before the next message
-- column: end_ts when that was
-- column: send_end_ts ns on the trace clock when sending it was done
-- column: tid thread
-- column: comm its name at that time
-- column: source buffer, see meta.sources
-- column: fd descriptor of the socket
-- column: family 2 IPv4, 10 IPv6
-- column: type of the socket: 2 datagram, 3 raw
-- column: sent bytes of the ICMP message, 8 of them its header
-- column: received bytes received: of a raw IPv4 socket the IP packet, else the ICMP message; NULL without reply
-- column: lost whether events were lost in that time
-- source: raw(7), icmp(7); recv(2): MSG_PEEK takes nothing, MSG_ERRQUEUE is no reply
-- record: --preset network
with
calls as (
  select *, name in ('sendto', 'sendmsg') as is_send from call_pairs
  where name in ('sendto', 'sendmsg', 'recvmsg', 'recvfrom') and state = 'complete' and ret > 0
    and (name <> 'recvmsg' or coalesce(arg3, 0) & 8194 = 0) and (name <> 'recvfrom' or coalesce(arg4, 0) & 8194 = 0)
),
sockets as (
  select source, tgid, fd, open_ts, close_ts, family, type from fd_table
  where (family = 2 and protocol = 1 or family = 10 and protocol = 58) and type in (2, 3)
),
icmp_calls as (
  select c.source, c.tid, c.comm, c.ts, c.end_ts, c.ret, c.is_send, s.fd, s.open_ts, s.family, s.type,
    lead(case when c.is_send then c.ts end ignore nulls) over (partition by c.source, c.tid, s.fd, s.open_ts order by c.ts) as next_send
  from calls c
  asof join sockets s on s.source = c.source and s.tgid = coalesce(c.tgid, c.tid) and s.fd = c.arg1 and s.open_ts <= c.ts
  where s.close_ts is null or c.ts < s.close_ts
),
receives as (select source, tid, fd, open_ts, end_ts, ret from icmp_calls where not is_send),
echoes as (
  select s.*, case when s.next_send is null or r.end_ts <= s.next_send then r.end_ts end as reply_ts,
    case when s.next_send is null or r.end_ts <= s.next_send then r.ret end as received
  from (from icmp_calls where is_send) s
  asof left join receives r
    on r.source = s.source and r.tid = s.tid and r.fd = s.fd and r.open_ts = s.open_ts and r.end_ts >= s.ts
)
select e.ts, reply_ts - e.ts as dur, reply_ts as end_ts, e.end_ts as send_end_ts, tid, comm, e.source, fd, family, type,
  e.ret as sent, received, coalesce(w.to_ts is not null and (w.from_ts is null or w.from_ts < coalesce(reply_ts, e.end_ts)), false) as lost
from echoes e
asof left join loss_windows w on w.source = e.source and w.to_ts > e.ts
