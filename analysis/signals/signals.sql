-- signals: a signal that was sent, and what became of it; or a delivery, or a call, without a signal sent
-- needs: signal_pairs, loss_index
-- optional: sched.sched_process_exit (pid integer)
-- optional: call_pairs (ts bigint, dur bigint, tid integer, comm varchar, source usmallint, name varchar, arg1 bigint, arg2 bigint, arg3 bigint, ret bigint, error varchar)
-- column: ts ns on the trace clock when it was sent; where that was not recorded, when it was delivered
-- column: dur ns from sending to delivery; NULL unless both were recorded
-- column: source buffer, see meta.sources
-- column: sig number; 0 only asks whether the receiver is there
-- column: name as in SIGTERM
-- column: code si_code: 0 kill(), -6 tgkill(), -1 sigqueue(), -2 a timer, 128 the kernel, other numbers above 0 what the kernel reports, see sigaction(2)
-- column: sender_tid thread that sent it; NULL for the kernel: code 128, or sent in an interrupt
-- column: sender_comm its name, kernel for the kernel
-- column: receiver_tid thread or, if is_group, process that was to get it; the argument of a call that sent nothing
-- column: receiver_comm its name
-- column: is_group true if any thread of the process may take it
-- column: taker_tid thread that took it; NULL if none is known to have
-- column: handler default, ignore or handler: what was set when it was delivered
-- column: is_fatal true if its default action ended the process
-- column: state delivered, ignored, coalesced (the same signal was pending already), overflow (too many are queued), pending (no delivery is recorded: blocked, taken by sigwait or a signalfd, discarded, or not yet), lost (events were lost that may have been its delivery), no_generate (delivered, but sent outside the recorded set), zapped (a thread ended with its process: exit_group, exec, or a fatal signal to another thread), failed (the call sent nothing), probe (a call with signal 0)
-- column: ret what a call returned that sent nothing; NULL for others
-- column: error name of the error of a call that failed
-- column: end_ts ns on the trace clock when it was delivered; NULL if that is not known
-- source: include/trace/events/signal.h; kernel/signal.c: complete_signal() turns a fatal signal that dumps no core into SIGKILL for each thread, which get_signal() reports with code 0; signal(7)
-- record: --preset signals
with
-- A fatal signal that was not delivered as itself, and the SIGKILL that follows it in the process.
sides as (
  select *, end_ts is null and is_sent and result in (0, 4) and coalesce(signal_action(sig) = 'terminate', false) as may_kill,
    not is_sent and sig = 9 and code = 0 as is_kill
  from main.signal_pairs
),
kills as (
  select *, lead(is_kill) over process as next_is_kill, lead(ts) over process as kill_ts, lead(pid) over process as killed_tid,
    lead(cpu) over process as kill_cpu,
    coalesce(lag(may_kill) over process, false) as after_fatal
  from (from sides where may_kill or is_kill)
  window process as (partition by source, tgid order by ts, is_kill)
),
exits as (select common_source as source, pid, max(ts) as ts from sched_process_exit group by all),
exits_known as (select count(*) > 0 as known from recorded where relation = 'sched.sched_process_exit'),
fatal as (
  select k.* exclude (next_is_kill, after_fatal, kill_ts, killed_tid, kill_cpu),
    may_kill and coalesce(next_is_kill, false) and (not known or coalesce(e.ts >= kill_ts, false)) as killed,
    is_kill and after_fatal and (not known or coalesce(e.ts >= k.ts, false)) as is_used, kill_ts, killed_tid, kill_cpu
  from kills k cross join exits_known left join exits e on e.source = k.source and e.pid = case when is_kill then k.pid else k.killed_tid end
),
all_pairs as (
  select *, false as killed, false as is_used, null::bigint as kill_ts, null::integer as killed_tid, null::usmallint as kill_cpu
  from sides where not may_kill and not is_kill
  union all by name
  select * from fatal
),
last_gaps as (select source, max(ts) as ts from meta.lost_events group by all),
ends as (
  select p.* exclude (end_ts, end_cpu, taker_tid), coalesce(end_ts, case when killed then kill_ts end) as end_ts,
    coalesce(end_cpu, case when killed then kill_cpu end) as end_cpu,
    coalesce(taker_tid, case when killed then killed_tid end) as taker_tid
  from all_pairs p
  where not is_used
),
torn as (
  select e.*, is_sent and result in (0, 4)
    and (lost_between(gaps, e.source, e.cpu, e.end_cpu, e.ts, coalesce(e.end_ts, 9223372036854775807)) or e.end_ts is null and coalesce(l.ts > e.ts, false)) as lost
  from ends e
  cross join loss_index
  left join last_gaps l on l.source = e.source
),
outcomes as (
  select *, is_sent and (code = 128 or sender_flags & 88 <> 0) as by_kernel,
    case
      when not is_sent then case when is_kill then 'zapped' else 'no_generate' end
      when result = 1 then 'ignored' when result = 2 then 'coalesced' when result = 3 then 'overflow'
      when lost then 'lost' when end_ts is null then 'pending' else 'delivered'
    end as state
  from torn
),
calls as (
  select c.*, case when name in ('tgkill', 'rt_tgsigqueueinfo') then arg3 else arg2 end as signal,
    case when name in ('tgkill', 'rt_tgsigqueueinfo') then arg2 when name <> 'pidfd_send_signal' then arg1 end as target
  from call_pairs c
  where name in ('kill', 'tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_send_signal')
    and (ret < 0 or ret = 0 and case when name in ('tgkill', 'rt_tgsigqueueinfo') then arg3 else arg2 end = 0)
)
select ts, case when is_sent and state = 'delivered' then end_ts - ts end as dur, source, sig, signal_name(sig) as name,
  code, case when not by_kernel then sender_tid end as sender_tid,
  case when by_kernel then 'kernel' else sender_comm end as sender_comm, pid as receiver_tid, comm as receiver_comm,
  is_group, case when state <> 'lost' then taker_tid end as taker_tid,
  case when state in ('delivered', 'no_generate') then
    case when handler = 1 then 'ignore' when handler > 1 then 'handler' else 'default' end
  end as handler,
  state = 'delivered' and coalesce(handler, 0) = 0 and coalesce(signal_action(sig) in ('terminate', 'core'), false) as is_fatal,
  state, null::bigint as ret, null as error, case when state <> 'lost' then end_ts end as end_ts
from outcomes
union all
select c.ts, null, c.source, try_cast(c.signal as integer), signal_name(c.signal), null, c.tid, c.comm,
  try_cast(c.target as integer), t.comm, null, null, null, false,
  case when ret < 0 then 'failed' else 'probe' end, c.ret, c.error, null
from calls c
left join (select source, pid, any_value(comm) as comm from meta.tasks group by all) t on t.source = c.source and t.pid = c.target
