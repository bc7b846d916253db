-- icmp-packets: sizes of ICMP echoes: data, ICMP message, IP packet and frame on the wire
-- alias: ping-size
-- needs: syscalls.sys_enter_socket | raw_syscalls.sys_enter, syscalls.sys_exit_socket | raw_syscalls.sys_exit
-- needs: syscalls.sys_enter_sendto | syscalls.sys_enter_sendmsg | raw_syscalls.sys_enter
-- needs: syscalls.sys_exit_sendto | syscalls.sys_exit_sendmsg | raw_syscalls.sys_exit
-- views: icmp_echoes
-- optional: net.net_dev_queue (skbaddr ubigint, len uinteger, name varchar)
-- optional: net.net_dev_start_xmit (skbaddr ubigint, len uinteger, name varchar, network_offset integer)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when the message was handed to the kernel: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: data bytes of data, as ping prints them
-- column: icmp bytes of the ICMP message, its header of 8 bytes included
-- column: ip bytes of the IP packet, its header included
-- column: frame bytes with the link header; NULL where net:net_dev_queue was not recorded
-- column: dev network device
-- column: reply bytes that the program received: from a raw IPv4 socket the IP packet, else the ICMP message
-- column: rtt_ms time until it had them; NULL without a reply
-- column: socket raw or datagram
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: ICMP message
-- record: --preset network
-- read: ip is what the device was given where net:net_dev_start_xmit was recorded, else 20 (IPv6: 40) more than the message.
-- read: A message larger than the device's MTU leaves in fragments; ip and frame are those of the first.
with
frames as (
  select common_source as source, common_pid as tid, ts, skbaddr, len, name from net_dev_queue
),
starts as (
  select common_source as source, ts, skbaddr, name, network_offset from net_dev_start_xmit
),
first_frames as (
  select e.*, m.file, f.ts as frame_ts, f.source as frame_source, f.skbaddr, f.len, f.name
  from icmp_echoes e
  join meta.sources m on m.source = e.source
  asof left join (select s.file, f.* from frames f join meta.sources s on s.source = f.source) f
    on f.file = m.file and f.tid = e.tid and f.ts >= e.ts
),
sent as (
  select * exclude (skbaddr, len, name), case when frame_ts <= send_end_ts then skbaddr end as skbaddr,
    case when frame_ts <= send_end_ts then len end as len, case when frame_ts <= send_end_ts then name end as name
  from first_frames
)
select report_time(s.ts) as time, process_of(s.tid, s.source) as pid, s.sent - 8 as data, s.sent as icmp,
  coalesce(s.len - x.network_offset, s.sent + case s.family when 2 then 20 else 40 end) as ip,
  s.len as frame, s.name as dev, s.comm, s.received as reply, round(s.dur / 1e6, 3) as rtt_ms,
  case s.type when 3 then 'raw' else 'datagram' end as socket, s.tid, s.ts
from sent s
asof left join starts x on x.source = s.frame_source and x.skbaddr = s.skbaddr and x.name = s.name and x.ts >= s.frame_ts
where s.comm like $comm and ($tid is null or s.tid = $tid) and ($pid is null or s.tid = $pid or process_of(s.tid, s.source) = $pid)
  and ($from is null or s.ts >= $from) and ($to is null or s.ts <= $to)
order by s.ts
