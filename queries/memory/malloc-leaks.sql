-- malloc-leaks: what a program allocated and did not free, by who asked for it, and whether it grows
-- alias: memleak
-- views: heap_steps, heap_calls
-- optional: ftrace.print (buf varchar)
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process, as the initial pid namespace numbers it
-- param: group varchar = '%' only probes of groups that match this pattern
-- param: marker varchar = '%' only markers whose text matches this pattern begin a phase
-- param: top integer = 50 callers to print
-- column: blocks blocks not freed by the end of the recording; in the last row all of them
-- column: bytes their sizes as asked for, as far as they were recorded; NULL if none was
-- column: caller where they were asked for: file and function, else file and offset, see the macro user_sym
-- column: first_ts when the first of them was given
-- column: phases phases that left blocks, and how many: 0 is before the first marker
-- column: verdict grows (at least three phases after the first left some), once (only the first did), undecided; NULL where it cannot be said, and note says why
-- column: call the function that gave them
-- column: pid process
-- column: note why there is no verdict; in the last row what was counted
-- render: table
-- empty: allocation
-- record: --preset malloc
-- read: What a process did before its last exec is left out.
-- read: Blocks alive at the end are no leak as such. Write a marker before each of several equal requests: what leaks stays behind each time.
-- read: No difference is made between what the program could still reach and what it could not; that takes the memory's contents.
-- read: unknown_free were allocated before the recording or inside the C library, as the caches of its threads are.
-- read: Memory of an allocator of the program's own shows as the large blocks that it asks for.
with
steps as materialized (
  select s.* from heap_steps s
  where comm like $comm and ($pid is null or process = $pid) and grp like $group
),
markers as (
  select m.file, p.ts, row_number() over (partition by m.file order by p.ts) as phase
  from "print" p join meta.sources m on m.source = p.common_source
  where p.buf like $marker
),
live as (
  select s.source, s.file, s.process, s.comm, s.caller, s.call, s.size, s.ts, coalesce(m.phase, 0) as phase
  from steps s
  asof left join markers m on m.file = s.file and m.ts <= s.ts
  where s.kind = 'alloc' and s.other_ts is null and not s.is_torn and not s.is_replaced and s.gone_ts is null
),
phases as (
  select source, file, process, comm, caller, call, phase, count(*) as blocks, sum(size)::hugeint as bytes, min(ts) as first_ts
  from live group by all
),
callers as (
  select source, file, process, comm, caller, call, sum(blocks)::bigint as blocks, sum(bytes)::bigint as bytes,
    min(first_ts) as first_ts, string_agg(phase || '×' || blocks, ' ' order by phase) as phases,
    count(*) filter (phase > 1) as later
  from phases group by all
  order by bytes desc, blocks desc, first_ts
  limit $top
),
losses as (select source, count(*) as gaps from meta.lost_events group by all),
counts as (
  select count(*) filter (kind = 'alloc' and gone_ts is null) as allocs, count(*) filter (kind = 'free' and other_ts is not null) as frees,
    count(*) filter (kind = 'free' and other_ts is null and not is_torn) as unknown_frees,
    count(*) filter (is_replaced) as missed_frees, count(*) filter (kind = 'failed') as failed,
    count(*) filter (kind = 'alloc' and other_ts is null and not is_torn and not is_replaced and gone_ts is not null) as gone,
    count(*) filter (is_torn and kind = 'alloc') as torn
  from steps
  where gone_ts is null or kind = 'alloc' and other_ts is null and not is_torn and not is_replaced
),
unknown as (
  select string_agg(n || ' ' || call || ' (' || coalesce(bytes || ' B', 'size unknown') || ') without a recorded result', ', ' order by call) as note
  from (select call, count(*) as n, sum(size)::hugeint as bytes from steps where kind = 'unknown' and gone_ts is null group by call)
),
nested as (
  select count(*) filter (nested) as nested, count(*) filter (call in ('free', 'cfree') and old_ptr = 0) as null_frees
  from heap_calls where gone_ts is null and comm like $comm and ($pid is null or process = $pid) and grp like $group
),
totals as (
  select (select count(*) from live) as blocks,
    (select case when count(*) = 0 then 0 else sum(size) end from live)::bigint as bytes,
    concat('alloc=', allocs, ' free=', frees, ' unknown_free=', unknown_frees, ' missed_free=', missed_frees, ' failed=', failed,
      ' nested=', nested, ' free_null=', null_frees,
      case when gone > 0 then ' gone_with_exec=' || gone end, case when torn > 0 then ' lost=' || torn end,
      '; ' || (select note from unknown)) as note
  from counts, nested
),
answer as (
  select blocks, bytes, coalesce(user_caller(caller, process, source, first_ts), '<unknown>') as caller,
    first_ts, phases,
    case when l.gaps is null and exists (from markers m where m.file = c.file)
      then case when later >= 3 then 'grows' when later = 0 then 'once' else 'undecided' end end as verdict,
    call, process as pid, comm,
    case when l.gaps is not null then 'lost events: no verdict'
      when not exists (from markers m where m.file = c.file) then 'no markers: no verdict' end as note
  from callers c left join losses l using (source)
  union all by name
  select blocks, bytes, '(total)' as caller, note from totals where exists (from steps)
)
select * from answer order by call is null, bytes desc, blocks desc, first_ts
