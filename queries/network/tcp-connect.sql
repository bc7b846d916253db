-- tcp-connect: TCP connections that programs asked for, with their result and latency
-- alias: tcpconnect, tcpconnlat
-- needs: sock.inet_sock_set_state
-- views: tcp_sockets
-- optional: syscalls.sys_exit_connect (ret bigint)
-- optional: tcp.tcp_receive_reset (skaddr ubigint)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: port integer = null only connections to this port
-- param: failed boolean = false only connections that were not made
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when it was asked for: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: ip 4 or 6, of the packets
-- column: lport local port; 0 where it is not recorded
-- column: result ok, refused, the error's name, failed (its reason was not recorded), pending (neither at the end), or lost (events were lost in between)
-- column: lat_ms time until the connection was there
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: TCP connection attempt
-- record: --preset network
-- read: Attempts that failed are listed too. A call that does not wait returns before the connection is there; the latency does not depend on it.
-- read: Thread ids are those of the initial pid namespace, also of programs in containers.
with
attempts as (select * from tcp_sockets where role = 'connect'),
exits as not materialized (select common_source as source, common_pid as tid, ts, ret from sys_exit_connect),
resets as not materialized (select common_source as source, skaddr, ts from tcp_receive_reset),
answers as (
  select a.*, x.ret, r.ts <= a.end_ts as is_reset
  from attempts a
  asof left join exits x on x.source = a.source and x.tid = a.tid and x.ts >= a.ts
  asof left join resets r on r.source = a.source and r.skaddr = a.skaddr and r.ts >= a.ts
)
select report_time(ts) as time, process_of(tid, source) as pid, comm, case when daddr like '%:%' then 6 else 4 end as ip, saddr, daddr, dport, sport as lport,
  case
    when established_ts is not null then 'ok'
    when failed and (is_reset or ret = -111) then 'refused'
    when failed and ret between -4095 and -1 and ret not in (-115, -114) then coalesce(errno_name(ret), 'failed')
    when failed then 'failed'
    when state = 'SYN_SENT' then 'pending'
    else 'lost'
  end as result,
  round(latency / 1e6, 3) as lat_ms, tid, ts
from answers
where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or tid = $pid or process_of(tid, source) = $pid)
  and ($port is null or dport = $port)
  and (not $failed or established_ts is null) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts
