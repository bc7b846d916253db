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
-- column: arg1 first argument, as in syscall_events
-- column: arg2 second argument
-- column: arg3 third argument
-- column: arg4 fourth argument
-- column: arg5 fifth argument
-- column: arg6 sixth argument
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error, ENOENT; NULL if it did not fail
-- column: state as in call_pairs
-- column: path the path as the program gave it; NULL if the recording does not hold it
-- column: path2 the second path of rename, link, symlink, mount and pivot_root; NULL if there is none or it is not known
-- column: path_source where the text is from: syscall (recorded with the call), eprobe, kprobe, uprobe (a probe that read it through the same pointer, after the thread's last call with a path, at the latest during this one), exec (sched_process_exec); NULL without path
-- source: include/linux/syscalls.h for the places of the arguments; kernel/trace/trace_syscalls.c (user strings since 6.19, empty where memory could not be read)
-- record: --preset files
with
-- Probes and calls may be in different buffers of a file.
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
  from call_pairs c join (select source, min(source) over (partition by file) as base from meta.sources) f on f.source = c.source
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
probes as (
  select f.base, tid, ts, is_event::integer * 2 as place,
    {'ts': ts, 'path': path, 'pointer': pointer, 'path2': path2, 'is_event': is_event} as probe
  from path_probes p join (select source, min(source) over (partition by file) as base from meta.sources) f on f.source = p.source
),
execs as (
  select f.base, tid, ts, 2 as place, {'ts': ts, 'path': filename} as exec
  from (select common_source, ts, filename, unnest(list_distinct([pid, old_pid, common_pid])) as tid from sched_process_exec) e
  join (select source, min(source) over (partition by file) as base from meta.sources) f on f.source = e.common_source
),
-- Of most threads nothing else tells a path, which spares them the order of all their calls.
told as (select base, tid from probes union select base, tid from execs),
-- In the order of one instant: what library functions read, the call, what the call reads.
steps as (
  select *, 1 as place from calls semi join told using (base, tid)
  union all by name
  from probes
  union all by name
  from execs
),
around as (
  select *, lag(probe) over thread as before, lag(exec) over thread as exec_before, lag(ret) over thread as ret_before,
    lag(probe, 2) over thread as second_before,
    lead(probe) over thread as after, lead(exec) over thread as exec_after, lead(exec, 2) over thread as second_after,
    max(coalesce(end_ts, case when is_call then ts end)) over (thread rows between unbounded preceding and 1 preceding) as free_since
  from steps
  window thread as (partition by base, tid order by ts, place)
),
-- A library function that makes a second call when the kernel does not know the first (-38, ENOSYS) reads its path once.
nearest as (
  select * exclude (after, before, exec_after, exec_before),
    case
      when before.ts >= free_since or free_since is null then before
      when ret_before = -38 then second_before
    end as read_before,
    case when after.ts <= coalesce(end_ts, ts) then after end as read_inside,
    case
      when exec_after.ts <= end_ts then exec_after
      when second_after.ts <= end_ts then second_after
      when state = 'no_enter' then exec_before
    end as executed
  from around where is_call
),
found as (
  select *,
    case
      when str1 is not null and not (str1 = '' and ret is not distinct from -14) then 'syscall'
      when read_inside.pointer = pointer and read_inside.path is not null
        then case when read_inside.is_event then 'eprobe' else 'kprobe' end
      when read_before.pointer = pointer and read_before.path is not null and not read_before.is_event then 'uprobe'
      when name in ('execve', 'execveat') and ret = 0 and executed.path is not null then 'exec'
    end as path_source
  from nearest
),
alone as (
  select *, case when str1 is not null and not (str1 = '' and ret is not distinct from -14) then 'syscall' end as path_source
  from calls anti join told using (base, tid)
)
select ts, end_ts, dur, cpu, tid, tgid, comm, source, name, arg1, arg2, arg3, arg4, arg5, arg6, ret, error, state,
  case path_source
    when 'syscall' then str1
    when 'uprobe' then read_before.path
    when 'exec' then executed.path
    when 'eprobe' then read_inside.path
    when 'kprobe' then read_inside.path
  end as path,
  case when has_second then
    case path_source when 'syscall' then str2 when 'uprobe' then read_before.path2
      when 'eprobe' then read_inside.path2 when 'kprobe' then read_inside.path2 end
  end as path2,
  path_source
from found
union all
select ts, end_ts, dur, cpu, tid, tgid, comm, source, name, arg1, arg2, arg3, arg4, arg5, arg6, ret, error, state,
  case when path_source = 'syscall' then str1 end, case when has_second and path_source = 'syscall' then str2 end, path_source
from alone
