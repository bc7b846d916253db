/** Made by scripts/syscall-numbers.mjs from mips/asm/unistd_o32.h, mips/asm/unistd_n64.h, mips/asm/unistd_n32.h. */

/** Calls of mips as the kernel's events spell them; `N:` is the number of the next one. */
export const CALLS = `
4000: syscall exit fork read write open close waitpid creat link unlink execve chdir time32
mknod chmod lchown break unused18 lseek getpid mount oldumount setuid getuid stime32 ptrace
alarm unused28 pause utime32 stty gtty access nice ftime sync kill rename mkdir rmdir dup pipe
times prof brk setgid getgid signal geteuid getegid acct umount lock ioctl fcntl mpx setpgid
ulimit unused59 umask chroot ustat dup2 getppid getpgrp setsid sigaction sgetmask ssetmask
setreuid setregid sigsuspend sigpending sethostname setrlimit old_getrlimit getrusage
gettimeofday settimeofday getgroups setgroups reserved82 symlink unused84 readlink uselib swapon
reboot old_readdir old_mmap munmap truncate ftruncate fchmod fchown getpriority setpriority
profil statfs fstatfs ioperm socketcall syslog setitimer getitimer newstat newlstat newfstat
unused109 iopl vhangup idle vm86 wait4 swapoff sysinfo ipc fsync sigreturn clone setdomainname
newuname modify_ldt adjtimex_time32 mprotect sigprocmask create_module init_module delete_module
get_kernel_syms quotactl getpgid fchdir bdflush sysfs personality afs_syscall setfsuid setfsgid
llseek getdents select flock msync readv writev cacheflush cachectl sysmips unused150 getsid
fdatasync _sysctl mlock munlock mlockall munlockall sched_setparam sched_getparam
sched_setscheduler sched_getscheduler sched_yield sched_get_priority_max sched_get_priority_min
sched_rr_get_interval_time32 nanosleep_time32 mremap accept bind connect getpeername getsockname
getsockopt listen recv recvfrom recvmsg send sendmsg sendto setsockopt shutdown socket
socketpair setresuid getresuid query_module poll nfsservctl setresgid getresgid prctl
rt_sigreturn rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait_time32 rt_sigqueueinfo
rt_sigsuspend pread64 pwrite64 chown getcwd capget capset sigaltstack sendfile getpmsg putpmsg
mmap_pgoff truncate64 ftruncate64 stat64 lstat64 fstat64 pivot_root mincore madvise getdents64
fcntl64 reserved221 gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr
listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr tkill sendfile64
futex_time32 sched_setaffinity sched_getaffinity io_setup io_destroy io_getevents io_submit
io_cancel exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages
set_tid_address restart_syscall fadvise64 statfs64 fstatfs64 timer_create timer_settime32
timer_gettime32 timer_getoverrun timer_delete clock_settime32 clock_gettime32
clock_getres_time32 clock_nanosleep_time32 tgkill utimes_time32 mbind get_mempolicy
set_mempolicy mq_open mq_unlink mq_timedsend_time32 mq_timedreceive_time32 mq_notify
mq_getsetattr vserver waitid 4280: add_key request_key keyctl set_thread_area inotify_init
inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat fchownat
futimesat_time32 fstatat64 unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat
pselect6_time32 ppoll_time32 unshare splice sync_file_range tee vmsplice move_pages
set_robust_list get_robust_list kexec_load getcpu epoll_pwait ioprio_set ioprio_get
utimensat_time32 signalfd timerfd eventfd fallocate timerfd_create timerfd_gettime32
timerfd_settime32 signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev
rt_tgsigqueueinfo perf_event_open accept4 recvmmsg_time32 fanotify_init fanotify_mark prlimit64
name_to_handle_at open_by_handle_at clock_adjtime32 syncfs sendmmsg setns process_vm_readv
process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp getrandom
memfd_create bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2
pkey_mprotect pkey_alloc pkey_free statx rseq io_pgetevents_time32 4393: semget semctl shmget
shmctl shmat shmdt msgget msgsnd msgrcv msgctl clock_gettime clock_settime clock_adjtime
clock_getres clock_nanosleep timer_gettime timer_settime timerfd_gettime timerfd_settime
utimensat pselect6 ppoll 4416: io_pgetevents recvmmsg mq_timedsend mq_timedreceive semtimedop
rt_sigtimedwait futex sched_rr_get_interval pidfd_send_signal io_uring_setup io_uring_enter
io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open clone3
close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr
quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self 4448:
process_mrelease futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack
futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr
lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat open_tree_attr
file_getattr file_setattr listns rseq_slice_yield 5000: read write open close newstat newfstat
newlstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask ioctl pread64 pwrite64
readv writev access pipe select sched_yield mremap msync mincore madvise shmget shmat shmctl dup
dup2 pause nanosleep getitimer setitimer alarm getpid sendfile64 socket connect accept sendto
recvfrom sendmsg recvmsg shutdown bind listen getsockname getpeername socketpair setsockopt
getsockopt clone fork execve exit wait4 kill newuname semget semop semctl shmdt msgget msgsnd
msgrcv msgctl fcntl flock fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename
mkdir rmdir creat link unlink symlink readlink chmod fchmod chown fchown lchown umask
gettimeofday getrlimit getrusage sysinfo times ptrace getuid syslog getgid setuid setgid geteuid
getegid setpgid getppid getpgrp setsid setreuid setregid getgroups setgroups setresuid getresuid
setresgid getresgid getpgid setfsuid setfsgid getsid capget capset rt_sigpending rt_sigtimedwait
rt_sigqueueinfo rt_sigsuspend sigaltstack utime mknod personality ustat statfs fstatfs sysfs
getpriority setpriority sched_setparam sched_getparam sched_setscheduler sched_getscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval mlock munlock mlockall
munlockall vhangup pivot_root _sysctl prctl adjtimex setrlimit chroot sync acct settimeofday
mount umount swapon swapoff reboot sethostname setdomainname create_module init_module
delete_module get_kernel_syms query_module quotactl nfsservctl getpmsg putpmsg afs_syscall
reserved177 gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr
llistxattr flistxattr removexattr lremovexattr fremovexattr tkill reserved193 futex
sched_setaffinity sched_getaffinity cacheflush cachectl sysmips io_setup io_destroy io_getevents
io_submit io_cancel exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages
rt_sigreturn set_tid_address restart_syscall semtimedop fadvise64 timer_create timer_settime
timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres
clock_nanosleep tgkill utimes mbind get_mempolicy set_mempolicy mq_open mq_unlink mq_timedsend
mq_timedreceive mq_notify mq_getsetattr vserver waitid 5239: add_key request_key keyctl
set_thread_area inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat
mknodat fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat
faccessat pselect6 ppoll unshare splice sync_file_range tee vmsplice move_pages set_robust_list
get_robust_list kexec_load getcpu epoll_pwait ioprio_set ioprio_get utimensat signalfd timerfd
eventfd fallocate timerfd_create timerfd_gettime timerfd_settime signalfd4 eventfd2
epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev rt_tgsigqueueinfo perf_event_open accept4
recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at open_by_handle_at clock_adjtime
syncfs sendmmsg setns process_vm_readv process_vm_writev kcmp finit_module getdents64
sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat userfaultfd
membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx rseq
io_pgetevents 5424: pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree
move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd
faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset
landlock_add_rule landlock_restrict_self 5448: process_mrelease futex_waitv
set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue
statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal setxattrat
getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr listns
rseq_slice_yield 6000: read write open close newstat newfstat newlstat poll lseek mmap mprotect
munmap brk rt_sigaction rt_sigprocmask ioctl pread64 pwrite64 readv writev access pipe select
sched_yield mremap msync mincore madvise shmget shmat shmctl dup dup2 pause nanosleep getitimer
setitimer alarm getpid sendfile64 socket connect accept sendto recvfrom sendmsg recvmsg shutdown
bind listen getsockname getpeername socketpair setsockopt getsockopt clone fork execve exit
wait4 kill newuname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl flock fsync
fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink
symlink readlink chmod fchmod chown fchown lchown umask gettimeofday getrlimit getrusage sysinfo
times ptrace getuid syslog getgid setuid setgid geteuid getegid setpgid getppid getpgrp setsid
setreuid setregid getgroups setgroups setresuid getresuid setresgid getresgid getpgid setfsuid
setfsgid getsid capget capset rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend
sigaltstack utime mknod personality ustat statfs fstatfs sysfs getpriority setpriority
sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max
sched_get_priority_min sched_rr_get_interval mlock munlock mlockall munlockall vhangup
pivot_root _sysctl prctl adjtimex setrlimit chroot sync acct settimeofday mount umount swapon
swapoff reboot sethostname setdomainname create_module init_module delete_module get_kernel_syms
query_module quotactl nfsservctl getpmsg putpmsg afs_syscall reserved177 gettid readahead
setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
removexattr lremovexattr fremovexattr tkill reserved193 futex sched_setaffinity
sched_getaffinity cacheflush cachectl sysmips io_setup io_destroy io_getevents io_submit
io_cancel exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages
rt_sigreturn fcntl64 set_tid_address restart_syscall semtimedop fadvise64 statfs64 fstatfs64
sendfile64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete clock_settime
clock_gettime clock_getres clock_nanosleep tgkill utimes mbind get_mempolicy set_mempolicy
mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr vserver waitid 6243:
add_key request_key keyctl set_thread_area inotify_init inotify_add_watch inotify_rm_watch
migrate_pages openat mkdirat mknodat fchownat futimesat newfstatat unlinkat renameat linkat
symlinkat readlinkat fchmodat faccessat pselect6 ppoll unshare splice sync_file_range tee
vmsplice move_pages set_robust_list get_robust_list kexec_load getcpu epoll_pwait ioprio_set
ioprio_get utimensat signalfd timerfd eventfd fallocate timerfd_create timerfd_gettime
timerfd_settime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev
rt_tgsigqueueinfo perf_event_open accept4 recvmmsg getdents64 fanotify_init fanotify_mark
prlimit64 name_to_handle_at open_by_handle_at clock_adjtime syncfs sendmmsg setns
process_vm_readv process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2
seccomp getrandom memfd_create bpf execveat userfaultfd membarrier mlock2 copy_file_range
preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx rseq io_pgetevents 6403:
clock_gettime64 clock_settime64 clock_adjtime64 clock_getres_time64 clock_nanosleep_time64
timer_gettime64 timer_settime64 timerfd_gettime64 timerfd_settime64 utimensat_time64
pselect6_time64 ppoll_time64 6416: io_pgetevents_time64 recvmmsg_time64 mq_timedsend_time64
mq_timedreceive_time64 semtimedop_time64 rt_sigtimedwait_time64 futex_time64
sched_rr_get_interval_time64 pidfd_send_signal io_uring_setup io_uring_enter io_uring_register
open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2
pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd
landlock_create_ruleset landlock_add_rule landlock_restrict_self 6448: process_mrelease
futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait
futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
setxattrat getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr listns
rseq_slice_yield
`
