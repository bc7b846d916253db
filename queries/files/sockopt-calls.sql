-- sockopt-calls: which socket options were read and set, on what kind of socket, with what result
-- needs: syscalls.sys_e*_getsockopt | syscalls.sys_e*_setsockopt | raw_syscalls.sys_e*
-- views: sockopt_calls
-- param: family varchar = null only this address family, as in AF_UNIX; unknown for sockets opened before the recording
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: ts when it was called, ns on the trace clock
-- column: family address family of the socket; unknown where the descriptor was not seen to open
-- column: type type of the socket
-- column: optname the option; its number where it has no name here
-- column: ret 0, or -1 if it failed
-- column: note inferred: the number of the descriptor is concluded from the lowest that was free
-- render: table
-- empty: getsockopt or setsockopt
-- record: --preset sockets
-- read: What an option was set to, or found to be, is behind a pointer and not in the recording.
-- read: SO_ATTACH_FILTER and SO_ATTACH_BPF are how programs attach BPF filters to sockets.
select ts, tid, comm, fd, family, type, call, level, optname, case when error is not null then -1 else ret end as ret, error, dur,
  case when inferred then 'inferred' when family = 'unknown' then 'descriptor opened before the recording, or not seen to open' end as note
from sockopt_calls
where comm like $comm and ($tid is null or tid = $tid) and ($family is null or family = $family)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts
