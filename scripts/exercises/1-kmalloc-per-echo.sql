-- How many kmalloc() calls does one ICMP packet cost, sent and received?
with icmp_sockets as (
  -- what socket(…, IPPROTO_ICMP) returned to the thread that asked
  select enter.common_pid as tid, leave.ret as fd
  from syscalls.sys_enter_socket as enter
  asof join syscalls.sys_exit_socket as leave
    on leave.common_pid = enter.common_pid and leave.ts >= enter.ts
  where enter.protocol = 1 and leave.ret >= 0
), replies as (
  -- recvmsg() calls that returned bytes
  select enter.common_pid as tid, enter.fd, leave.ts
  from syscalls.sys_enter_recvmsg as enter
  asof join syscalls.sys_exit_recvmsg as leave
    on leave.common_pid = enter.common_pid and leave.ts >= enter.ts
  where leave.ret > 0
), echoes as (
  -- from entering sendto() to the end of the recvmsg() that has the answer
  select sent.common_pid as tid, sent.ts as begin_ts, reply.ts as end_ts
  from syscalls.sys_enter_sendto as sent
  join icmp_sockets as socket on socket.tid = sent.common_pid and socket.fd = sent.fd
  asof join replies as reply
    on reply.tid = sent.common_pid and reply.fd = sent.fd and reply.ts >= sent.ts
), requests as (
  select 'kmalloc' as call, ts, common_pid from kmem.kmalloc
  union all
  select 'kmem_cache_alloc', ts, common_pid from kmem.kmem_cache_alloc
)
select
  (select count(*) from echoes) as echoes,
  count(*) filter (call = 'kmalloc') as kmalloc_calls,
  count(*) filter (call = 'kmem_cache_alloc') as cache_allocations
from echoes
join requests on common_pid = tid and ts between begin_ts and end_ts
