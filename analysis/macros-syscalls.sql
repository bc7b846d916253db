-- Macros over system calls: what their numbers, names and arguments mean.

-- macro: syscall_name(number)
-- Name of a system call by its number on the recorded machine (of several the first), as the kernel's events spell it: 257 is `openat` on x86_64; NULL where it has no name.
-- source: syscall_numbers
create or replace macro syscall_name(number) as
  (select arg_min(known.name, known.source) from main.syscall_numbers known where known.nr = number::bigint);

-- macro: call_name(kernel_name)
-- A system call's name as the C library has it: `stat` for `newstat`; others as they are.
-- source: man 2 syscalls; SYSCALL_DEFINE in fs/stat.c, kernel/sys.c, fs/namespace.c, fs/read_write.c, kernel/time
create or replace macro call_name(kernel_name) as
  case
    when kernel_name in ('newstat', 'newlstat', 'newfstat', 'newuname') then substring(kernel_name, 4)
    when kernel_name = 'umount' then 'umount2'
    -- No list of five, which becomes a join, and no [4:], which might fail: filters by name must get past other joins.
    when regexp_full_match(kernel_name, 'old(umount|_mmap|_select|_readdir|_getrlimit)') then ltrim(substring(kernel_name, 4), '_')
    when kernel_name in ('sendfile64', 'mmap_pgoff') then if(kernel_name = 'sendfile64', 'sendfile', 'mmap2')
    else regexp_replace(kernel_name, '(_time)?32$', '')
  end;

-- macro: arguments_map(list, names, arg1, arg2, arg3, arg4, arg5, arg6)
-- Arguments of a system call by their names, MAP(VARCHAR, BIGINT); `list` is the names separated by blanks, which for the usual ones is ten times as fast as putting a map together.
-- source: SYSCALL_DEFINE in the kernel's sources, what calls are made most
create or replace macro arguments_map(list, names, arg1, arg2, arg3, arg4, arg5, arg6) as
  case list
    when 'fd buf count' then {'fd': arg1, 'buf': arg2, 'count': arg3}::map(varchar, bigint)
    when 'fd' then {'fd': arg1}::map(varchar, bigint)
    when 'dfd filename flags mode' then {'dfd': arg1, 'filename': arg2, 'flags': arg3, 'mode': arg4}::map(varchar, bigint)
    when 'fd cmd arg' then {'fd': arg1, 'cmd': arg2, 'arg': arg3}::map(varchar, bigint)
    when 'fd offset whence' then {'fd': arg1, 'offset': arg2, 'whence': arg3}::map(varchar, bigint)
    when 'dfd filename statbuf flag' then {'dfd': arg1, 'filename': arg2, 'statbuf': arg3, 'flag': arg4}::map(varchar, bigint)
    when 'fd statbuf' then {'fd': arg1, 'statbuf': arg2}::map(varchar, bigint)
    when 'uaddr op val utime uaddr2 val3' then {'uaddr': arg1, 'op': arg2, 'val': arg3, 'utime': arg4, 'uaddr2': arg5, 'val3': arg6}::map(varchar, bigint)
    when 'addr len prot flags fd off' then {'addr': arg1, 'len': arg2, 'prot': arg3, 'flags': arg4, 'fd': arg5, 'off': arg6}::map(varchar, bigint)
    when 'addr len' then {'addr': arg1, 'len': arg2}::map(varchar, bigint)
    when 'start len prot' then {'start': arg1, 'len': arg2, 'prot': arg3}::map(varchar, bigint)
    when 'brk' then {'brk': arg1}::map(varchar, bigint)
    when 'how nset oset sigsetsize' then {'how': arg1, 'nset': arg2, 'oset': arg3, 'sigsetsize': arg4}::map(varchar, bigint)
    when 'sig act oact sigsetsize' then {'sig': arg1, 'act': arg2, 'oact': arg3, 'sigsetsize': arg4}::map(varchar, bigint)
    when 'fd buf count pos' then {'fd': arg1, 'buf': arg2, 'count': arg3, 'pos': arg4}::map(varchar, bigint)
    when 'fd vec vlen' then {'fd': arg1, 'vec': arg2, 'vlen': arg3}::map(varchar, bigint)
    when 'fd msg flags' then {'fd': arg1, 'msg': arg2, 'flags': arg3}::map(varchar, bigint)
    when 'fd buff len flags addr addr_len' then {'fd': arg1, 'buff': arg2, 'len': arg3, 'flags': arg4, 'addr': arg5, 'addr_len': arg6}::map(varchar, bigint)
    when 'fd ubuf size flags addr addr_len' then {'fd': arg1, 'ubuf': arg2, 'size': arg3, 'flags': arg4, 'addr': arg5, 'addr_len': arg6}::map(varchar, bigint)
    when 'epfd events maxevents timeout' then {'epfd': arg1, 'events': arg2, 'maxevents': arg3, 'timeout': arg4}::map(varchar, bigint)
    when 'epfd events maxevents timeout sigmask sigsetsize' then {'epfd': arg1, 'events': arg2, 'maxevents': arg3, 'timeout': arg4, 'sigmask': arg5, 'sigsetsize': arg6}::map(varchar, bigint)
    when 'epfd op fd event' then {'epfd': arg1, 'op': arg2, 'fd': arg3, 'event': arg4}::map(varchar, bigint)
    when 'ufds nfds timeout_msecs' then {'ufds': arg1, 'nfds': arg2, 'timeout_msecs': arg3}::map(varchar, bigint)
    when 'ufds nfds tsp sigmask sigsetsize' then {'ufds': arg1, 'nfds': arg2, 'tsp': arg3, 'sigmask': arg4, 'sigsetsize': arg5}::map(varchar, bigint)
    when 'n inp outp exp tsp sig' then {'n': arg1, 'inp': arg2, 'outp': arg3, 'exp': arg4, 'tsp': arg5, 'sig': arg6}::map(varchar, bigint)
    when 'which_clock flags rqtp rmtp' then {'which_clock': arg1, 'flags': arg2, 'rqtp': arg3, 'rmtp': arg4}::map(varchar, bigint)
    when 'which_clock tp' then {'which_clock': arg1, 'tp': arg2}::map(varchar, bigint)
    when 'rqtp rmtp' then {'rqtp': arg1, 'rmtp': arg2}::map(varchar, bigint)
    when 'ufd flags utmr otmr' then {'ufd': arg1, 'flags': arg2, 'utmr': arg3, 'otmr': arg4}::map(varchar, bigint)
    when 'filename mode' then {'filename': arg1, 'mode': arg2}::map(varchar, bigint)
    when 'path buf bufsiz' then {'path': arg1, 'buf': arg2, 'bufsiz': arg3}::map(varchar, bigint)
    when 'pathname' then {'pathname': arg1}::map(varchar, bigint)
    when 'dfd filename flags mask buffer' then {'dfd': arg1, 'filename': arg2, 'flags': arg3, 'mask': arg4, 'buffer': arg5}::map(varchar, bigint)
    when 'fd dirent count' then {'fd': arg1, 'dirent': arg2, 'count': arg3}::map(varchar, bigint)
    when 'fildes' then {'fildes': arg1}::map(varchar, bigint)
    when 'fildes flags' then {'fildes': arg1, 'flags': arg2}::map(varchar, bigint)
    when 'family type protocol' then {'family': arg1, 'type': arg2, 'protocol': arg3}::map(varchar, bigint)
    when 'fd uservaddr addrlen' then {'fd': arg1, 'uservaddr': arg2, 'addrlen': arg3}::map(varchar, bigint)
    when 'fd level optname optval optlen' then {'fd': arg1, 'level': arg2, 'optname': arg3, 'optval': arg4, 'optlen': arg5}::map(varchar, bigint)
    when 'fd to_submit min_complete flags argp argsz' then {'fd': arg1, 'to_submit': arg2, 'min_complete': arg3, 'flags': arg4, 'argp': arg5, 'argsz': arg6}::map(varchar, bigint)
    when 'start len_in behavior' then {'start': arg1, 'len_in': arg2, 'behavior': arg3}::map(varchar, bigint)
    when 'ubuf len flags' then {'ubuf': arg1, 'len': arg2, 'flags': arg3}::map(varchar, bigint)
    when 'upid stat_addr options ru' then {'upid': arg1, 'stat_addr': arg2, 'options': arg3, 'ru': arg4}::map(varchar, bigint)
    when 'pid sig' then {'pid': arg1, 'sig': arg2}::map(varchar, bigint)
    when 'tv tz' then {'tv': arg1, 'tz': arg2}::map(varchar, bigint)
    when 'who ru' then {'who': arg1, 'ru': arg2}::map(varchar, bigint)
    else map(names, [arg1, arg2, arg3, arg4, arg5, arg6][1:len(names)])
  end;

-- macro: bits_text(number, names)
-- Names of the bits that are set, joined by `|`, from a list of {'bits', 'name'}; what has no name in hexadecimal, `0` when nothing is set.
-- source: the way strace writes flags, strace(1)
create or replace macro bits_text(number, names) as
  list_transform([list_reduce(names,
    lambda done, one: case when one.bits <> 0 and done.bits & one.bits = one.bits
      then {'bits': done.bits - one.bits, 'name': concat(nullif(done.name, '') || '|', one.name)} else done end,
    {'bits': number::bigint & 4294967295, 'name': ''})],
    lambda done: case when done.bits = 0 then coalesce(nullif(done.name, ''), '0')
      else concat(nullif(done.name, '') || '|', printf('0x%x', done.bits)) end)[1];

-- macro: named_bits(words, shift)
-- A list of {'bits', 'name'} for `bits_text` from names separated by blanks: each is one bit, the first the bit `shift`, `-` stands for a bit without a name.
-- source: none, a way to write tables
create or replace macro named_bits(words, shift) as
  list_filter(list_transform(string_split(words, ' '), lambda word, i: {'bits': (1::bigint << (shift + i - 1)::integer), 'name': word}),
    lambda one: one.name <> '-');

-- macro: open_flags(flags, machine)
-- Flags of open and its like as text, `O_RDONLY|O_CLOEXEC`; the machine, as `uname -m` has it, decides four of them.
-- source: include/uapi/asm-generic/fcntl.h; asm/fcntl.h of arm, arm64 and powerpc; mips numbers them otherwise
create or replace macro open_flags(flags, machine) as
  case
    when machine like 'mips%' then printf('0x%x', flags::bigint & 4294967295)
    else ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'][(flags & 3)::integer + 1] ||
      case when flags & 4294967292 = 0 then '' else '|' || bits_text(flags & 4294967292, list_concat(
        [{'bits': 1052672::bigint, 'name': 'O_SYNC'},
          {'bits': if(regexp_matches(machine, '^(arm|aarch64|ppc)'), 4210688, 4259840)::bigint, 'name': 'O_TMPFILE'}],
        named_bits(case when regexp_matches(machine, '^(arm|aarch64|ppc)')
          then 'O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC O_ASYNC O_DIRECTORY O_NOFOLLOW O_DIRECT O_LARGEFILE O_NOATIME O_CLOEXEC - O_PATH'
          else 'O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC O_ASYNC O_DIRECT O_LARGEFILE O_DIRECTORY O_NOFOLLOW O_NOATIME O_CLOEXEC - O_PATH'
        end, 6)))
      end
  end;

-- macro: at_flags(flags)
-- Flags of newfstatat, unlinkat, linkat and their like, `AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH`.
-- source: include/uapi/linux/fcntl.h
create or replace macro at_flags(flags) as
  bits_text(flags, named_bits('AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH AT_STATX_FORCE_SYNC AT_STATX_DONT_SYNC AT_RECURSIVE', 8));

-- macro: access_mode(mode)
-- What access and its like ask for, `F_OK` or `R_OK|X_OK`.
-- source: access(2)
create or replace macro access_mode(mode) as
  case when mode = 0 then 'F_OK' else bits_text(mode, named_bits('X_OK W_OK R_OK', 0)) end;

-- macro: mmap_prot(prot)
-- Protection of mapped memory, `PROT_READ|PROT_WRITE`.
-- source: include/uapi/asm-generic/mman-common.h
create or replace macro mmap_prot(prot) as
  case when prot = 0 then 'PROT_NONE' else bits_text(prot, named_bits('PROT_READ PROT_WRITE PROT_EXEC PROT_SEM', 0)) end;

-- macro: mmap_flags(flags)
-- Flags of mmap, `MAP_PRIVATE|MAP_ANONYMOUS`.
-- source: include/uapi/asm-generic/mman-common.h and mman.h; mips, powerpc and alpha number some of them otherwise
create or replace macro mmap_flags(flags) as
  bits_text(flags, list_concat([{'bits': 3::bigint, 'name': 'MAP_SHARED_VALIDATE'}], named_bits('MAP_SHARED MAP_PRIVATE - - MAP_FIXED MAP_ANONYMOUS '
    || 'MAP_32BIT - MAP_GROWSDOWN - - MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC MAP_FIXED_NOREPLACE', 0)));

-- macro: clone_flags(flags)
-- Flags of clone, and the signal sent when the child ends: `CLONE_VM|CLONE_VFORK|SIGCHLD`.
-- source: include/uapi/linux/sched.h
create or replace macro clone_flags(flags) as
  coalesce(nullif(concat_ws('|',
    nullif(bits_text(flags & 4294967040, named_bits('CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK CLONE_PARENT CLONE_THREAD '
      || 'CLONE_NEWNS CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID CLONE_DETACHED CLONE_UNTRACED CLONE_CHILD_SETTID '
      || 'CLONE_NEWCGROUP CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET CLONE_IO', 8)), '0'),
    signal_name(flags & 255)), ''), '0');

-- macro: message_flags(flags)
-- Flags of send, recv and their like, `MSG_DONTWAIT|MSG_NOSIGNAL`.
-- source: include/linux/socket.h
create or replace macro message_flags(flags) as
  bits_text(flags, named_bits('MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_PROBE MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_FIN MSG_SYN MSG_CONFIRM '
    || 'MSG_RST MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE - - - - - - - - - MSG_ZEROCOPY - - MSG_FASTOPEN MSG_CMSG_CLOEXEC', 0));

-- macro: mount_flags(flags)
-- Flags of mount, `MS_RDONLY|MS_BIND`; the magic number that old programs put in the upper half is taken off.
-- source: include/uapi/linux/mount.h
create or replace macro mount_flags(flags) as
  bits_text(case when flags & 4294901760 = 3236757504 then flags & 65535 else flags end,
    named_bits('MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS MS_REMOUNT MS_MANDLOCK MS_DIRSYNC MS_NOSYMFOLLOW - MS_NOATIME MS_NODIRATIME MS_BIND MS_MOVE '
    || 'MS_REC MS_SILENT MS_POSIXACL MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED MS_RELATIME MS_KERNMOUNT MS_I_VERSION MS_STRICTATIME MS_LAZYTIME', 0));

-- macro: fcntl_command(number)
-- Command of fcntl, `F_DUPFD_CLOEXEC` for 1030; NULL where it has no name here.
-- source: include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h
create or replace macro fcntl_command(number) as
  coalesce(['F_DUPFD', 'F_GETFD', 'F_SETFD', 'F_GETFL', 'F_SETFL', 'F_GETLK', 'F_SETLK', 'F_SETLKW', 'F_SETOWN', 'F_GETOWN', 'F_SETSIG', 'F_GETSIG'][case when number between 0 and 11 then number::integer + 1 end],
    ['F_SETLEASE', 'F_GETLEASE', 'F_NOTIFY', 'F_DUPFD_QUERY', 'F_CREATED_QUERY', 'F_CANCELLK', 'F_DUPFD_CLOEXEC', 'F_SETPIPE_SZ', 'F_GETPIPE_SZ', 'F_ADD_SEALS', 'F_GET_SEALS'][case when number between 1024 and 1034 then (number - 1023)::integer end]);

-- macro: ptrace_request(number)
-- Request of ptrace, `PTRACE_ATTACH` for 16; NULL where it has no name here.
-- source: include/uapi/linux/ptrace.h; those of registers (12 to 19 but 16 and 17) as on x86
create or replace macro ptrace_request(number) as
  'PTRACE_' || coalesce(['TRACEME', 'PEEKTEXT', 'PEEKDATA', 'PEEKUSER', 'POKETEXT', 'POKEDATA', 'POKEUSER', 'CONT', 'KILL', 'SINGLESTEP',
      null, null, 'GETREGS', 'SETREGS', 'GETFPREGS', 'SETFPREGS', 'ATTACH', 'DETACH', 'GETFPXREGS', 'SETFPXREGS', null, null, null, null, 'SYSCALL'
    ][case when number between 0 and 24 then number::integer + 1 end],
    ['SETOPTIONS', 'GETEVENTMSG', 'GETSIGINFO', 'SETSIGINFO', 'GETREGSET', 'SETREGSET', 'SEIZE', 'INTERRUPT', 'LISTEN', 'PEEKSIGINFO',
      'GETSIGMASK', 'SETSIGMASK', 'SECCOMP_GET_FILTER', 'SECCOMP_GET_METADATA', 'GET_SYSCALL_INFO', 'GET_RSEQ_CONFIGURATION',
      'SET_SYSCALL_USER_DISPATCH_CONFIG', 'GET_SYSCALL_USER_DISPATCH_CONFIG', 'SET_SYSCALL_INFO'][case when number between 16896 and 16914 then (number - 16895)::integer end]);

-- macro: bpf_command(number)
-- Command of bpf, `BPF_PROG_LOAD` for 5; NULL where it has no name here.
-- source: include/uapi/linux/bpf.h (enum bpf_cmd)
create or replace macro bpf_command(number) as
  'BPF_' || ['MAP_CREATE', 'MAP_LOOKUP_ELEM', 'MAP_UPDATE_ELEM', 'MAP_DELETE_ELEM', 'MAP_GET_NEXT_KEY', 'PROG_LOAD', 'OBJ_PIN', 'OBJ_GET',
    'PROG_ATTACH', 'PROG_DETACH', 'PROG_TEST_RUN', 'PROG_GET_NEXT_ID', 'MAP_GET_NEXT_ID', 'PROG_GET_FD_BY_ID', 'MAP_GET_FD_BY_ID',
    'OBJ_GET_INFO_BY_FD', 'PROG_QUERY', 'RAW_TRACEPOINT_OPEN', 'BTF_LOAD', 'BTF_GET_FD_BY_ID', 'TASK_FD_QUERY', 'MAP_LOOKUP_AND_DELETE_ELEM',
    'MAP_FREEZE', 'BTF_GET_NEXT_ID', 'MAP_LOOKUP_BATCH', 'MAP_LOOKUP_AND_DELETE_BATCH', 'MAP_UPDATE_BATCH', 'MAP_DELETE_BATCH', 'LINK_CREATE',
    'LINK_UPDATE', 'LINK_GET_FD_BY_ID', 'LINK_GET_NEXT_ID', 'ENABLE_STATS', 'ITER_CREATE', 'LINK_DETACH', 'PROG_BIND_MAP', 'TOKEN_CREATE',
    'PROG_STREAM_READ_BY_FD', 'PROG_ASSOC_STRUCT_OPS'][case when number between 0 and 38 then number::integer + 1 end];

-- macro: call_argument(kind, number, machine)
-- An argument of a system call as text, by its kind in call_parameters; NULL where it is none.
-- source: call_parameters
create or replace macro call_argument(kind, number, machine) as
  case
    when kind in ('number', 'fd') then number::varchar
    when kind = 'dirfd' then case when as_int(number) = -100 then 'AT_FDCWD' else number::varchar end
    when kind in ('pointer', 'path') then case when number = 0 then 'NULL' else printf('0x%x', number::bigint) end
    when kind = 'hex' then case when number = 0 then '0' else printf('0x%x', number::bigint) end
    when kind = 'mode' then case when number = 0 then '0' else printf('0%o', number::bigint & 4294967295) end
    when kind = 'signal' then coalesce(signal_name(number), number::varchar)
    when kind = 'open_flags' then open_flags(number, machine)
    when kind = 'new_flags' then case when number = 0 then '0' else ltrim(regexp_replace(open_flags(number, machine), '^O_RDONLY', ''), '|') end
    when kind = 'at_flags' then at_flags(number)
    when kind = 'access' then access_mode(number)
    when kind = 'prot' then mmap_prot(number)
    when kind = 'mmap_flags' then mmap_flags(number)
    when kind = 'clone_flags' then clone_flags(number)
    when kind = 'mount_flags' then mount_flags(number)
    when kind = 'message_flags' then message_flags(number)
    when kind = 'family' then address_family(as_int(number))
    when kind = 'socket_type' then concat_ws('|', socket_type(as_int(number)), if(number & 524288 <> 0, 'SOCK_CLOEXEC', null), if(number & 2048 <> 0, 'SOCK_NONBLOCK', null))
    when kind = 'socket_flags' then coalesce(nullif(concat_ws('|', if(number & 524288 <> 0, 'SOCK_CLOEXEC', null), if(number & 2048 <> 0, 'SOCK_NONBLOCK', null)), ''), '0')
    when kind = 'socket_level' then coalesce(socket_level(as_int(number)), number::varchar)
    when kind = 'fcntl' then coalesce(fcntl_command(number), number::varchar)
    when kind = 'ptrace' then coalesce(ptrace_request(number), number::varchar)
    when kind = 'bpf' then coalesce(bpf_command(number), number::varchar)
    when kind = 'whence' then coalesce(['SEEK_SET', 'SEEK_CUR', 'SEEK_END', 'SEEK_DATA', 'SEEK_HOLE'][case when number between 0 and 4 then number::integer + 1 end], number::varchar)
  end;

-- macro: argument_text(kind, number, path, machine)
-- As `call_argument`, with the path itself in quotes for one that is a path, `<unknown>` where it is NULL.
-- source: call_parameters
create or replace macro argument_text(kind, number, path, machine) as
  case
    when kind <> 'path' then call_argument(kind, number, machine)
    when number = 0 then 'NULL'
    when kind = 'path' then coalesce('"' || replace(path, '"', '\"') || '"', '<unknown>')
  end;
