-- function-profile: kernel functions by the time spent in them, with and without those they called
-- alias: funclatency
-- views: function_calls
-- param: func varchar = '%' only functions whose name matches this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 rows to print
-- column: calls how often it was called
-- column: total_us time in it, those it called included, µs; of the calls whose return was recorded
-- column: self_us of that, outside of the functions that it called and that were recorded
-- column: avg_us mean of a call
-- column: max_us longest call
-- column: self_percent share of self_us in that of all functions
-- render: table
-- empty: function call
-- record: -p function_graph
-- read: Time asleep or taken by other threads is in it. A recursive function's total counts the inner calls again.
with
calls as materialized (
  select source, tid, case when tid = 0 then cpu end as idle_cpu, func, depth, ts, dur, ts + dur as done
  from function_calls
  where comm like $comm and ($tid is null or tid = $tid)
    and ($pid is null or tid = $pid or process_of(tid, source) = $pid)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
-- The caller is the last call before it that was one less deep.
inner_calls as (
  select p.source, p.func, sum(c.dur) as dur
  from calls c
  asof join calls p on p.source = c.source and p.tid = c.tid and p.idle_cpu is not distinct from c.idle_cpu
    and p.depth = c.depth - 1 and p.ts <= c.ts
  where c.ts < p.done
  group by all
),
functions as (
  select source, func, count(*) as calls, sum(dur) as dur, avg(dur) as mean, max(dur) as longest from calls group by all
),
named as (
  select split_part(sym_in(f.func, f.source), '+0x', 1) as function, f.calls, f.dur as total,
    greatest(f.dur - coalesce(i.dur, 0), 0) as self, f.longest
  from functions f left join inner_calls i using (source, func)
),
merged as (
  select function, sum(calls)::bigint as calls, sum(total) as total, sum(self) as self, max(longest) as longest
  from named group by all
)
select function, calls, total / 1e3 as total_us, self / 1e3 as self_us, round(total / 1e3 / calls, 3) as avg_us, longest / 1e3 as max_us,
  round(100.0 * self / nullif(sum(self) over (), 0), 2) as self_percent
from merged
where function like $func
order by self desc nulls last, calls desc, function
limit $top
