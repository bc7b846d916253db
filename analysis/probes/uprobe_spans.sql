-- uprobe_spans: a call of a probed function, from its entry to its return
-- needs: probe_events, loss_index
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it returned
-- column: end_ts ns on the trace clock when it returned; NULL if that is not known
-- column: dur ns in between; NULL unless both ends were recorded
-- column: cpu CPU of the entry
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: grp the probe's group
-- column: name the probe's name, without _ret
-- column: ip address of the function
-- column: caller address it returns to; NULL where that is not known
-- column: args fields of the entry's definition by name, as text
-- column: results fields of the return's definition by name, as text; NULL if that is not known
-- column: ret what it returned, see probe_events; NULL if that is not known
-- column: depth complete calls of the thread that it is inside of, of all probes; 0 is outermost
-- column: state complete, entry (returns of this probe are not recorded), no_entry (only the return was recorded), open (no return was recorded), lost (events were lost on its CPU in between)
-- column: user_stack return addresses in user space at the entry, innermost first; NULL if none
-- source: kernel/trace/trace_uprobe.c, trace_kprobe.c; Documentation/trace/uprobetracer.rst
-- record: --preset malloc, --uprobe or --kprobe
with
-- Sorted are keys alone: what a hit holds comes back at the end by its number.
hits as (select *, row_number() over () as number from probe_events),
-- Every CPU has its own thread 0.
keys as (
  select number, source, case when tid = 0 then -1 - cpu else tid end as thread, probe, ts, cpu, is_return, is_paired from hits
),
-- A return belongs to the innermost entry of its name: like brackets, of which those at one height take turns.
-- Running sums of doubles take a fraction of the time of those of integers.
levels as (
  select *, is_return::integer + sum(case when not is_paired then 0.0::double when is_return then -1 else 1 end)
    over (partition by source, thread, probe order by ts, is_return rows unbounded preceding) as level
  from keys
),
sides as (
  select *, is_paired and not is_return and coalesce(lead(is_return) over side, false) as has_return,
    is_return and coalesce(not lag(is_return) over side, false) as has_entry,
    lead(ts) over side as next_ts, lead(cpu) over side as next_cpu, lead(number) over side as next_number
  from levels
  window side as (partition by source, thread, probe, level order by ts, is_return)
),
nested as (
  select *, sum(has_return::double - has_entry::double) over (
    partition by source, thread order by ts, is_return rows unbounded preceding) - has_return::integer as depth
  from sides
),
spans as (
  select number, depth, has_return, next_ts, has_return and lost_between(gaps, source, cpu, next_cpu, ts, next_ts) as torn,
    case when has_return and not torn then next_number end as return_number
  from nested cross join loss_index
  where not has_entry
),
returns as (select number as return_number, caller, ret, args from hits where is_return),
-- Where returns are probed too, the address on the stack may be that of the kernel's page for them.
pages as (
  select list_prepend(140737488347136::hugeint, coalesce(list(distinct start_address::hugeint), [])) as pages
  from meta.process_maps where path = '[uprobes]'
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select h.ts, case when h.is_return then h.ts when return_number is not null then next_ts end as end_ts,
  case when return_number is not null then next_ts - h.ts end as dur, h.cpu, h.tid, p.tgid, h.comm, h.source, h.grp,
  h.name, h.ip,
  case when h.is_return then h.caller when return_number is not null then r.caller
    when not list_contains(pages, (h.caller >> 12 << 12)::hugeint) then h.caller end as caller,
  case when not h.is_return then h.args end as args,
  case when h.is_return then h.args else r.args end as results,
  case when h.is_return then h.ret else r.ret end as ret,
  s.depth::integer as depth,
  case
    when h.is_return then 'no_entry'
    when not h.is_paired then 'entry'
    when not has_return then 'open'
    when torn then 'lost'
    else 'complete'
  end as state,
  h.user_stack
from spans s
join hits h using (number)
left join returns r using (return_number)
cross join pages
left join processes p on p.source = h.source and p.pid = h.tid
