-- icmp-allocs: kernel allocations made for one ICMP echo, from sending it to receiving the reply
-- needs: syscalls.sys_enter_socket | raw_syscalls.sys_enter, syscalls.sys_exit_socket | raw_syscalls.sys_exit
-- needs: syscalls.sys_enter_sendto | syscalls.sys_enter_sendmsg | raw_syscalls.sys_enter
-- needs: syscalls.sys_exit_sendto | syscalls.sys_exit_sendmsg | raw_syscalls.sys_exit
-- needs: syscalls.sys_enter_recvmsg | syscalls.sys_enter_recvfrom | raw_syscalls.sys_enter
-- needs: syscalls.sys_exit_recvmsg | syscalls.sys_exit_recvfrom | raw_syscalls.sys_exit
-- needs: kmem.kmalloc | kmem.kmalloc_node | kmem.kmem_cache_alloc | kmem.kmem_cache_alloc_node
-- views: icmp_echoes
-- optional: kmem.kmalloc (ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmalloc_node (ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc (name varchar, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: kmem.kmem_cache_alloc_node (name varchar, ptr ubigint, bytes_req ubigint, bytes_alloc ubigint)
-- optional: net.netif_receive_skb (skbaddr ubigint, len uinteger, name varchar)
-- param: over integer = 64 count separately the allocations of more than this many bytes
-- column: echo number of the echo, from 1 on
-- column: count allocations in between by the thread; NULL when it cannot be known
-- column: over those of more than `over` bytes requested
-- column: sizes bytes requested × how often, and the cache; without those elsewhere
-- column: softirq those made in a software interrupt; on loopback that is the peer's work
-- column: elsewhere an estimate of those that other threads' interrupts made to receive the reply from a network card; NULL where it did not come from one, or that was not recorded
-- column: note why a count is 0, a lower bound, or missing
-- column: time when the request was handed to the kernel: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: dur ns until the reply was handed to the program; NULL when no reply was seen
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: ICMP echo
-- record: --preset memory --preset network
-- read: An echo costs a head and a data buffer on each side, and a clone where a raw socket listens.
-- read: Small packets take both from caches; kmalloc shows up when the data no longer fits, at some 500 bytes.
-- read: On a network card the receiving half runs in whatever thread is current. The estimate counts interrupts of the
-- read: CPU that received a packet of the reply's size, from the allocation of its buffer to the next packet there.
-- read: Sockets opened before the recording are not recognised.
with
echoes as (
  select row_number() over (order by e.ts) as echo, m.file, e.*,
    received + case when type = 3 and family = 2 then 0 when family = 2 then 20 else 40 end as packet_len
  from icmp_echoes e join meta.sources m on m.source = e.source
),
allocs as (
  select m.file, a.*
  from (
    select 'kmalloc' as allocator, '' as cache, * from kmalloc
    union all by name
    select 'kmalloc' as allocator, '' as cache, * from kmalloc_node
    union all by name
    select 'kmem_cache_alloc' as allocator, name as cache, * exclude (name) from kmem_cache_alloc
    union all by name
    select 'kmem_cache_alloc' as allocator, name as cache, * exclude (name) from kmem_cache_alloc_node
  ) a
  join meta.sources m on m.source = a.common_source
),
sizes as (
  select e.echo, a.allocator, a.cache, a.bytes_req, count(*) as n, sum(a.bytes_alloc) as allocated,
    count(*) filter (where a.common_flags & 16 <> 0) as in_softirq
  from allocs a
  asof join echoes e on e.file = a.file and e.tid = a.common_pid and e.ts <= a.ts
  where a.ts <= e.end_ts
  group by all
),
receives as (
  select m.file, r.ts, r.common_cpu as cpu, r.skbaddr, r.len, r.name,
    lead(r.ts) over (partition by m.file, r.common_cpu order by r.ts) as next_ts
  from netif_receive_skb r join meta.sources m on m.source = r.common_source
),
replies as (
  select e.echo, e.file, e.tid, r.cpu, r.skbaddr, r.ts, least(coalesce(r.next_ts, e.end_ts), e.end_ts) as until_ts
  from echoes e
  asof join receives r on r.file = e.file and r.len = e.packet_len and r.ts <= e.end_ts
  where r.ts > e.ts and r.name <> 'lo'
),
heads as (select file, ptr, common_cpu as cpu, ts from allocs where common_flags & 16 <> 0),
arrivals as (
  select r.*, coalesce(h.ts, r.ts) as from_ts
  from replies r
  asof left join heads h on h.file = r.file and h.ptr = r.skbaddr and h.cpu = r.cpu and h.ts <= r.ts
),
elsewhere as (
  select r.echo, a.allocator, count(*) as n
  from allocs a
  asof join arrivals r on r.file = a.file and r.cpu = a.common_cpu and r.from_ts <= a.ts
  where a.ts <= r.until_ts and a.common_flags & 16 <> 0 and a.common_pid <> r.tid
  group by all
),
allocators as (
  select allocator, exists (from recorded where relation in ('kmem.' || allocator, 'kmem.' || allocator || '_node')) as known
  from (values ('kmalloc'), ('kmem_cache_alloc')) as t(allocator)
),
totals as (
  select echo, allocator, sum(n) as count, sum(n) filter (where bytes_req > $over) as "over",
    sum(n * bytes_req) as bytes_req, sum(allocated) as bytes_alloc, sum(in_softirq) as softirq,
    string_agg(bytes_req || '×' || n || rtrim(' ' || coalesce(cache, '')), ', ' order by n desc, bytes_req) as sizes
  from sizes
  group by all
),
answers as (
  select e.*, l.*, l.known and e.end_ts is not null as counted, t.* exclude (echo, allocator),
    case when l.known and r.echo is not null then coalesce(x.n, 0) end as elsewhere
  from echoes e cross join allocators l
  left join totals t on t.echo = e.echo and t.allocator = l.allocator
  left join replies r on r.echo = e.echo
  left join elsewhere x on x.echo = e.echo and x.allocator = l.allocator
)
select echo, allocator,
  case when counted then coalesce(count, 0)::bigint end as count,
  case when counted then coalesce("over", 0)::bigint end as "over",
  sizes,
  case when counted then coalesce(bytes_req, 0)::bigint end as bytes_req,
  case when counted then coalesce(bytes_alloc, 0)::bigint end as bytes_alloc,
  case when counted then coalesce(softirq, 0)::bigint end as softirq,
  elsewhere,
  case
    when not known then 'needs kmem:' || allocator
    when not counted then 'no reply recorded'
    when lost then 'lost events: counts are lower bounds'
    when count is null then 'recorded, none in this window'
  end as note, report_time(ts) as time, process_of(tid, source) as pid, comm, dur, tid, ts
from answers
order by echo, allocator
