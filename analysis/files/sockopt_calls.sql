-- sockopt_calls: a call of getsockopt or setsockopt, with the socket it is about
-- needs: syscalls.sys_e*_getsockopt | syscalls.sys_e*_setsockopt | raw_syscalls.sys_e*
-- needs: call_pairs, fd_table
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: call getsockopt or setsockopt
-- column: fd the descriptor; NULL if the enter was not recorded
-- column: family address family of the socket, AF_UNIX; unknown where the descriptor was not seen to open
-- column: type type of the socket, SOCK_STREAM; NULL if not known
-- column: protocol protocol of the socket as given to socket(2); NULL if not known
-- column: inferred whether the descriptor's number is concluded, as that of a socketpair
-- column: level SOL_SOCKET, IPPROTO_TCP, …; its number where it has no name here
-- column: optname the option, SO_SNDBUF; its number where it has no name here
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error; NULL if it did not fail
-- column: state as in call_pairs
-- source: include/uapi/asm-generic/socket.h, include/linux/socket.h, include/uapi/linux/{in,in6,tcp,udp,netlink,if_packet}.h; SOL_SOCKET is 1 on x86, ARM, POWER, s390 and RISC-V; arch/powerpc/include/uapi/asm/socket.h has its own numbers for 16 to 21
-- record: --preset sockets
with calls as (
  select p.*, coalesce(tgid, tid) as owner, case when state <> 'no_enter' then as_int(arg1) end as fd,
    as_int(arg2) as level_number,
    case
      when m.kernel like '%ppc%' and as_int(arg2) = 1 and as_int(arg3) between 16 and 21
        then [18, 19, 20, 21, 16, 17][as_int(arg3) - 15]
      else as_int(arg3)
    end as option_number
  from call_pairs p left join meta.sources m on m.source = p.source
  where name in ('getsockopt', 'setsockopt')
),
sockets as (
  select source, tgid, fd, family, type, protocol, inferred, coalesce(open_ts, -9223372036854775808) as open_ts,
    coalesce(close_ts, 9223372036854775807) as close_ts
  from fd_table
)
select c.ts, dur, tid, c.tgid, comm, c.source, name as call, c.fd,
  coalesce(case when s.close_ts >= c.ts then address_family(s.family) end, 'unknown') as family,
  case when s.close_ts >= c.ts then socket_type(s.type) end as type,
  case when s.close_ts >= c.ts then s.protocol end as protocol,
  coalesce(s.close_ts >= c.ts and s.inferred, false) as inferred,
  coalesce(socket_level(level_number), level_number::varchar) as level,
  coalesce(socket_option(level_number, option_number), option_number::varchar) as optname,
  ret, error, state
from calls c
asof left join sockets s on s.source = c.source and s.tgid = c.owner and s.fd = c.fd and s.open_ts <= c.ts
