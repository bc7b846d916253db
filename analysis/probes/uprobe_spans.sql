-- uprobe_spans: a call of a probed function, from its entry to its return
-- needs: probe_events
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
-- Every CPU has its own thread 0.
hits as (select *, case when tid = 0 then -1 - cpu else tid end as thread from probe_events),
-- A return belongs to the innermost entry of its name: like brackets, of which those at one height take turns.
levels as (
  select *, is_return::integer + sum(case when not is_paired then 0 when is_return then -1 else 1 end)
    over (partition by source, thread, probe order by ts, is_return rows unbounded preceding) as level
  from hits
),
sides as (
  select *, is_paired and not is_return and coalesce(lead(is_return) over side, false) as has_return,
    is_return and coalesce(not lag(is_return) over side, false) as has_entry,
    lead(ts) over side as next_ts, lead(cpu) over side as next_cpu, lead(caller) over side as next_caller,
    lead(ret) over side as next_ret, lead(args) over side as next_args
  from levels
  window side as (partition by source, thread, probe, level order by ts, is_return)
),
nested as (
  select *, sum(has_return::integer - has_entry::integer) over (
    partition by source, thread order by ts, is_return rows unbounded preceding) - has_return::integer as depth
  from sides
),
-- The last gap that ended before the return, on the CPU of either side: later than the entry, it lies between.
spans as (
  select n.*, has_return and coalesce(greatest(g.ts, h.ts) > n.ts, false) as torn
  from nested n
  asof left join (select source, cpu, ts from meta.lost_events) g on g.source = n.source and g.cpu = n.cpu and g.ts <= n.next_ts
  asof left join (select source, cpu, ts from meta.lost_events) h on h.source = n.source and h.cpu = n.next_cpu and h.ts <= n.next_ts
  where not has_entry
),
-- Where returns are probed too, the address on the stack may be that of the kernel's page for them.
pages as (
  select list_prepend(140737488347136::hugeint, coalesce(list(distinct start_address::hugeint), [])) as pages
  from meta.process_maps where path = '[uprobes]'
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select s.ts, case when is_return then s.ts when has_return and not torn then next_ts end as end_ts,
  case when has_return and not torn then next_ts - s.ts end as dur, s.cpu, s.tid, p.tgid, s.comm, s.source, s.grp,
  s.name, s.ip,
  case when is_return then s.caller when has_return and not torn then next_caller
    when not list_contains(pages, (s.caller >> 12 << 12)::hugeint) then s.caller end as caller,
  case when not is_return then s.args end as args,
  case when is_return then s.args when has_return and not torn then next_args end as results,
  case when is_return then s.ret when has_return and not torn then next_ret end as ret,
  s.depth::integer as depth,
  case
    when is_return then 'no_entry'
    when not is_paired then 'entry'
    when not has_return then 'open'
    when torn then 'lost'
    else 'complete'
  end as state,
  s.user_stack
from spans s
cross join pages
left join processes p on p.source = s.source and p.pid = s.tid
