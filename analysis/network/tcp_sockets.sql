-- tcp_sockets: a TCP socket from its first change of state to its end
-- needs: sock.inet_sock_set_state, loss_windows
-- column: ts ns on the trace clock of the first change that was recorded
-- column: dur ns to its end (CLOSE); NULL if that was not recorded, or events were lost in between
-- column: source buffer, see meta.sources
-- column: skaddr address of the socket, used again for later ones
-- column: role connect, listen, accept (made for a peer that connected), or NULL where it is older than the recording
-- column: tid thread that connected or listened; NULL for the others, whose changes happen in whatever thread is current
-- column: comm its name at that time
-- column: family 4 or 6, of the socket
-- column: saddr local address as text, IPv4 inside IPv6 as IPv4
-- column: sport local port
-- column: daddr remote address
-- column: dport remote port
-- column: established_ts ns on the trace clock when the connection was made; NULL if it was not, or that was lost
-- column: latency ns from connecting to that; NULL unless the role is connect
-- column: failed whether connecting ended without a connection
-- column: state the last state recorded, CLOSE
-- column: end_ts ns on the trace clock of the last change
-- source: include/trace/events/sock.h; include/net/tcp_states.h; net/ipv4/tcp_ipv4.c (the port is chosen after SYN_SENT), inet_connection_sock.c (children of a listening socket begin as SYN_RECV)
-- record: --preset network
with
changes as (
  select ts, common_source as source, common_pid as tid, common_comm as comm, skaddr, oldstate, newstate,
    case when family = 10 then 6 else 4 end::utinyint as family, sport, dport,
    case when family = 10 then saddr_v6 else saddr end as saddr, case when family = 10 then daddr_v6 else daddr end as daddr,
    oldstate = 7 or oldstate = 10 and newstate = 3 as is_first
  from sock.inet_sock_set_state
  where protocol = 6 and (oldstate <> 7 or newstate <> 7)
),
lives as (
  select *, count(case when is_first then 1 end) over (partition by source, skaddr order by ts rows unbounded preceding) as life from changes
),
sockets as (
  select source, skaddr, life, min(ts) as ts, max(ts) as end_ts, arg_min({'from': oldstate, 'to': newstate, 'tid': tid, 'comm': comm}, ts) as first,
    arg_max(newstate, ts) as last, any_value(family) as family,
    arg_max({'saddr': saddr, 'sport': sport, 'daddr': daddr, 'dport': dport}, {'known': sport <> 0, 'ts': ts}) as place,
    min(ts) filter (where newstate = 1) as established_ts,
    bool_or(oldstate = 2 and newstate = 7) as failed
  from lives
  group by source, skaddr, life
),
roles as (
  select *, case when first.from = 7 and first.to = 2 then 'connect' when first.from = 7 and first.to = 10 then 'listen'
    when first.from = 10 and first.to = 3 then 'accept' end as role
  from sockets
),
-- Once events were lost, what follows may belong to a later socket at the same address.
known as (
  select r.*, w.to_ts is null or w.from_ts >= end_ts as is_whole,
    w.to_ts is null or w.from_ts >= established_ts as is_made
  from roles r
  asof left join loss_windows w on w.source = r.source and w.to_ts > r.ts
)
select ts, case when last = 7 and is_whole and role is not null then end_ts - ts end as dur, source, skaddr, role,
  case when role in ('connect', 'listen') then first.tid end as tid, case when role in ('connect', 'listen') then first.comm end as comm,
  family, ip_text(place.saddr) as saddr, place.sport as sport, ip_text(place.daddr) as daddr, place.dport as dport,
  case when is_made then established_ts end as established_ts,
  case when role = 'connect' and is_made then established_ts - ts end as latency,
  case when role = 'connect' then coalesce(failed and is_whole, false) end as failed,
  tcp_state(last) as state, end_ts
from known
