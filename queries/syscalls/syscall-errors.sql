-- syscall-errors: system calls that failed, by call and error
-- needs: raw_syscalls.sys_exit | syscalls.sys_exit_*
-- views: syscall_spans
-- param: calls varchar = null only these calls, separated by commas
-- optional: descendants (source usmallint, filename varchar, tid integer, from_ts bigint)
-- param: program varchar = null only this program and what it starts, from its exec on; its path or the last part of it
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- column: syscall the call as the C library has it
-- column: error name of the error; those from ERESTARTSYS on the kernel handles itself
-- column: failed how often it failed so
-- column: calls how often it was called and returned, with or without success
-- column: percent failed of all calls
-- column: threads how many threads saw this error
-- column: comms names of those threads, the commonest first, at most three
-- render: table
-- empty: failed system call
-- record: --preset syscalls
-- read: With program: sched:sched_process_exec and sched:sched_process_fork must be recorded, else there is no answer.
-- read: A failure is often part of the plan: a search along PATH, a file that need not exist, a call that would block.
with
family as (
  select source, tid, min(from_ts) as from_ts from descendants
  where filename = $program or ends_with(filename, '/' || $program)
  group by all
),
calls as (
  select call_name(name) as name, source, tid, comm, error
  from syscall_spans s left join family f using (source, tid)
  where ($program is null or coalesce(end_ts, ts) >= f.from_ts) and state not in ('child', 'open', 'no_exit', 'no_return') and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($calls is null or list_contains(string_split(replace($calls, ' ', ''), ','), call_name(name)))
),
kinds as (
  select name, error, comm, count(*) as n, list(distinct {'source': source, 'tid': tid}) as threads from calls group by all
),
totals as (
  select name, error, sum(n)::bigint as n, len(list_distinct(flatten(list(threads)))) as threads,
    array_to_string(list(comm order by n desc, comm)[:3], ', ') as comms
  from kinds group by all
)
select * from (
  select coalesce(name, '<unknown>') as syscall, error, n as failed, sum(n) over (partition by name)::bigint as calls,
    round(100 * n / sum(n) over (partition by name), 1) as percent, threads, comms
  from totals
)
where error is not null
order by failed desc, syscall, error
