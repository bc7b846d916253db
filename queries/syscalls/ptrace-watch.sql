-- ptrace-watch: who traces whom, with which requests
-- needs: syscalls.sys_enter_ptrace | syscalls.sys_enter_process_vm_readv | syscalls.sys_enter_process_vm_writev | raw_syscalls.sys_enter
-- views: syscall_spans
-- param: request varchar = '%' only requests whose name matches this pattern, as in PTRACE_ATTACH
-- param: failed boolean = null true for only those that failed, false for only those that did not
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: tracer thread that made the call; for PTRACE_TRACEME the one that is to be traced
-- column: request the request; process_vm_readv and process_vm_writev read and write another's memory without ptrace
-- column: target thread it is about; NULL for PTRACE_TRACEME, which is about the caller's parent
-- column: ret what the kernel returned; NULL if that is not known
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name: EPERM when another traces it already, ESRCH when it is not stopped or not traced
-- column: comm the tracer's name
-- column: target_comm the target's last known name
-- column: pid process of the tracer; the thread where that is not known
-- column: ts ns on the trace clock
-- render: table
-- empty: ptrace call
-- record: --preset syscalls
-- read: Requests for registers have other numbers on other machines than x86: such are shown as numbers or under those names.
with
calls as (
  select *, case when name = 'ptrace' then coalesce(ptrace_request(arg1), arg1::varchar) else name end as request,
    case when name <> 'ptrace' then as_int(arg1) when arg1 <> 0 then as_int(arg2) end as target
  from syscall_spans
  where name in ('ptrace', 'process_vm_readv', 'process_vm_writev')
),
names as (select source, pid, any_value(comm) as comm from meta.tasks group by all)
select report_time(ts) as time, tid as tracer, request, target, ret,
  case when error is not null then -ret when ret is not null then 0 end as err, error, c.comm, n.comm as target_comm,
  coalesce(tgid, tid) as pid, ts
from calls c
left join names n on n.source = c.source and n.pid = c.target
where coalesce(request, '') like $request and ($failed is null or (error is not null) = $failed)
  and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by c.ts, tid
