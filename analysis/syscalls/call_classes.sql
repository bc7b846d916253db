-- call_classes: a system call that belongs to a class, in the classes of strace
-- column: class file (takes a file name), desc (takes or makes a descriptor), net, process, memory, signal or ipc
-- column: name the call as the kernel's events spell it
-- source: strace(1), what it says under "-e trace="; man 2 of each call
-- record: --preset syscalls
select class, unnest(string_split(names, ' ')) as name
from (values
  ('file', 'open openat openat2 creat execve execveat newstat newlstat newfstatat stat lstat stat64 lstat64 fstatat64 statx statfs statfs64 access faccessat faccessat2 readlink readlinkat'),
  ('file', 'chdir chroot getcwd mkdir mkdirat mknod mknodat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat chmod fchmodat fchmodat2 chown lchown fchownat'),
  ('file', 'truncate truncate64 utime utimes utimensat futimesat mount umount oldumount pivot_root swapon swapoff acct quotactl uselib setxattr lsetxattr getxattr lgetxattr listxattr'),
  ('file', 'llistxattr removexattr lremovexattr setxattrat getxattrat listxattrat removexattrat inotify_add_watch fanotify_mark name_to_handle_at open_tree open_tree_attr move_mount'),
  ('file', 'fspick mount_setattr file_getattr file_setattr chown16 lchown16 utime32 utimes_time32 utimensat_time32 futimesat_time32'),
  ('desc', 'read write close close_range open openat openat2 creat lseek llseek mmap mmap_pgoff old_mmap pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 newfstat fstat fstat64 newfstatat'),
  ('desc', 'fstatat64 statx fstatfs fstatfs64 fcntl fcntl64 ioctl flock fsync fdatasync ftruncate ftruncate64 fallocate fadvise64 readahead sync_file_range syncfs getdents getdents64 fchdir'),
  ('desc', 'fchmod fchown fchown16 dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4'),
  ('desc', 'timerfd_create timerfd_settime timerfd_gettime inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark sendfile sendfile64 splice tee vmsplice'),
  ('desc', 'copy_file_range mkdirat mknodat unlinkat renameat renameat2 linkat symlinkat readlinkat fchmodat fchmodat2 fchownat faccessat faccessat2 utimensat futimesat execveat name_to_handle_at'),
  ('desc', 'open_by_handle_at memfd_create memfd_secret userfaultfd pidfd_open pidfd_getfd pidfd_send_signal perf_event_open bpf io_uring_setup io_uring_enter io_uring_register landlock_create_ruleset'),
  ('desc', 'landlock_add_rule landlock_restrict_self fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr cachestat fgetxattr fsetxattr flistxattr fremovexattr mq_open mq_timedsend'),
  ('desc', 'mq_timedreceive mq_notify mq_getsetattr finit_module setns kcmp ppoll_time32 pselect6_time32 utimensat_time32 futimesat_time32 timerfd_settime32 timerfd_gettime32'),
  ('net', 'socket socketpair bind connect listen accept accept4 getsockname getpeername send sendto recv recvfrom sendmsg recvmsg sendmmsg recvmmsg recvmmsg_time32 shutdown setsockopt getsockopt'),
  ('net', 'socketcall sendfile sendfile64 getpmsg putpmsg'),
  ('process', 'fork vfork clone clone3 execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal pidfd_open unshare arch_prctl process_mrelease'),
  ('memory', 'brk mmap mmap_pgoff old_mmap munmap mremap mprotect pkey_mprotect madvise process_madvise msync mincore mlock mlock2 munlock mlockall munlockall mbind migrate_pages move_pages set_mempolicy'),
  ('memory', 'get_mempolicy set_mempolicy_home_node remap_file_pages shmat shmdt io_setup io_destroy map_shadow_stack mseal'),
  ('signal', 'kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time32 rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn sigaltstack signalfd signalfd4'),
  ('signal', 'pause signal sigaction sigprocmask sigpending sigsuspend sigreturn sgetmask ssetmask pidfd_send_signal'),
  ('ipc', 'shmget shmat shmctl shmdt semget semop semctl semtimedop semtimedop_time32 msgget msgsnd msgrcv msgctl ipc')
) as t(class, names)
