-- sockopt-calls: which socket options were read and set, on what kind of socket, with what result
-- needs: syscalls.sys_e*_getsockopt | syscalls.sys_e*_setsockopt | raw_syscalls.sys_e*
-- views: sockopt_calls
-- param: family varchar = null only this address family, as in AF_UNIX; unknown for sockets opened before the recording
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: fd descriptor of the socket
-- column: family address family of the socket; unknown where the descriptor was not seen to open
-- column: opt the option; its number where it has no name here
-- column: ret what the kernel returned: 0, or the error's number below 0
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name
-- column: type type of the socket
-- column: dur_us time in the call, µs
-- column: note inferred: the number of the descriptor is concluded from the lowest that was free
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: getsockopt or setsockopt
-- record: --preset sockets
-- read: What an option was set to, or found to be, is behind a pointer and not in the recording.
-- read: SO_ATTACH_FILTER and SO_ATTACH_BPF are how programs attach BPF filters to sockets.
select report_time(ts) as time, coalesce(tgid, tid) as pid, comm, fd, family, call, level, optname as opt, ret,
  case when ret between -4095 and -1 then -ret when ret is not null then 0 end as err, error, type, round(dur / 1e3, 1) as dur_us,
  case when inferred then 'inferred' when family = 'unknown' then 'descriptor opened before the recording, or not seen to open' end as note,
  tid, ts
from sockopt_calls
where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($family is null or family = $family)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by sockopt_calls.ts
