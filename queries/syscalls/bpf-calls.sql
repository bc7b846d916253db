-- bpf-calls: calls of bpf(), by whom and for what
-- needs: syscalls.sys_enter_bpf | raw_syscalls.sys_enter
-- views: syscall_spans
-- alias: bpflist
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: command varchar = '%' only commands whose name matches this pattern, as in BPF_PROG_LOAD
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: cmd what was asked for, or its number
-- column: size bytes of the attributes; what they say is not recorded
-- column: fd descriptor of the map, program, link or BTF that was made or opened, -1 if that failed; NULL for other commands, and where it is not known
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name
-- column: ret what the kernel returned
-- column: dur_us time in the call, µs; loading a program includes its verification
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: bpf call
-- record: --preset syscalls
-- read: The attributes of the call lie behind a pointer and are not recorded: neither the program nor the map is named.
with calls as (select *, coalesce(bpf_command(as_int(arg1)), as_int(arg1)::varchar) as command from syscall_spans where name = 'bpf')
select report_time(ts) as time, coalesce(tgid, tid) as pid, comm, command as cmd, as_int(arg3) as size,
  case when regexp_matches(command, '_(CREATE|LOAD|GET|FD_BY_ID|OPEN|ENABLE_STATS)$') then if(error is not null, -1, ret) end as fd,
  case when error is not null then -ret when ret is not null then 0 end as err, error, ret, round(dur / 1e3, 1) as dur_us, tid, ts
from calls
where comm like $comm and coalesce(command, '') like $command and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by calls.ts, calls.tid
