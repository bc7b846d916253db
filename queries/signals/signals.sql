-- signals: each signal: who sent it to whom, and what became of it
-- alias: killsnoop, sigsnoop
-- needs: signal.signal_generate, signal.signal_deliver
-- views: signals
-- param: sig varchar = '%' only signals whose name matches this pattern, as in SIGTERM
-- param: from_comm varchar = '%' only senders whose name matches this pattern; kernel for the kernel
-- param: to_comm varchar = '%' only receivers whose name matches this pattern
-- param: pid integer = null only signals to or from this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only signals to or from this thread or process as the kernel has it; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: from process that sent it, the thread where that is not known, kernel for the kernel
-- column: to process it was for, the thread where that is not known
-- column: code how it was sent: kill, tgkill, sigqueue, timer, kernel, or the number in si_code
-- column: result what became of it; see state in the relation signals
-- column: delivered_us time until it was delivered, µs
-- column: handler what was set for it: default, ignore or handler
-- column: fatal true if it ended the process
-- column: err the error's number where a call sent nothing, else 0
-- column: error its name
-- column: from_tid thread that sent it, NULL for the kernel
-- column: to_tid thread it was for, or the process where any of its threads may take it
-- column: taker_tid thread that took it
-- column: ts ns on the trace clock
-- render: table
-- empty: signal
-- record: --preset signals
-- read: pending means that no delivery is recorded: blocked, taken by sigwait or a signalfd, or not yet delivered.
-- read: no_generate means that it was sent outside the recorded set, as by a timer when a pid filter was set.
with
processes as (
  select *, process_of(sender_tid, source) as sender_pid, process_of(receiver_tid, source) as receiver_pid from signals
),
calls as (
  select *, case when sender_tid is null then coalesce(sender_comm, '<unknown>') else sender_comm || ' ' || sender_pid end as sender,
    coalesce(receiver_comm, '<unknown>') || ' ' || receiver_pid as receiver,
    case code when 0 then 'kill' when -1 then 'sigqueue' when -2 then 'timer' when -3 then 'mq_notify' when -4 then 'aio'
      when -5 then 'sigio' when -6 then 'tgkill' when 128 then 'kernel' else code::varchar end as how
  from processes
)
select report_time(ts) as time,
  case when state in ('no_generate', 'zapped') then '<unknown>' else sender end as "from",
  receiver as "to", coalesce(name, sig::varchar) as sig, how as code, state as result,
  round(dur / 1e3, 3) as delivered_us, handler, is_fatal as fatal, coalesce(-ret, 0) as err, error,
  sender_tid as from_tid, receiver_tid as to_tid, taker_tid, ts
from calls
where coalesce(name, sig::varchar, '') like $sig and coalesce(sender_comm, '') like $from_comm and coalesce(receiver_comm, '') like $to_comm
  and ($tid is null or sender_tid = $tid or receiver_tid = $tid or taker_tid = $tid)
  and ($pid is null or $pid in (sender_tid, receiver_tid, taker_tid, sender_pid, receiver_pid))
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts, receiver, sig
