-- file_paths: a system call that takes a path of a file, with the path made absolute where that is possible
-- needs: syscall_paths, fd_table
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: arg1 first argument, as in syscall_events
-- column: arg2 second argument
-- column: arg3 third argument
-- column: arg4 fourth argument
-- column: arg5 fifth argument
-- column: arg6 sixth argument
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, ENOENT; NULL if it did not fail
-- column: state as in call_pairs
-- column: dfd descriptor of the directory that a relative path starts from, -100 for the working directory; NULL if not known
-- column: path the path as the program gave it; NULL if the recording does not hold it
-- column: full_path the path made absolute, without `.`, `..` and empty parts; NULL where the directory it starts from is not known
-- column: path2 the second path of rename, link and symlink, as given; NULL if there is none or it is not known
-- column: path_source as in syscall_paths
-- source: open(2), path_resolution(7)
-- record: --preset files
with calls as (
  select *,
    case
      when state = 'no_enter' then null
      when name in ('openat', 'openat2', 'newfstatat', 'fstatat64', 'statx', 'faccessat', 'faccessat2', 'readlinkat',
        'execveat', 'mkdirat', 'mknodat', 'unlinkat', 'renameat', 'renameat2', 'linkat', 'fchmodat', 'fchmodat2',
        'fchownat', 'utimensat', 'utimensat_time32', 'futimesat', 'futimesat_time32', 'fspick', 'open_tree',
        'move_mount', 'mount_setattr', 'name_to_handle_at') then as_int(arg1)
      when name = 'fanotify_mark' then as_int(arg4)
      else -100
    end as dfd,
    coalesce(tgid, tid) as owner
  from syscall_paths
  where name not in ('symlink', 'symlinkat', 'mount', 'memfd_create', 'mq_open', 'mq_unlink')
),
-- fd -100 is the working directory.
directories as (
  select source, tgid, fd, path, coalesce(open_ts, -9223372036854775808) as open_ts,
    coalesce(close_ts, 9223372036854775807) as close_ts
  from fd_table where kind in ('file', 'cwd')
)
select c.ts, c.end_ts, dur, cpu, tid, c.tgid, comm, c.source, name, arg1, arg2, arg3, arg4, arg5, arg6, ret, error, state, dfd,
  c.path,
  case
    when starts_with(c.path, '/') then normal_path(c.path)
    when c.path <> '' and d.close_ts >= c.ts and starts_with(d.path, '/') then normal_path(d.path || '/' || c.path)
  end as full_path,
  path2, path_source
from calls c
asof left join directories d on d.source = c.source and d.tgid = c.owner and d.fd = c.dfd and d.open_ts <= c.ts
