-- syscall_texts: a system call of a thread as strace would write it
-- needs: syscall_spans, call_parameters
-- optional: syscall_paths (source usmallint, tid integer, ts bigint, name varchar, path varchar, path2 varchar, path_source varchar)
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: arguments its arguments as a list of texts: flags and numbers by name, paths in quotes, <unknown> for a path that the recording does not hold, addresses in hexadecimal; NULL where only the exit was recorded
-- column: result what it returned, and the error; ? where that is not known
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error; NULL if it did not fail
-- column: state as in syscall_spans
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: path the path it was given; NULL if there is none or the recording does not hold it
-- column: path2 the second path of rename and its like
-- column: path_source where the path is from, as in syscall_paths
-- column: fd the first of its arguments that is a descriptor; NULL if none is
-- column: fd_at which argument that is, from 1 on
-- source: strace(1) for the way of writing; call_parameters
-- record: --preset syscalls
with
parameters as (
  select name, list(kind order by position) as kinds,
    list(case when kind = 'path' then (count_path) end order by position) as paths,
    list_position(list(kind in ('fd', 'dirfd') order by position), true) as fd_at
  from (select *, count(case when kind = 'path' then 1 end) over (partition by name order by position) as count_path from call_parameters)
  where position <= 6
  group by name
),
machines as (select source, regexp_extract(kernel, '\S+$') as machine from meta.sources),
paths as (select source, tid, ts, name, any_value(path) as path, any_value(path2) as path2, any_value(path_source) as path_source from syscall_paths group by all),
calls as (
  select s.*, p.paths, fd_at, m.machine, t.path, t.path2, t.path_source,
    case
      when p.kinds is null then ['hex', 'hex', 'hex', 'hex', 'hex', 'hex']
      -- The mode is of use only where a file may be made: O_CREAT, O_TMPFILE.
      when s.name = 'openat' and arg3 & 4194368 = 0 or s.name = 'open' and arg2 & 4194368 = 0 then p.kinds[:-2]
      else p.kinds
    end as kinds
  from syscall_spans s
  left join parameters p on p.name = s.name
  left join machines m on m.source = s.source
  left join paths t on t.source = s.source and t.tid = s.tid and t.ts = s.ts and t.name = s.name
),
-- One by one: a function over the list of them, which such an expression inside makes slow, would take ten times as long.
texts as (
  select *, [
      argument_text(kinds[1], arg1, [path, path2][paths[1]], machine), argument_text(kinds[2], arg2, [path, path2][paths[2]], machine),
      coalesce(case when name in ('getsockopt', 'setsockopt') then socket_option(as_int(arg2), as_int(arg3)) end,
        argument_text(kinds[3], arg3, [path, path2][paths[3]], machine)),
      argument_text(kinds[4], arg4, [path, path2][paths[4]], machine), argument_text(kinds[5], arg5, [path, path2][paths[5]], machine),
      argument_text(kinds[6], arg6, [path, path2][paths[6]], machine)
    ][:len(kinds)] as texts
  from calls
)
select ts, dur, cpu, tid, tgid, comm, source, name,
  case when state not in ('no_enter', 'began_before', 'child') then texts end as arguments,
  case
    when ret is null then '?'
    when error is not null then '-1 ' || error
    when name in ('mmap', 'mmap_pgoff', 'old_mmap', 'mremap', 'brk', 'shmat') and ret <> 0 then printf('0x%x', ret)
    else ret::varchar
  end as result,
  ret, error, state, end_ts, path, path2, path_source,
  case when state not in ('no_enter', 'began_before', 'child') then as_int([arg1, arg2, arg3, arg4, arg5, arg6][fd_at]) end as fd, fd_at
from texts
