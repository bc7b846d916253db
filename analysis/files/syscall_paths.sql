-- syscall_paths: a system call that takes a path, with the text of the path where the recording holds it
-- needs: call_pairs
-- optional: path_probes (source usmallint, tid integer, ts bigint, path varchar, pointer bigint, path2 varchar, is_event boolean)
-- optional: sched.sched_process_exec (filename varchar, pid integer, old_pid integer)
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: name the call as the kernel's events spell it
-- column: arg1 first argument, as in syscall_events; likewise arg2 to arg6
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, ENOENT; NULL if it did not fail
-- column: state as in call_pairs
-- column: path the path as the program gave it; NULL if the recording does not hold it
-- column: path2 the second path of rename, link, symlink, mount and pivot_root; NULL if there is none or it is not known
-- column: path_source where the text is from: syscall (recorded with the call), eprobe, kprobe, uprobe (a probe that read it through the same pointer, between the thread's last call with a path and the end of this one), exec (sched_process_exec); NULL without path
-- source: include/linux/syscalls.h for the places of the arguments; kernel/trace/trace_syscalls.c (user strings since 6.19, empty where memory could not be read)
-- record: --preset files
with
files as (select source, min(source) over (partition by file) as base from meta.sources),
calls as (
  select c.*, f.base, true as is_call,
    case
      when name in ('openat', 'openat2', 'newfstatat', 'fstatat64', 'statx', 'faccessat', 'faccessat2', 'readlinkat',
        'execveat', 'mkdirat', 'mknodat', 'unlinkat', 'renameat', 'renameat2', 'linkat', 'fchmodat', 'fchmodat2',
        'fchownat', 'utimensat', 'utimensat_time32', 'futimesat', 'futimesat_time32', 'inotify_add_watch', 'fspick', 'open_tree',
        'move_mount', 'mount_setattr', 'name_to_handle_at') then arg2
      when name = 'fanotify_mark' then arg5
      else arg1
    end as pointer,
    name in ('rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'mount', 'pivot_root',
      'move_mount') as has_second
  from call_pairs c join files f on f.source = c.source
  where name in ('open', 'openat', 'openat2', 'creat', 'stat', 'stat64', 'lstat', 'lstat64', 'newstat', 'newlstat',
    'newfstatat', 'fstatat64', 'statx', 'statfs', 'statfs64', 'access', 'faccessat', 'faccessat2', 'readlink',
    'readlinkat', 'execve', 'execveat', 'chdir', 'chroot', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'rmdir', 'unlink',
    'unlinkat', 'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'chmod', 'fchmodat',
    'fchmodat2', 'chown', 'lchown', 'chown16', 'lchown16', 'fchownat', 'truncate', 'truncate64', 'utime', 'utimes',
    'utime32', 'utimes_time32', 'utimensat', 'utimensat_time32', 'futimesat', 'futimesat_time32', 'mount', 'umount',
    'oldumount', 'pivot_root', 'swapon', 'swapoff', 'acct', 'setxattr', 'lsetxattr', 'getxattr', 'lgetxattr', 'listxattr',
    'llistxattr', 'removexattr', 'lremovexattr', 'inotify_add_watch', 'fanotify_mark', 'fspick', 'open_tree',
    'move_mount', 'mount_setattr', 'name_to_handle_at', 'memfd_create', 'mq_open', 'mq_unlink')
),
-- In the order of one instant: what library functions read, the call, what the call reads.
steps as (
  select *, 1 as place from calls
  union all by name
  select f.base, tid, ts, is_event::integer * 2 as place,
    {'ts': ts, 'path': path, 'pointer': pointer, 'path2': path2, 'is_event': is_event} as probe
  from path_probes p join files f on f.source = p.source
  union all by name
  select f.base, tid, ts, 2 as place, {'ts': ts, 'path': filename} as exec
  from (select common_source, ts, filename, unnest(list_distinct([pid, old_pid, common_pid])) as tid from sched_process_exec) e
  join files f on f.source = e.common_source
),
around as (
  select *, last_value(probe ignore nulls) over before as probe_before, last_value(exec ignore nulls) over before as exec_before,
    max(case when is_call and ret is distinct from -38 then ts end) over earlier as call_before,
    first_value(probe ignore nulls) over after as probe_after, first_value(exec ignore nulls) over after as exec_after
  from steps
  window before as (partition by base, tid order by ts, place rows between unbounded preceding and current row),
    earlier as (partition by base, tid order by ts, place rows between unbounded preceding and 1 preceding),
    after as (partition by base, tid order by ts, place rows between current row and unbounded following)
),
found as (
  select *,
    case
      when str1 is not null and not (str1 = '' and ret is not distinct from -14) then 'syscall'
      when probe_after.pointer = pointer and probe_after.ts <= coalesce(end_ts, ts) and probe_after.path is not null
        then case when probe_after.is_event then 'eprobe' else 'kprobe' end
      when probe_before.pointer = pointer and coalesce(probe_before.ts >= call_before, true) and probe_before.path is not null
        then 'uprobe'
      when name in ('execve', 'execveat') and ret = 0
        and (exec_after.ts <= end_ts or state = 'no_enter' and coalesce(exec_before.ts >= call_before, true) and exec_before is not null)
        then 'exec'
    end as path_source
  from around where is_call
)
select ts, end_ts, dur, cpu, tid, tgid, comm, source, name, arg1, arg2, arg3, arg4, arg5, arg6, ret, error, state,
  case path_source
    when 'syscall' then str1
    when 'uprobe' then probe_before.path
    when 'exec' then case when exec_after.ts <= end_ts then exec_after.path else exec_before.path end
    when 'eprobe' then probe_after.path
    when 'kprobe' then probe_after.path
  end as path,
  case when has_second then
    case path_source when 'syscall' then str2 when 'uprobe' then probe_before.path2
      when 'eprobe' then probe_after.path2 when 'kprobe' then probe_after.path2 end
  end as path2,
  path_source
from found
