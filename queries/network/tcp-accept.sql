-- tcp-accept: TCP connections that peers made to this machine, and who accepted them
-- alias: tcpaccept
-- needs: sock.inet_sock_set_state
-- views: tcp_sockets
-- optional: call_pairs (source usmallint, tid integer, tgid integer, comm varchar, name varchar, ts bigint, end_ts bigint, arg1 bigint, ret bigint)
-- optional: fd_table (source usmallint, tgid integer, fd integer, family integer, open_ts bigint)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: port integer = null only connections to this local port
-- param: all boolean = false also connections that no program accepted
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when the connection was there: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process that accepted it, the thread where that is not known; where accepting was not recorded, the one that listens; NULL if neither is known
-- column: ip 4 or 6, of the packets
-- column: accepted yes, no, or NULL where accepting was not recorded
-- column: wait_ms time from the connection's being there to accept's return; NULL where that is not known
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: TCP connection from a peer
-- record: --preset network
-- read: A connection is made by the kernel, in whatever thread is current; a program accepts it afterwards, or never.
-- read: Programs accept connections in the order they came, and that is how the two are brought together, for each listening
-- read: socket where its listen() is in the recording, else for all others together.
with
connections as (select * from tcp_sockets where role = 'accept' and established_ts is not null),
listeners as (
  select l.*, c.tgid, c.arg1 as fd
  from (from tcp_sockets where role = 'listen') l
  asof left join (select source, tid, coalesce(tgid, tid) as tgid, ts, arg1 from call_pairs where name = 'listen') c
    on c.source = l.source and c.tid = l.tid and c.ts <= l.ts
),
placed as (
  select c.*, l.ts as listen_ts, l.tid as listen_tid, l.comm as listen_comm, l.fd is not null as has_fd
  from connections c
  asof left join listeners l on l.source = c.source and l.sport = c.sport and l.ts <= c.ts
),
calls as (
  select a.source, a.tid, coalesce(a.tgid, a.tid) as tgid, a.comm, a.ts, a.end_ts, a.arg1 as fd
  from call_pairs a
  where a.name in ('accept', 'accept4') and a.ret >= 0
),
families as (
  select c.*, f.family
  from calls c
  asof left join (select source, tgid, fd, coalesce(open_ts, -9223372036854775808) as open_ts, family from fd_table) f
    on f.source = c.source and f.tgid = c.tgid and f.fd = c.fd and f.open_ts <= c.end_ts
),
accepts as (
  select f.*, l.ts as listen_ts
  from families f
  asof left join (from listeners where fd is not null) l
    on l.source = f.source and l.tgid = f.tgid and l.fd = f.fd and l.ts <= f.end_ts
  where f.family is null or f.family in (2, 10)
),
ordered as (
  select *, row_number() over (partition by source, lane order by established_ts, ts) as place
  from (select *, case when has_fd then listen_ts end as lane from placed)
),
taken as (
  select *, row_number() over (partition by source, listen_ts order by end_ts) as place from accepts
),
pairs as (
  select o.*, t.tid as accept_tid, t.comm as accept_comm, t.end_ts as accept_ts
  from ordered o
  left join taken t
    on t.source = o.source and t.listen_ts is not distinct from o.lane and t.place = o.place and t.end_ts >= o.established_ts
),
known as (select count(*) > 0 as accepts from (from call_pairs where name in ('accept', 'accept4') limit 1))
select report_time(established_ts) as time, process_of(coalesce(accept_tid, listen_tid), source) as pid, coalesce(accept_comm, listen_comm, '<unknown>') as comm,
  case when daddr like '%:%' then 6 else 4 end as ip, daddr as raddr, dport as rport, saddr as laddr, sport as lport,
  case when accept_ts is not null then true when k.accepts then false end as accepted,
  round((accept_ts - established_ts) / 1e6, 3) as wait_ms, coalesce(accept_tid, listen_tid) as tid, established_ts as ts
from pairs cross join known k
where coalesce(accept_comm, listen_comm, '<unknown>') like $comm and ($tid is null or coalesce(accept_tid, listen_tid) = $tid)
  and ($pid is null or coalesce(accept_tid, listen_tid) = $pid or process_of(coalesce(accept_tid, listen_tid), source) = $pid)
  and ($port is null or sport = $port) and ($all or accept_ts is not null or not k.accepts)
  and ($from is null or established_ts >= $from) and ($to is null or established_ts <= $to)
order by established_ts
