/** What each preset records: the events, the calls and the probes, whatever kernel it meets. */

/** A preset before it meets a kernel. */
export interface PresetEntry {
  readonly summary: string
  /** `system:event` with globs; what is missing is worth a notice. */
  readonly events?: readonly string[]
  /** Recorded where they exist: other kernels never had them, or not yet. */
  readonly optional?: readonly string[]
  /** System calls by the kernel's name, with globs: their enter and exit events. */
  readonly calls?: readonly string[]
  /** Record what the path arguments of the calls say, from the best source there is. */
  readonly strings?: boolean
  /** Uprobes. One of each list, the first that can be set. */
  readonly probes?: readonly (readonly string[])[]
  /** KB per CPU that it needs. */
  readonly bufferKb?: number
  /**
   * A filter by pid loses what other tasks and interrupts write for the one of interest (`never`),
   * or is needed because the probes are hit by every process (`wanted`).
   */
  readonly pidFilter?: 'never' | 'wanted'
}

/** Part of every preset: who is who. */
export const COMMON_EVENTS: readonly string[] = [
  'task:task_newtask',
  'task:task_rename',
  'sched:sched_process_fork',
  'sched:sched_process_exec',
  'sched:sched_process_exit',
]

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const OPENS = words('open openat openat2 creat')
const DUPS = words('close close_range dup dup2 dup3 fcntl')

const FILE_CALLS = [
  ...OPENS,
  ...words(`newstat newlstat newfstatat statx access faccessat faccessat2 readlink readlinkat
    execve execveat chdir fchdir getcwd mkdir* rmdir unlink* rename* link linkat symlink* chmod
    chown* fchmod* fchown* lchown truncate mount umount`),
  ...DUPS,
]

const IO_CALLS = words(`read write pread64 pwrite64 readv writev preadv* pwritev* sendfile64
  copy_file_range splice fsync fdatasync lseek`)

const NET_CALLS = words(`socket socketpair bind listen accept accept4 connect getsockname
  getpeername getsockopt setsockopt shutdown sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg`)

/** Whatever takes a number from the descriptor table, so that those of a pair can be inferred. */
const DESCRIPTOR_CALLS = [
  ...OPENS,
  ...DUPS,
  ...words(`pipe pipe2 eventfd2 epoll_create1 timerfd_create signalfd4 memfd_create
    inotify_init1 pidfd_open`),
]

const SIZE = 'size=$arg1:u64 caller=$caller:x64'
const MEMALIGN = 'bytes=$arg2:u64 caller=$caller:x64'

/** Presets by name, in the order they are listed. */
export const PRESETS: Readonly<Record<string, PresetEntry>> = {
  syscalls: {
    summary: 'every system call by number, cheapest',
    events: ['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit'],
  },
  'syscalls-named': {
    summary: 'every system call with its arguments by name; enabling takes seconds',
    events: ['syscalls:*'],
  },
  files: {
    summary: 'paths opened, looked at and changed',
    calls: FILE_CALLS,
    strings: true,
  },
  io: {
    summary: 'files, with reads, writes and syncs',
    calls: [...FILE_CALLS, ...IO_CALLS],
    optional: words(`ext4:ext4_sync_file_enter ext4:ext4_sync_file_exit ext4:ext4_da_write_begin
      ext4:ext4_write_begin filemap:mm_filemap_get_pages`),
    strings: true,
  },
  sched: {
    summary: 'which thread runs where, and who wakes it',
    events: words(`sched:sched_switch sched:sched_wakeup sched:sched_wakeup_new
      sched:sched_waking sched:sched_migrate_task sched:sched_process_wait`),
    pidFilter: 'never',
  },
  memory: {
    summary: "the kernel's allocations, pages and page faults; busy",
    events: words(`kmem:kmalloc kmem:kfree kmem:kmem_cache_alloc kmem:kmem_cache_free
      kmem:mm_page_alloc kmem:mm_page_free kmem:rss_stat`),
    optional: words('kmem:kmalloc_node kmem:kmem_cache_alloc_node exceptions:page_fault_user'),
    bufferKb: 8192,
  },
  network: {
    summary: 'packets, sockets and TCP, with the calls of the network',
    events: words(`net:net_dev_queue net:net_dev_start_xmit net:net_dev_xmit
      net:netif_receive_skb net:netif_rx sock:* tcp:* udp:* skb:kfree_skb`),
    optional: ['icmp:*'],
    calls: [...NET_CALLS, ...words('close dup* fcntl')],
    pidFilter: 'never',
  },
  block: {
    summary: 'requests to disks',
    events: words(`block:block_bio_queue block:block_rq_insert block:block_rq_issue
      block:block_rq_complete block:block_rq_merge block:block_rq_requeue`),
    optional: ['block:block_rq_error'],
    calls: words('fsync fdatasync sync'),
    pidFilter: 'never',
  },
  ext4: { summary: 'the ext4 file system and its journal', events: ['ext4:*', 'jbd2:*'] },
  signals: {
    summary: 'signals sent and delivered',
    events: ['signal:*'],
    calls: words(`kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal
      rt_sigaction`),
    pidFilter: 'never',
  },
  malloc: {
    summary: 'allocations of programs through the C library',
    probes: [
      [`p:td/malloc c:malloc ${SIZE}`],
      ['r:td/malloc_ret c:malloc ptr=$retval:x64'],
      ['p:td/calloc c:calloc nmemb=$arg1:u64 size=$arg2:u64 caller=$caller:x64'],
      ['r:td/calloc_ret c:calloc ptr=$retval:x64'],
      ['p:td/realloc c:realloc ptr=$arg1:x64 size=$arg2:u64 caller=$caller:x64'],
      ['r:td/realloc_ret c:realloc ptr=$retval:x64'],
      ['p:td/free c:free ptr=$arg1:x64 caller=$caller:x64'],
      [
        'p:td/reallocarray c:reallocarray ptr=$arg1:x64 nmemb=$arg2:u64 size=$arg3:u64 caller=$caller:x64',
      ],
      ['r:td/reallocarray_ret c:reallocarray ptr=$retval:x64'],
      [
        `p:td/memalign c:_mid_memalign align=$arg1:u64 ${MEMALIGN}`,
        `p:td/aligned_alloc c:aligned_alloc align=$arg1:u64 ${MEMALIGN.replace('bytes', 'size')}`,
      ],
      [
        'r:td/memalign_ret c:_mid_memalign ptr=$retval:x64',
        'r:td/aligned_alloc_ret c:aligned_alloc ptr=$retval:x64',
      ],
      [
        'p:td/posix_memalign c:posix_memalign memptr=$arg1:x64 align=$arg2:u64 size=$arg3:u64 caller=$caller:x64',
      ],
      ['r:td/posix_memalign_ret c:posix_memalign ret=$retval:s32'],
    ],
    pidFilter: 'wanted',
  },
  sockets: {
    summary: 'sockets, their options and their descriptors',
    events: ['sock:inet_sock_set_state'],
    calls: [...NET_CALLS, ...DESCRIPTOR_CALLS],
  },
  dns: {
    summary: 'names looked up through the C library',
    calls: words('connect sendto recvfrom'),
    probes: [
      ['p:td/getaddrinfo c:getaddrinfo node=+0($arg1):string service=+0($arg2):string'],
      ['r:td/getaddrinfo_ret c:getaddrinfo ret=$retval:s32'],
      ...['gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r'].flatMap(
        (name) => [
          [
            `p:td/${name} c:${name} name=+0($arg1):string${name.includes('2') ? ' af=$arg2:s32' : ''}`,
          ],
          [`r:td/${name}_ret c:${name} ret=$retval:${name.endsWith('_r') ? 's32' : 'x64'}`],
        ],
      ),
    ],
  },
}
