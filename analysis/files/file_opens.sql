-- file_opens: a call that opens a file by its path
-- needs: syscalls.sys_e*_open | syscalls.sys_e*_openat | syscalls.sys_e*_openat2 | syscalls.sys_e*_creat | raw_syscalls.sys_e*
-- needs: file_paths
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: call open, openat, openat2 or creat
-- column: path the path as the program gave it; NULL if the recording does not hold it
-- column: full_path the path made absolute, without `.`, `..` and empty parts; NULL where the directory it starts from is not known
-- column: path_source where the text is from: syscall, eprobe, kprobe, uprobe, as in syscall_paths; NULL without path
-- column: dfd descriptor of the directory that a relative path starts from, -100 for the working directory
-- column: flags flags of open(2); NULL for openat2, which has them in memory, and for creat
-- column: mode permissions for a file that is made; NULL where the call has none
-- column: fd the descriptor; NULL if it failed or is not known
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, ENOENT; NULL if it did not fail
-- column: state as in call_pairs
-- source: open(2)
-- record: --preset files
select ts, dur, cpu, tid, tgid, comm, source, name as call, path, full_path, path_source, dfd,
  case name when 'open' then as_int(arg2) when 'openat' then as_int(arg3) end as flags,
  case name when 'creat' then as_int(arg2) when 'open' then as_int(arg3) when 'openat' then as_int(arg4) end as mode,
  case when ret >= 0 then as_int(ret) end as fd, ret, error, state
from file_paths
where name in ('open', 'openat', 'openat2', 'creat')
