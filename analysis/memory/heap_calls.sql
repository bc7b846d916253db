-- heap_calls: a call of an allocating or freeing function of the C library
-- needs: *.malloc, uprobe_spans
-- optional: sched.sched_process_exec (pid integer)
-- optional: sched.sched_process_fork (parent_pid integer, child_pid integer)
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it returned
-- column: end_ts ns on the trace clock when it returned; NULL if that is not known
-- column: cpu CPU of the entry
-- column: tid thread
-- column: process its process; the thread where that is not known
-- column: born_ts ns on the trace clock of the exec or fork that gave the process this memory; NULL if before the recording
-- column: gone_ts ns on the trace clock of the exec that took it away; NULL if none did
-- column: parent the process it was copied from at born_ts; NULL if it was not
-- column: comm the thread's name
-- column: source buffer, see meta.sources
-- column: file the recording's file
-- column: grp group of the probe
-- column: call malloc, calloc, realloc, reallocarray, free, posix_memalign, memalign, aligned_alloc …
-- column: size bytes asked for; NULL for free, and where the entry was not recorded
-- column: old_ptr address handed in, of free and realloc
-- column: ptr address returned, 0 where it failed; NULL if it is not known
-- column: caller address it was called from; NULL if not known
-- column: nested true inside another call of the C library's allocator: not an allocation of its own
-- source: malloc(3), posix_memalign(3); a preset of probes is in docs/recording.md
-- record: --preset malloc
with
calls as (
  select ts, end_ts, cpu, tid, coalesce(tgid, tid) as process, comm, source, grp, name as call, caller,
    try_cast(args['nmemb'] as ubigint) as nmemb, try_cast(coalesce(args['bytes'], args['size']) as ubigint) as bytes,
    try_cast(args['ptr'] as ubigint) as old_ptr, ret
  from uprobe_spans
  where name in ('malloc', 'calloc', 'realloc', 'reallocarray', 'free', 'cfree', 'posix_memalign', 'memalign',
    '_mid_memalign', 'aligned_alloc', 'valloc', 'pvalloc')
),
-- A function that only passes on what another one gives it is no allocation beside that one: posix_memalign, when a call is
-- inside of it. Without one it has nothing nested.
placed as (
  select *, call = 'posix_memalign' and coalesce(lead(ts) over (partition by source, tid order by ts) < end_ts, false) as is_wrapper,
    coalesce(max(case when call <> 'posix_memalign' then end_ts end) over (
      partition by source, tid order by ts rows between unbounded preceding and 1 preceding) > ts, false) as nested
  from calls
),
files as (select source, file, min(source) over (partition by file) as base from meta.sources),
births as (
  select f.base, b.* from (
    select common_source as source, pid as process, ts as born_ts, null::integer as parent from sched_process_exec
    union all
    select common_source, child_pid, ts, parent_pid from sched_process_fork
  ) b
  join files f using (source)
),
parents as (
  select b.base, b.process, b.born_ts, any_value(coalesce(t.tgid, b.parent)) as parent
  from births b
  left join meta.tasks t on t.source = b.source and t.pid = b.parent
  group by all
),
lives as (
  select *, lead(born_ts) over (partition by base, process order by born_ts) as gone_ts from parents
),
first_lives as (select base, process, min(born_ts) as gone_ts from lives group by all)
select c.ts, c.end_ts, c.cpu, c.tid, c.process, l.born_ts,
  case when l.born_ts is null then d.gone_ts else l.gone_ts end as gone_ts, l.parent, c.comm, c.source, f.file, c.grp,
  c.call,
  case when c.call not in ('calloc', 'reallocarray') then c.bytes
    when c.nmemb = 0 then 0
    when c.bytes <= 9223372036854775807 // c.nmemb then c.nmemb * c.bytes end as size,
  c.old_ptr,
  case when c.call <> 'posix_memalign' then c.ret when c.ret <> 0 then 0 end as ptr,
  c.caller, c.nested
from placed c
join files f on f.source = c.source
asof left join lives l on l.base = f.base and l.process = c.process and l.born_ts <= c.ts
left join first_lives d on d.base = f.base and d.process = c.process
where not c.is_wrapper
