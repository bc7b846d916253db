-- tcp_events: a change of state, a retransmission, a reset or a probe of a TCP connection
-- needs: sock.inet_sock_set_state | tcp.tcp_*
-- optional: sock.inet_sock_set_state (skaddr ubigint, oldstate integer, newstate integer, sport usmallint, dport usmallint, family usmallint, protocol usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_retransmit_skb (skbaddr ubigint, skaddr ubigint, state integer, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_retransmit_synack (skaddr ubigint, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_send_reset (skbaddr ubigint, skaddr ubigint, state integer, reason integer, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_receive_reset (skaddr ubigint, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_destroy_sock (skaddr ubigint, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob, saddr_v6 blob, daddr_v6 blob)
-- optional: tcp.tcp_probe (skbaddr ubigint, skaddr ubigint, data_len usmallint, sport usmallint, dport usmallint, family usmallint, saddr blob, daddr blob)
-- column: ts ns on the trace clock
-- column: cpu CPU
-- column: tid thread that was current: not the connection's owner when in_interrupt
-- column: comm its name at that time
-- column: source buffer, see meta.sources
-- column: event the kernel's name: inet_sock_set_state, tcp_retransmit_skb, tcp_retransmit_synack, tcp_send_reset, tcp_receive_reset, tcp_destroy_sock, tcp_probe
-- column: skaddr address of the socket, used again for later ones; NULL if the kernel does not tell
-- column: skbaddr address of the socket buffer; NULL if there is none
-- column: family 4 or 6, of the socket
-- column: saddr local address as text, IPv4 inside IPv6 as IPv4
-- column: sport local port; 0 before there is one
-- column: daddr remote address
-- column: dport remote port
-- column: old_state state before a change, ESTABLISHED
-- column: state state after a change, or at the time
-- column: len bytes of payload of a received segment (tcp_probe)
-- column: reason why a reset was sent, a number that flags_text names
-- column: in_interrupt whether it happened in an interrupt, whatever thread was current
-- source: include/trace/events/sock.h, tcp.h; include/net/tcp_states.h
-- record: --preset network
with
raw as (
  select 'inet_sock_set_state' as event, * exclude (protocol, newstate), newstate as state from inet_sock_set_state where protocol = 6
  union all by name
  select 'tcp_retransmit_skb' as event, * from tcp_retransmit_skb
  union all by name
  select 'tcp_retransmit_synack' as event, * from tcp_retransmit_synack
  union all by name
  select 'tcp_send_reset' as event, * from tcp_send_reset
  union all by name
  select 'tcp_receive_reset' as event, * from tcp_receive_reset
  union all by name
  select 'tcp_destroy_sock' as event, * from tcp_destroy_sock
  union all by name
  select 'tcp_probe' as event, * from tcp_probe
),
-- Addresses come as 4 and 16 bytes side by side, or as one struct sockaddr of 28.
shapes as (
  select *, octet_length(saddr) = 28 as is_sockaddr,
    case when octet_length(saddr) <> 28 then family when hex(saddr[1:2]) in ('0A00', '000A') then 10 when hex(saddr[1:2]) in ('0200', '0002') then 2 end as af
  from raw
),
places as (
  select *,
    case when not is_sockaddr then case af when 10 then saddr_v6 else saddr end when af = 10 then saddr[9:24] when af = 2 then saddr[5:8] end as local,
    case when not is_sockaddr then case af when 10 then daddr_v6 else daddr end when af = 10 then daddr[9:24] when af = 2 then daddr[5:8] end as remote
  from shapes
)
select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_source as source, event, skaddr, skbaddr,
  case af when 2 then 4 when 10 then 6 end::utinyint as family, ip_text(local) as saddr,
  case when is_sockaddr then ('0x' || hex(saddr[3:4]))::usmallint else sport end as sport, ip_text(remote) as daddr,
  case when is_sockaddr then ('0x' || hex(daddr[3:4]))::usmallint else dport end as dport,
  tcp_state(oldstate) as old_state, tcp_state(state) as state, data_len as len, reason::bigint as reason, common_flags & 24 <> 0 as in_interrupt
from places
