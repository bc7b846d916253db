-- call_parameters: an argument of a system call, and how to read it
-- column: name the call as the kernel's events spell it
-- column: position its place, from 1 on: argN of syscall_events
-- column: field the kernel's name for it
-- column: c_type its type as the kernel wrote it
-- column: kind how call_argument writes it: fd, dirfd, path, pointer, mode, signal, open_flags and so on; number otherwise
-- source: the formats of the syscalls events in the file; man 2 of each call for what its arguments mean
-- record: --preset syscalls
with
fields as (
  select distinct event[11:] as name, field, c_type, position
  from (select *, min(source) over (partition by event) as first_source from meta.fields
    where system = 'syscalls' and event like 'sys\_enter\_%' escape '\')
  where source = first_source and field not like 'common\_%' escape '\' and field not like '\_\_%' escape '\' and field <> 'nr'
)
select name, row_number() over (partition by name order by position)::integer as position, field, c_type,
  case
    when c_type like '%char%*%' and field not in ('buf', 'ubuf', 'u_buf', 'value', 'list', 'optval', '_value', 'uargs', 'msg_ptr', 'u_msg_ptr', 'addr', 'vec', 'argv', 'envp') then 'path'
    when c_type like '%*%' then 'pointer'
    when field in ('dfd', 'olddfd', 'newdfd', 'dirfd', 'from_dfd', 'to_dfd', 'fs_dfd') or name = 'execveat' and field = 'fd' then 'dirfd'
    when field in ('fd', 'fildes', 'oldfd', 'newfd', 'epfd', 'in_fd', 'out_fd', 'fdin', 'fdout', 'fd_in', 'fd_out', 'ufd', 'pidfd', 'mqdes', 'from_fd', 'fs_fd') then 'fd'
    when name in ('open', 'openat', 'mq_open') and field in ('flags', 'oflag') then 'open_flags'
    when name in ('dup3', 'pipe2', 'epoll_create1', 'eventfd2', 'signalfd4', 'inotify_init1', 'timerfd_create') and field = 'flags' then 'new_flags'
    when name = 'accept4' and field = 'flags' then 'socket_flags'
    when field in ('flag', 'flags') and name in ('newfstatat', 'fstatat64', 'statx', 'unlinkat', 'linkat', 'fchownat', 'faccessat2', 'fchmodat2',
      'name_to_handle_at', 'execveat', 'utimensat', 'utimensat_time32') then 'at_flags'
    when name in ('access', 'faccessat', 'faccessat2') and field = 'mode' then 'access'
    when field = 'mode' or field = 'mask' and name = 'umask' then 'mode'
    when field = 'prot' then 'prot'
    when name like '%mmap%' and field = 'flags' then 'mmap_flags'
    when name = 'clone' and field = 'clone_flags' or name = 'unshare' then 'clone_flags'
    when name = 'mount' and field = 'flags' then 'mount_flags'
    when name in ('socket', 'socketpair') and field = 'family' then 'family'
    when name in ('socket', 'socketpair') and field = 'type' then 'socket_type'
    when name in ('setsockopt', 'getsockopt') and field = 'level' then 'socket_level'
    when name like 'send%' and field in ('flags', 'flag') or name like 'recv%' and field in ('flags', 'flag') then 'message_flags'
    when field in ('sig', 'signum') then 'signal'
    when name in ('fcntl', 'fcntl64') and field = 'cmd' then 'fcntl'
    when name = 'ptrace' and field = 'request' then 'ptrace'
    when name = 'bpf' and field = 'cmd' then 'bpf'
    when name in ('lseek', 'llseek') and field in ('whence', 'origin') then 'whence'
    when field in ('addr', 'start', 'address', 'new_addr', 'old_address', 'new_address', 'brk', 'child_tidptr', 'parent_tidptr', 'newsp', 'tls', 'arg2', 'arg3', 'arg4', 'arg5')
      or name = 'ioctl' or name = 'brk' or field in ('flags', 'flag', 'mask') or name = 'arch_prctl' then 'hex'
    else 'number'
  end as kind
from fields
