-- icmp-allocs: kernel allocations made for one ICMP echo, from sending it to receiving the reply
-- needs: syscalls.sys_enter_socket, syscalls.sys_exit_socket
-- needs: syscalls.sys_enter_sendto | syscalls.sys_enter_sendmsg
-- needs: syscalls.sys_exit_sendto | syscalls.sys_exit_sendmsg
-- needs: syscalls.sys_enter_recvmsg | syscalls.sys_enter_recvfrom
-- needs: syscalls.sys_exit_recvmsg | syscalls.sys_exit_recvfrom
-- needs: kmem.kmalloc | kmem.kmalloc_node | kmem.kmem_cache_alloc | kmem.kmem_cache_alloc_node
-- optional: syscalls.sys_enter_sendto (fd integer)
-- optional: syscalls.sys_exit_sendto (ret bigint)
-- optional: syscalls.sys_enter_sendmsg (fd integer)
-- optional: syscalls.sys_exit_sendmsg (ret bigint)
-- optional: syscalls.sys_enter_recvmsg (fd integer, flags uinteger)
-- optional: syscalls.sys_exit_recvmsg (ret bigint)
-- optional: syscalls.sys_enter_recvfrom (fd integer, flags uinteger)
-- optional: syscalls.sys_exit_recvfrom (ret bigint)
-- optional: syscalls.sys_enter_close (fd uinteger)
-- optional: kmem.kmalloc (bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmalloc_node (bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc (name varchar, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc_node (name varchar, bytes_req ubigint, bytes_alloc ubigint)
-- param: over integer = 64 count separately the allocations of more than this many bytes
-- column: echo number of the echo, from 1 on
-- column: ts when the request was handed to the kernel
-- column: dur until the reply was handed to the program; NULL when no reply was seen
-- column: count allocations in between by the thread; NULL when it cannot be known
-- column: large those of more than `over` bytes requested
-- column: softirq those made in a software interrupt; on loopback that is the peer's work
-- column: sizes bytes requested × how often, and the cache
-- column: note why a count is 0, a lower bound, or missing
-- render: table
-- empty: ICMP echo
-- record: --preset memory --preset network
-- read: An echo costs a head and a data buffer on each side, and a clone where a raw socket listens.
-- read: Small packets take both from caches; kmalloc shows up when the data no longer fits, at some 500 bytes.
-- read: On a network card the receiving half runs in whatever thread is current, and is not counted here.
-- read: Sockets opened before the recording, or inherited from another process, are not recognised.
with
enters as (
  select 'sendto' as call, common_source, common_pid, common_cpu, common_comm, ts, fd, true as matters from sys_enter_sendto
  union all
  select 'sendmsg', common_source, common_pid, common_cpu, common_comm, ts, fd, true from sys_enter_sendmsg
  union all  -- MSG_PEEK (2) takes nothing, MSG_ERRQUEUE (0x2000) is not a reply
  select 'recvmsg', common_source, common_pid, common_cpu, common_comm, ts, fd, flags & 8194 = 0 from sys_enter_recvmsg
  union all
  select 'recvfrom', common_source, common_pid, common_cpu, common_comm, ts, fd, flags & 8194 = 0 from sys_enter_recvfrom
  union all  -- ICMP over IPv4 or IPv6, as a datagram or raw socket
  select 'socket', common_source, common_pid, common_cpu, common_comm, ts, null,
    (family = 2 and protocol = 1 or family = 10 and protocol = 58) and type & 15 in (2, 3)
  from syscalls.sys_enter_socket
),
exits as (
  select 'sendto' as call, common_source, common_pid, common_cpu, ts, ret from sys_exit_sendto
  union all
  select 'sendmsg', common_source, common_pid, common_cpu, ts, ret from sys_exit_sendmsg
  union all
  select 'recvmsg', common_source, common_pid, common_cpu, ts, ret from sys_exit_recvmsg
  union all
  select 'recvfrom', common_source, common_pid, common_cpu, ts, ret from sys_exit_recvfrom
  union all
  select 'socket', common_source, common_pid, common_cpu, ts, ret from syscalls.sys_exit_socket
),
paired as (
  select e.*, x.ts as end_ts, x.ret, coalesce(e.fd, x.ret) as socket, x.common_cpu as end_cpu
  from exits x asof join enters e
    on x.common_source = e.common_source and x.common_pid = e.common_pid and x.call = e.call and x.ts >= e.ts
  where x.ret >= 0 and e.matters
),
gaps as (select source, cpu, coalesce(gap_start_ts, ts) as gap_start, ts as gap_end from meta.lost_events),
calls as (
  select * from paired p
  where not exists (
    from gaps g
    where g.source = p.common_source and g.cpu in (p.common_cpu, p.end_cpu) and g.gap_start < p.end_ts and g.gap_end > p.ts
  )
),
closes as (select common_source, common_pid, fd, ts from sys_enter_close),
sockets as (
  select c.common_source, c.common_pid, c.socket, c.end_ts as opened, min(k.ts) as closed
  from calls c left join closes k
    on c.common_source = k.common_source and c.common_pid = k.common_pid and c.socket = k.fd and k.ts > c.end_ts
  where c.call = 'socket'
  group by all
),
icmp_calls as (
  select c.*, lead(case when starts_with(c.call, 'send') then c.ts end ignore nulls)
    over (partition by c.common_source, c.common_pid, c.socket, s.opened order by c.ts) as next_send
  from calls c join sockets s
    on c.common_source = s.common_source and c.common_pid = s.common_pid and c.socket = s.socket
      and c.ts >= s.opened and (s.closed is null or c.ts < s.closed)
  where c.call <> 'socket' and c.ret > 0
),
echoes as (
  select row_number() over (order by s.ts) as echo, m.file, s.common_source as source, s.common_pid as tid,
    s.common_comm as comm, s.ts, case when s.next_send is null or r.end_ts <= s.next_send then r.end_ts end as end_ts
  from (from icmp_calls where starts_with(call, 'send')) s
  asof left join (from icmp_calls where starts_with(call, 'recv')) r
    on s.common_source = r.common_source and s.common_pid = r.common_pid and s.socket = r.socket and s.ts <= r.end_ts
  join meta.sources m on m.source = s.common_source
),
windows as (
  select e.*, exists (from gaps g where g.source = e.source and g.gap_start < e.end_ts and g.gap_end > e.ts) as lost
  from echoes e
),
allocs as (
  select 'kmalloc' as allocator, '' as cache, common_source, common_pid, common_flags, ts, bytes_req, bytes_alloc from kmalloc
  union all
  select 'kmalloc', '', common_source, common_pid, common_flags, ts, bytes_req, bytes_alloc from kmalloc_node
  union all
  select 'kmem_cache_alloc', name, common_source, common_pid, common_flags, ts, bytes_req, bytes_alloc from kmem_cache_alloc
  union all
  select 'kmem_cache_alloc', name, common_source, common_pid, common_flags, ts, bytes_req, bytes_alloc from kmem_cache_alloc_node
),
sizes as (
  select w.echo, a.allocator, a.cache, a.bytes_req, count(*) as n, sum(a.bytes_alloc) as allocated,
    count(*) filter (where a.common_flags & 16 <> 0) as in_softirq
  from allocs a join meta.sources m on m.source = a.common_source
  asof join windows w on w.file = m.file and w.tid = a.common_pid and w.ts <= a.ts
  where a.ts <= w.end_ts
  group by all
),
allocators as (
  select allocator, exists (from recorded where relation in ('kmem.' || allocator, 'kmem.' || allocator || '_node')) as known
  from (values ('kmalloc'), ('kmem_cache_alloc')) as t(allocator)
),
totals as (
  select echo, allocator, sum(n) as count, sum(n) filter (where bytes_req > $over) as large,
    sum(n * bytes_req) as bytes_req, sum(allocated) as bytes_alloc, sum(in_softirq) as softirq,
    string_agg(bytes_req || '×' || n || rtrim(' ' || coalesce(cache, '')), ', ' order by n desc, bytes_req) as sizes
  from sizes
  group by all
),
answers as (
  select w.*, l.*, l.known and w.end_ts is not null as counted, t.* exclude (echo, allocator)
  from windows w cross join allocators l
  left join totals t on t.echo = w.echo and t.allocator = l.allocator
)
select echo, ts, end_ts - ts as dur, tid, comm, allocator,
  case when counted then coalesce(count, 0)::bigint end as count,
  case when counted then coalesce(large, 0)::bigint end as large,
  case when counted then coalesce(bytes_req, 0)::bigint end as bytes_req,
  case when counted then coalesce(bytes_alloc, 0)::bigint end as bytes_alloc,
  case when counted then coalesce(softirq, 0)::bigint end as softirq,
  sizes,
  case
    when not known then 'needs kmem:' || allocator
    when not counted then 'no reply recorded'
    when lost then 'lost events: counts are lower bounds'
    when count is null then 'recorded, none in this window'
  end as note
from answers
order by echo, allocator
