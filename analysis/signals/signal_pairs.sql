-- signal_pairs: a signal that was sent, with its delivery; or a delivery without a signal sent
-- needs: signal.signal_generate, signal.signal_deliver
-- optional: signal.signal_generate (sig integer, code integer, comm varchar, pid integer, group integer, result integer)
-- optional: signal.signal_deliver (sig integer, code integer, sa_handler ubigint)
-- column: ts ns on the trace clock when it was sent; of a delivery alone when it was delivered
-- column: source buffer, see meta.sources
-- column: cpu CPU it was sent on
-- column: is_sent false for a delivery alone
-- column: sig number of the signal
-- column: code si_code as it was sent; of a delivery alone as delivered
-- column: pid receiver as signal_generate has it; of a delivery alone who took it
-- column: comm its name
-- column: tgid its process, if that is not known its thread
-- column: is_group true if any thread of the process may take it; NULL of a delivery alone
-- column: result as signal_generate has it: 0 delivered or queued, 1 ignored, 2 pending already, 3 overflow, 4 queued without its details; NULL of a delivery alone
-- column: sender_tid thread that was current when it was sent; NULL of a delivery alone
-- column: sender_comm its name
-- column: sender_flags common_flags at that time
-- column: end_ts ns on the trace clock when it was delivered; NULL if it was not
-- column: end_cpu CPU it was delivered on
-- column: taker_tid thread that took it
-- column: taker_code si_code as delivered
-- column: handler sa_handler when it was delivered: 0 default, 1 ignore, else an address
-- source: kernel/signal.c: a standard signal is pending once for a thread and once for its process, real-time ones (32 and up) queue; dequeue_signal() takes those of the thread first
-- record: --preset signals
with
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
events as (
  select g.ts, common_source as source, common_cpu as cpu, true as is_sent, sig, code, g.pid, comm,
    coalesce(p.tgid, g.pid) as tgid, coalesce("group" <> 0, false) as is_group, coalesce(result, 0) as result,
    common_pid as sender_tid, common_comm as sender_comm, common_flags as sender_flags, null::ubigint as handler
  from signal_generate g left join processes p on p.source = g.common_source and p.pid = g.pid
  union all
  select d.ts, common_source, common_cpu, false, sig, code, common_pid, common_comm,
    coalesce(p.tgid, d.common_pid), null, null, null, null, null, sa_handler
  from signal_deliver d left join processes p on p.source = d.common_source and p.pid = d.common_pid
),
-- First those sent to a thread. A line holds what may be delivered to it; the others pass by (line NULL).
own as (
  select *, case when not is_sent or not is_group and result in (0, 4) then pid end as line from events
),
own_counts as (
  select *, count(case when is_sent then 1 end) over line as sent, count(case when not is_sent then 1 end) over line as taken from own
  window line as (partition by source, sig, line order by ts, not is_sent rows unbounded preceding)
),
-- Deliveries of the line that nothing was sent for move those after them; only where signals queue.
own_slots as (
  select *,
    case when is_sent or sig < 32 then sent
      else taken - greatest(max(taken - sent) over (partition by source, sig, line order by ts, not is_sent rows unbounded preceding), 0)
    end as slot
  from own_counts
),
own_pairs as (
  select *, line is not null and is_sent and coalesce(not lead(is_sent) over slot, false) as has_end,
    lead(ts) over slot as next_ts, lead(cpu) over slot as next_cpu, lead(pid) over slot as next_pid,
    lead(code) over slot as next_code, lead(handler) over slot as next_handler,
    not is_sent and coalesce(lag(is_sent) over slot, false) as is_used
  from own_slots
  window slot as (partition by source, sig, line, slot order by ts, not is_sent)
),
-- Then those sent to a process, among the deliveries that are left.
shared as (
  select * exclude (line, sent, taken, slot),
    case when not is_sent or is_group and result in (0, 4) then tgid end as line
  from own_pairs where not is_used
),
shared_counts as (
  select *, count(case when is_sent then 1 end) over line as sent, count(case when not is_sent then 1 end) over line as taken from shared
  window line as (partition by source, sig, line order by ts, not is_sent rows unbounded preceding)
),
shared_slots as (
  select *,
    case when is_sent or sig < 32 then sent
      else taken - greatest(max(taken - sent) over (partition by source, sig, line order by ts, not is_sent rows unbounded preceding), 0)
    end as slot
  from shared_counts
),
shared_pairs as (
  select * exclude (has_end, next_ts, next_cpu, next_pid, next_code, next_handler, is_used),
    has_end or line is not null and is_sent and coalesce(not lead(is_sent) over slot, false) as has_end,
    case when has_end then next_ts else lead(ts) over slot end as next_ts,
    case when has_end then next_cpu else lead(cpu) over slot end as next_cpu,
    case when has_end then next_pid else lead(pid) over slot end as next_pid,
    case when has_end then next_code else lead(code) over slot end as next_code,
    case when has_end then next_handler else lead(handler) over slot end as next_handler,
    not is_sent and coalesce(lag(is_sent) over slot, false) as is_used
  from shared_slots
  window slot as (partition by source, sig, line, slot order by ts, not is_sent)
)
select ts, source, cpu, is_sent, sig, code, pid, comm, tgid, is_group, result, sender_tid, sender_comm, sender_flags,
  case when not is_sent then ts when has_end then next_ts end as end_ts,
  case when not is_sent then cpu when has_end then next_cpu end as end_cpu,
  case when not is_sent then pid when has_end then next_pid end as taker_tid,
  case when not is_sent then code when has_end then next_code end as taker_code,
  case when not is_sent then handler when has_end then next_handler end as handler
from shared_pairs
where not is_used
