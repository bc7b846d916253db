-- bpf-calls: calls of bpf(), by whom and for what
-- needs: syscalls.sys_enter_bpf | raw_syscalls.sys_enter
-- views: syscall_spans
-- alias: bpflist
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: command varchar = '%' only commands whose name matches this pattern, as in BPF_PROG_LOAD
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time seconds since the first event of the recording
-- column: command what was asked for, or its number
-- column: size bytes of the attributes; what they say is not recorded
-- column: ret what it returned, NULL if that is not known: a descriptor for a map, program, link or BTF that was made or opened
-- column: error name of the error
-- column: dur_us time in the call, µs; loading a program includes its verification
-- render: table
-- empty: bpf call
-- record: --preset syscalls
with calls as (select *, coalesce(bpf_command(as_int(arg1)), as_int(arg1)::varchar) as command from syscall_spans where name = 'bpf'),
files as (select source, min(first_ts) over () as first_ts from meta.sources)
select ((ts - first_ts) / 1e9)::decimal(18, 6) as time, tid, comm, command, as_int(arg3) as size, ret, error, round(dur / 1e3, 1) as dur_us
from calls join files using (source)
where comm like $comm and coalesce(command, '') like $command and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by ts, tid
