-- signals: each signal: who sent it to whom, and what became of it
-- alias: killsnoop, sigsnoop
-- needs: signal.signal_generate, signal.signal_deliver
-- views: signals
-- param: sig varchar = '%' only signals whose name matches this pattern, as in SIGTERM
-- param: from_comm varchar = '%' only senders whose name matches this pattern; kernel for the kernel
-- param: to_comm varchar = '%' only receivers whose name matches this pattern
-- param: tid integer = null only signals to or from this thread or process; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time seconds since the first event of the recording
-- column: from thread that sent it, kernel for the kernel
-- column: to thread, or process where the signal is for any of its threads
-- column: code how it was sent: kill, tgkill, sigqueue, timer, kernel, or the number in si_code
-- column: state what became of it; see the relation signals
-- column: delivered_us time until it was delivered, µs
-- column: handler what was set for it: default, ignore or handler
-- column: fatal true if it ended the process
-- column: error why a call sent nothing
-- render: table
-- empty: signal
-- record: --preset signals
-- read: pending means that no delivery is recorded: blocked, taken by sigwait or a signalfd, or not yet delivered.
-- read: no_generate means that it was sent outside the recorded set, as by a timer when a pid filter was set.
with
calls as (
  select *, case when sender_tid is null then coalesce(sender_comm, '<unknown>') else sender_comm || ' ' || sender_tid end as sender,
    coalesce(receiver_comm, '<unknown>') || ' ' || receiver_tid as receiver,
    case code when 0 then 'kill' when -1 then 'sigqueue' when -2 then 'timer' when -3 then 'mq_notify' when -4 then 'aio'
      when -5 then 'sigio' when -6 then 'tgkill' when 128 then 'kernel' else code::varchar end as how
  from signals
)
select ((ts - (select min(first_ts) from meta.sources)) / 1e9)::decimal(18, 6) as time,
  case when state in ('no_generate', 'zapped') then '<unknown>' else sender end as "from",
  receiver as "to", coalesce(name, sig::varchar) as sig, how as code, state, round(dur / 1e3, 3) as delivered_us, handler, is_fatal as fatal, error
from calls
where coalesce(name, sig::varchar, '') like $sig and coalesce(sender_comm, '') like $from_comm and coalesce(receiver_comm, '') like $to_comm
  and ($tid is null or sender_tid = $tid or receiver_tid = $tid or taker_tid = $tid)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts, receiver, sig
