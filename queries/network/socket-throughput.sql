-- socket-throughput: bytes that threads sent and received by sockets, with the addresses of TCP connections
-- alias: tcptop
-- needs: sock.sock_send_length | sock.sock_recv_length
-- optional: sock.sock_send_length (sk ubigint, family usmallint, protocol usmallint, ret integer, flags integer)
-- optional: sock.sock_recv_length (sk ubigint, family usmallint, protocol usmallint, ret integer, flags integer)
-- optional: tcp_sockets (source usmallint, skaddr ubigint, ts bigint, saddr varchar, sport usmallint, daddr varchar, dport usmallint)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: protocol varchar = '%' only protocols that match this pattern, as in TCP
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: pid process; the thread where that is not known
-- column: laddr address and port of a TCP socket; NULL where its connecting is not in the recording
-- column: raddr address and port of its peer
-- column: rx_kb kilobytes (1024 bytes) received
-- column: tx_kb kilobytes sent
-- column: protocol TCP, UDP, ICMP, UNIX, … or numbers of family and protocol
-- column: received bytes received, without those only looked at (MSG_PEEK)
-- column: sent bytes sent
-- column: receives calls that received something
-- column: sends calls that sent something
-- column: errors calls that failed, EAGAIN (-11) included
-- column: tid thread
-- render: table
-- empty: socket transfer
-- record: --preset network
-- read: Counts what passes the socket layer: headers and retransmissions are not in it, and neither is splice on older kernels.
-- read: The events exist since Linux 6.3.
with
transfers as (
  select common_source as source, common_pid as tid, common_comm as comm, ts, sk, family, protocol, ret, true as is_send from sock_send_length
  union all  -- MSG_PEEK (2) takes nothing
  select common_source, common_pid, common_comm, ts, sk, family, protocol, ret, false from sock_recv_length where flags & 2 = 0
),
chosen as (
  select t.*, s.saddr, s.sport, s.daddr, s.dport
  from transfers t
  asof left join tcp_sockets s on s.source = t.source and s.skaddr = t.sk and s.ts <= t.ts
  where t.comm like $comm and ($tid is null or t.tid = $tid)
    and ($pid is null or t.tid = $pid or process_of(t.tid, t.source) = $pid) and ($from is null or t.ts >= $from) and ($to is null or t.ts <= $to)
),
named as (
  select *, case
      when family = 1 then 'UNIX' when family = 16 then 'NETLINK' when family = 17 then 'PACKET' when family = 40 then 'VSOCK'
      when family in (2, 10) then coalesce(map {1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP', 136: 'UDPLITE', 262: 'MPTCP'}[protocol::integer], 'IP protocol ' || protocol)
      else 'family ' || family || ' protocol ' || protocol
    end as name
  from chosen
),
sums as (
  select source, tid, any_value(comm order by ts desc) as comm, name as protocol,
    case when contains(saddr, ':') then '[' || saddr || ']' else saddr end || ':' || sport as laddr,
    case when contains(daddr, ':') then '[' || daddr || ']' else daddr end || ':' || dport as raddr,
    coalesce(sum(ret) filter (where not is_send and ret > 0), 0)::bigint as received,
    coalesce(sum(ret) filter (where is_send and ret > 0), 0)::bigint as sent,
    count(*) filter (where not is_send and ret > 0) as receives, count(*) filter (where is_send and ret > 0) as sends,
    count(*) filter (where ret < 0) as errors
  from named
  where name like $protocol
  group by source, tid, name, laddr, raddr
)
select process_of(tid, source) as pid, comm, laddr, raddr, round(received / 1024, 3) as rx_kb, round(sent / 1024, 3) as tx_kb,
  protocol, received, sent, receives, sends, errors, tid
from sums
order by sent + received desc, tid, protocol, laddr
limit $top
