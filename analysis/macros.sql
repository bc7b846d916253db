-- Macros over any recording: SQL functions that turn the kernel's numbers into what people read.
-- Each block begins with `-- macro: NAME(arguments)`, one sentence, and the source of the rule.

-- macro: wall(ts)
-- Wall-clock time of a time stamp in ns as TIMESTAMP_NS (UTC); NULL where the recording has no wall-clock mapping.
-- source: option DATE of the file (trace-cmd.dat(5)); of several files the first one that has it
create or replace macro wall(ts) as
  make_timestamp_ns(ts + (select arg_min(wall_offset_ns, source) from meta.sources where wall_offset_ns is not null));

-- macro: report_time(ts)
-- A time stamp in ns as reports print it: time of day UTC, `22:44:36.123456`, where the recording has a wall clock, else seconds since its first event, `0.012345`.
-- source: as wall; first events of meta.sources
create or replace macro report_time(ts) as
  coalesce(strftime(wall(ts)::timestamp, '%H:%M:%S.%f'),
    ((ts - (select min(first_ts) from meta.sources)) / 1e9)::decimal(18, 6)::varchar);

-- macro: process_of(tid, source)
-- Process id of a thread of a buffer; the thread id itself where the recording does not say of which process it is.
-- source: meta.tasks
create or replace macro process_of(thread_id, source_number) as
  coalesce((select max(task_tgid) from (select source as task_source, pid as task_pid, tgid as task_tgid from meta.tasks)
    where task_source = source_number and task_pid = thread_id), thread_id);

-- macro: dev_name(dev)
-- Device number of a kernel event as `major:minor`, e.g. 8388608 is `8:0`.
-- source: include/linux/kdev_t.h (MINORBITS is 20)
create or replace macro dev_name(dev) as
  (dev >> 20)::varchar || ':' || (dev & 1048575)::varchar;

-- macro: bucket_low(value)
-- First number of an integer's bucket in a histogram of powers of two as UBIGINT: 0 (for 0 and 1), 2, 4, 8 …; NULL below 0.
-- source: the log2 histograms of bcc
create or replace macro bucket_low(value) as
  case when value < 2 then case when value >= 0 then 0::ubigint end
    else (1::ubigint << (length(bin(try_cast(value as ubigint))) - 1))::ubigint end;

-- macro: bucket_high(value)
-- Last number of an integer's bucket as UBIGINT: 1 (for 0 and 1), 3, 7, 15 …; NULL below 0.
-- source: the log2 histograms of bcc
create or replace macro bucket_high(value) as
  case when value < 2 then case when value >= 0 then 1::ubigint end
    else (((1::ubigint << (length(bin(try_cast(value as ubigint))) - 1)) - 1) * 2 + 1)::ubigint end;

-- macro: errno_name(ret)
-- Name of the error a system call returned, e.g. -2 is `ENOENT`; NULL where it is no error (-4095 … -1) or has no name.
-- source: include/uapi/asm-generic/errno-base.h, errno.h; include/linux/errno.h for those a tracer sees (512 …)
create or replace macro errno_name(ret) as
  map {
    1: 'EPERM', 2: 'ENOENT', 3: 'ESRCH', 4: 'EINTR', 5: 'EIO', 6: 'ENXIO', 7: 'E2BIG', 8: 'ENOEXEC',
    9: 'EBADF', 10: 'ECHILD', 11: 'EAGAIN', 12: 'ENOMEM', 13: 'EACCES', 14: 'EFAULT', 15: 'ENOTBLK',
    16: 'EBUSY', 17: 'EEXIST', 18: 'EXDEV', 19: 'ENODEV', 20: 'ENOTDIR', 21: 'EISDIR', 22: 'EINVAL',
    23: 'ENFILE', 24: 'EMFILE', 25: 'ENOTTY', 26: 'ETXTBSY', 27: 'EFBIG', 28: 'ENOSPC', 29: 'ESPIPE',
    30: 'EROFS', 31: 'EMLINK', 32: 'EPIPE', 33: 'EDOM', 34: 'ERANGE', 35: 'EDEADLK', 36: 'ENAMETOOLONG',
    37: 'ENOLCK', 38: 'ENOSYS', 39: 'ENOTEMPTY', 40: 'ELOOP', 42: 'ENOMSG', 43: 'EIDRM', 44: 'ECHRNG',
    45: 'EL2NSYNC', 46: 'EL3HLT', 47: 'EL3RST', 48: 'ELNRNG', 49: 'EUNATCH', 50: 'ENOCSI', 51: 'EL2HLT',
    52: 'EBADE', 53: 'EBADR', 54: 'EXFULL', 55: 'ENOANO', 56: 'EBADRQC', 57: 'EBADSLT', 59: 'EBFONT',
    60: 'ENOSTR', 61: 'ENODATA', 62: 'ETIME', 63: 'ENOSR', 64: 'ENONET', 65: 'ENOPKG', 66: 'EREMOTE',
    67: 'ENOLINK', 68: 'EADV', 69: 'ESRMNT', 70: 'ECOMM', 71: 'EPROTO', 72: 'EMULTIHOP', 73: 'EDOTDOT',
    74: 'EBADMSG', 75: 'EOVERFLOW', 76: 'ENOTUNIQ', 77: 'EBADFD', 78: 'EREMCHG', 79: 'ELIBACC',
    80: 'ELIBBAD', 81: 'ELIBSCN', 82: 'ELIBMAX', 83: 'ELIBEXEC', 84: 'EILSEQ', 85: 'ERESTART',
    86: 'ESTRPIPE', 87: 'EUSERS', 88: 'ENOTSOCK', 89: 'EDESTADDRREQ', 90: 'EMSGSIZE', 91: 'EPROTOTYPE',
    92: 'ENOPROTOOPT', 93: 'EPROTONOSUPPORT', 94: 'ESOCKTNOSUPPORT', 95: 'EOPNOTSUPP', 96: 'EPFNOSUPPORT',
    97: 'EAFNOSUPPORT', 98: 'EADDRINUSE', 99: 'EADDRNOTAVAIL', 100: 'ENETDOWN', 101: 'ENETUNREACH',
    102: 'ENETRESET', 103: 'ECONNABORTED', 104: 'ECONNRESET', 105: 'ENOBUFS', 106: 'EISCONN',
    107: 'ENOTCONN', 108: 'ESHUTDOWN', 109: 'ETOOMANYREFS', 110: 'ETIMEDOUT', 111: 'ECONNREFUSED',
    112: 'EHOSTDOWN', 113: 'EHOSTUNREACH', 114: 'EALREADY', 115: 'EINPROGRESS', 116: 'ESTALE',
    117: 'EUCLEAN', 118: 'ENOTNAM', 119: 'ENAVAIL', 120: 'EISNAM', 121: 'EREMOTEIO', 122: 'EDQUOT',
    123: 'ENOMEDIUM', 124: 'EMEDIUMTYPE', 125: 'ECANCELED', 126: 'ENOKEY', 127: 'EKEYEXPIRED',
    128: 'EKEYREVOKED', 129: 'EKEYREJECTED', 130: 'EOWNERDEAD', 131: 'ENOTRECOVERABLE', 132: 'ERFKILL',
    133: 'EHWPOISON', 512: 'ERESTARTSYS', 513: 'ERESTARTNOINTR', 514: 'ERESTARTNOHAND',
    515: 'ENOIOCTLCMD', 516: 'ERESTART_RESTARTBLOCK'
  }[case when ret between -4095 and -1 then (-ret)::integer end];

-- macro: signal_name(sig)
-- Name of a signal number, `SIGTERM` for 15; real-time signals as `SIGRTMIN+1`; NULL where there is none.
-- source: include/uapi/asm-generic/signal.h, the numbers of x86, arm, powerpc, s390 and riscv; glibc's SIGRTMIN is 34
create or replace macro signal_name(sig) as
  case
    when sig between 1 and 31 then 'SIG' || ['HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV',
      'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ',
      'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'][sig::integer]
    when sig = 34 then 'SIGRTMIN'
    when sig between 32 and 64 then 'SIGRTMIN' || printf('%+d', (sig - 34)::integer)
  end;

-- macro: signal_action(sig)
-- What a signal does to a process that has no handler for it: `terminate`, `core`, `stop` or `ignore`; NULL for no signal.
-- source: signal(7); include/linux/signal.h (SIG_KERNEL_COREDUMP_MASK and its like)
create or replace macro signal_action(sig) as
  case
    when sig in (3, 4, 5, 6, 7, 8, 11, 24, 25, 31) then 'core'
    when sig in (19, 20, 21, 22) then 'stop'
    when sig in (17, 18, 23, 28) then 'ignore'
    when sig between 1 and 64 then 'terminate'
  end;

-- macro: ip_text(address)
-- An internet address of 4 or 16 bytes as text, `127.0.0.1` or `::1`; IPv4 inside IPv6 as IPv4; NULL for other lengths.
-- source: RFC 4291 (IPv6), RFC 5952 (shortest text); struct in_addr and in6_addr are in network byte order
create or replace macro ip_text(address) as
  case
    when octet_length(address) = 4 or octet_length(address) = 16 and starts_with(hex(address), '00000000000000000000FFFF') then
      ('0x' || hex(address)[-8:-7])::utinyint || '.' || ('0x' || hex(address)[-6:-5])::utinyint || '.' ||
      ('0x' || hex(address)[-4:-3])::utinyint || '.' || ('0x' || hex(address)[-2:])::utinyint
    when octet_length(address) = 16 then ip6_shortest(format('{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}',
      ('0x' || hex(address)[1:4])::usmallint, ('0x' || hex(address)[5:8])::usmallint,
      ('0x' || hex(address)[9:12])::usmallint, ('0x' || hex(address)[13:16])::usmallint,
      ('0x' || hex(address)[17:20])::usmallint, ('0x' || hex(address)[21:24])::usmallint,
      ('0x' || hex(address)[25:28])::usmallint, ('0x' || hex(address)[29:32])::usmallint))
  end;

-- macro: ip6_shortest(text)
-- Eight groups of an IPv6 address with the first of their longest runs of zeros as `::`.
-- source: RFC 5952, section 4.2
create or replace macro ip6_shortest(text) as
  case
    when text = '0:0:0:0:0:0:0:0' then '::'
    when regexp_matches(text, '(^|:)0(:0){6}(:|$)') then regexp_replace(text, '(^|:)0(:0){6}(:|$)', '::')
    when regexp_matches(text, '(^|:)0(:0){5}(:|$)') then regexp_replace(text, '(^|:)0(:0){5}(:|$)', '::')
    when regexp_matches(text, '(^|:)0(:0){4}(:|$)') then regexp_replace(text, '(^|:)0(:0){4}(:|$)', '::')
    when regexp_matches(text, '(^|:)0(:0){3}(:|$)') then regexp_replace(text, '(^|:)0(:0){3}(:|$)', '::')
    when regexp_matches(text, '(^|:)0(:0){2}(:|$)') then regexp_replace(text, '(^|:)0(:0){2}(:|$)', '::')
    when regexp_matches(text, '(^|:)0:0(:|$)') then regexp_replace(text, '(^|:)0:0(:|$)', '::')
    else text
  end;

-- macro: sockaddr_text(address)
-- A struct sockaddr as text: `127.0.0.1:80`, `[::1]:80`, a path or `@name` for AF_UNIX, else `family 16`; NULL where it is cut short.
-- source: include/uapi/linux/in.h, in6.h, un.h; the family is in the recording machine's byte order, the port in network byte order
create or replace macro sockaddr_text(address) as
  case
    when octet_length(address) >= 8 and hex(address[1:2]) in ('0200', '0002') then
      ip_text(address[5:8]) || ':' || ('0x' || hex(address[3:4]))::usmallint
    when octet_length(address) >= 24 and hex(address[1:2]) in ('0A00', '000A') then
      case when starts_with(hex(address[9:24]), '00000000000000000000FFFF') then ip_text(address[9:24])
        else '[' || ip_text(address[9:24]) || ']' end || ':' || ('0x' || hex(address[3:4]))::usmallint
    when octet_length(address) >= 3 and hex(address[1:2]) in ('0100', '0001') then
      case when hex(address[3:3]) = '00' then '@' || try(decode(unhex(regexp_extract(hex(address[4:]), '^(?:..)*?(?:(?:00)+$|$)'))))
        else try(decode(unhex(regexp_extract(hex(address[3:]), '^((?:..)*?)(?:00|$)', 1)))) end
    when octet_length(address) >= 2 and hex(address[1:2]) not in ('0000', '0200', '0002', '0A00', '000A', '0100', '0001') then
      'family ' || case when hex(address[1:1]) = '00' then ('0x' || hex(address[2:2]))::utinyint else ('0x' || hex(address[1:1]))::utinyint end
  end;

-- macro: flags_text(system_name, event_name, field_name, number)
-- Names of a field's value in the event's own print format, flags joined as the kernel does; what has no name in hexadecimal; NULL where the format has no names.
-- source: kernel/trace/trace_output.c (trace_print_flags_seq, trace_print_symbols_seq); of several files the first that names it
create or replace macro flags_text(system_name, event_name, field_name, number) as (
  select case
      when kind = 'symbolic' then coalesce(
        list_filter(entries, lambda entry: entry.value = bits)[1].name,
        printf('0x%x', (number::hugeint & 18446744073709551615)::ubigint))
      when kind = 'flags' then list_transform([list_reduce(entries,
          lambda done, entry: case when done.value <> 0 and done.value & entry.value = entry.value
            then {'value': done.value - entry.value, 'name': concat(nullif(done.name, '') || delimiter, entry.name)} else done end,
          {'value': bits, 'name': ''})],
        lambda done: case when done.value = 0 then done.name
          else concat(nullif(done.name, '') || delimiter, printf('0x%x', done.value::ubigint)) end)[1]
    end
  from (
    select *, ((number::hugeint & 18446744073709551615) >> shift) & mask as bits from (
      select list({'value': value::hugeint, 'name': name} order by source, position) as entries, any_value(kind) as kind,
        any_value(delimiter) as delimiter, any_value(shift)::hugeint as shift, any_value(mask)::hugeint as mask
      from meta.print_values where system = system_name and event = event_name and field = field_name
    )
  ));

-- macro: tcp_state(number)
-- Name of a TCP state, 1 is `ESTABLISHED`; NULL for other numbers.
-- source: include/net/tcp_states.h
create or replace macro tcp_state(number) as
  ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN',
    'CLOSING', 'NEW_SYN_RECV', 'BOUND_INACTIVE'][case when number between 1 and 13 then number end];

-- macro: as_int(value)
-- An argument of C type int as INTEGER, also where the whole register was recorded: -100 for 4294967196.
-- source: kernel/trace/trace_syscalls.c (raw_syscalls keeps registers)
create or replace macro as_int(value) as
  (xor(value & 4294967295, 2147483648) - 2147483648)::integer;

-- macro: normal_path(path)
-- An absolute path without empty, `.` and `..` parts, taken out of the text: symbolic links are not followed; others as they are.
-- source: path_resolution(7)
create or replace macro normal_path(path) as
  case when not starts_with(path, '/') or not regexp_matches(path, '//|/\.|./$') then path
    else coalesce(nullif(list_reduce(string_split(path, '/'), lambda a, b: case
      when b in ('', '.') then a
      when b = '..' then regexp_replace(a, '/[^/]*$', '')
      else a || '/' || b
    end), ''), '/')
  end;

-- macro: sym_in(address, source)
-- Kernel address as function and offset, `vfs_read+0x1f`, by the symbols of the file that a buffer is of; hexadecimal where no symbol is within 1 MiB below.
-- source: nearest symbol not above the address, as the kernel's %pS does (lib/vsprintf.c); symbols as recorded
create or replace macro sym_in(kernel_address, source_number) as
  coalesce((
    select arg_max(p.name || case when kernel_address > p.address then printf('+0x%x', kernel_address - p.address) else '' end, p.address)
    from symbol_pages p
    where p.page = (kernel_address >> 12)::bigint and p.address <= kernel_address and kernel_address < p.end_address
      and p.source = (select min(b.source) from meta.sources a join meta.sources b using (file) where a.source = source_number)
  ), printf('0x%x', kernel_address));

-- macro: sym(address)
-- As `sym_in`, by the symbols of the first file that has some.
-- source: as sym_in
create or replace macro sym(kernel_address) as
  sym_in(kernel_address, (select min(source) from meta.symbols));

-- macro: sym_name(address)
-- Kernel address as function without the offset, `vfs_read`; otherwise as `sym`.
-- source: as sym_in
create or replace macro sym_name(kernel_address) as
  split_part(sym(kernel_address), '+0x', 1);

-- macro: stack_frames(stack, source)
-- Kernel stack as a list of functions with offsets as of `sym_in`, innermost first, without the frames of the tracing itself. Group by the stack before: each row costs a look-up.
-- source: kernel/trace/trace.c (__ftrace_trace_stack); 2147483647 stands for a trampoline (FTRACE_TRAMPOLINE_MARKER, kernel/trace/trace_output.c)
create or replace macro stack_frames(stack, source_number) as (
  select list(name order by i)
  from (
    select *, bool_or(not regexp_matches(name, '^(trace_event_raw_event_|__traceiter_|trace_event_buffer_|perf_trace_|ftrace_syscall_(enter|exit)|ftrace_trampoline|ftrace_(regs_)?call)'))
      over (order by i rows unbounded preceding) as is_own
    from (select i, sym_in(frame, source_number) as name
      from (select unnest(stack) as frame, generate_subscripts(stack, 1) as i) where frame not in (0, 2147483647)))
  where is_own);

-- macro: address_family(number)
-- Name of a socket's address family, 1 is `AF_UNIX`, others `AF_` and the number; NULL for NULL.
-- source: include/linux/socket.h
create or replace macro address_family(number) as
  'AF_' || coalesce(map {
    0: 'UNSPEC', 1: 'UNIX', 2: 'INET', 3: 'AX25', 4: 'IPX', 5: 'APPLETALK', 9: 'X25', 10: 'INET6', 15: 'KEY', 16:
    'NETLINK', 17: 'PACKET', 21: 'RDS', 24: 'PPPOX', 26: 'LLC', 27: 'IB', 28: 'MPLS', 29: 'CAN', 30: 'TIPC', 31:
    'BLUETOOTH', 32: 'IUCV', 33: 'RXRPC', 35: 'PHONET', 36: 'IEEE802154', 37: 'CAIF', 38: 'ALG', 39: 'NFC', 40:
    'VSOCK', 41: 'KCM', 42: 'QIPCRTR', 43: 'SMC', 44: 'XDP', 45: 'MCTP'
  }[number], number::varchar);

-- macro: socket_type(number)
-- Name of a socket's type without its flags, 1 is `SOCK_STREAM`, others the number; NULL for NULL.
-- source: include/linux/net.h
create or replace macro socket_type(number) as
  coalesce('SOCK_' || map {1: 'STREAM', 2: 'DGRAM', 3: 'RAW', 4: 'RDM', 5: 'SEQPACKET', 6: 'DCCP', 10: 'PACKET'}[number & 15],
    (number & 15)::varchar);

-- macro: socket_level(number)
-- Name of a level of socket options, 1 is `SOL_SOCKET`, 6 `SOL_TCP`; NULL for others.
-- source: include/linux/socket.h
create or replace macro socket_level(number) as
  'SOL_' || map {
    0: 'IP', 1: 'SOCKET', 6: 'TCP', 17: 'UDP', 41: 'IPV6', 58: 'ICMPV6', 132: 'SCTP', 136: 'UDPLITE', 255: 'RAW', 263:
    'PACKET', 270: 'NETLINK', 271: 'TIPC', 272: 'RXRPC', 274: 'BLUETOOTH', 279: 'ALG', 281: 'KCM', 282: 'TLS', 283:
    'XDP', 284: 'MPTCP', 286: 'SMC', 287: 'VSOCK'
  }[number];

-- macro: socket_option(level, option)
-- Name of a socket option of a level, `SO_SNDBUF` for 1 and 7, `TCP_NODELAY` for 6 and 1; NULL for others.
-- source: include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h, in.h, in6.h, udp.h, netlink.h, if_packet.h
create or replace macro socket_option(level, option) as
  case level
    when 1 then 'SO_' || map {
      1: 'DEBUG', 2: 'REUSEADDR', 3: 'TYPE', 4: 'ERROR', 5: 'DONTROUTE', 6: 'BROADCAST', 7: 'SNDBUF', 8: 'RCVBUF', 9:
      'KEEPALIVE', 10: 'OOBINLINE', 11: 'NO_CHECK', 12: 'PRIORITY', 13: 'LINGER', 14: 'BSDCOMPAT', 15: 'REUSEPORT',
      16: 'PASSCRED', 17: 'PEERCRED', 18: 'RCVLOWAT', 19: 'SNDLOWAT', 20: 'RCVTIMEO', 21: 'SNDTIMEO', 25:
      'BINDTODEVICE', 26: 'ATTACH_FILTER', 27: 'DETACH_FILTER', 28: 'PEERNAME', 29: 'TIMESTAMP', 30: 'ACCEPTCONN', 31:
      'PEERSEC', 32: 'SNDBUFFORCE', 33: 'RCVBUFFORCE', 34: 'PASSSEC', 35: 'TIMESTAMPNS', 36: 'MARK', 37:
      'TIMESTAMPING', 38: 'PROTOCOL', 39: 'DOMAIN', 40: 'RXQ_OVFL', 41: 'WIFI_STATUS', 42: 'PEEK_OFF', 43: 'NOFCS',
      44: 'LOCK_FILTER', 45: 'SELECT_ERR_QUEUE', 46: 'BUSY_POLL', 47: 'MAX_PACING_RATE', 48: 'BPF_EXTENSIONS', 49:
      'INCOMING_CPU', 50: 'ATTACH_BPF', 51: 'ATTACH_REUSEPORT_CBPF', 52: 'ATTACH_REUSEPORT_EBPF', 53: 'CNX_ADVICE',
      55: 'MEMINFO', 56: 'INCOMING_NAPI_ID', 57: 'COOKIE', 59: 'PEERGROUPS', 60: 'ZEROCOPY', 61: 'TXTIME', 62:
      'BINDTOIFINDEX', 63: 'TIMESTAMP_NEW', 64: 'TIMESTAMPNS_NEW', 65: 'TIMESTAMPING_NEW', 66: 'RCVTIMEO_NEW', 67:
      'SNDTIMEO_NEW', 68: 'DETACH_REUSEPORT_BPF', 69: 'PREFER_BUSY_POLL', 70: 'BUSY_POLL_BUDGET', 71: 'NETNS_COOKIE',
      72: 'BUF_LOCK', 73: 'RESERVE_MEM', 74: 'TXREHASH', 75: 'RCVMARK', 76: 'PASSPIDFD', 77: 'PEERPIDFD'
    }[option]
    when 6 then 'TCP_' || map {
      1: 'NODELAY', 2: 'MAXSEG', 3: 'CORK', 4: 'KEEPIDLE', 5: 'KEEPINTVL', 6: 'KEEPCNT', 7: 'SYNCNT', 8: 'LINGER2', 9:
      'DEFER_ACCEPT', 10: 'WINDOW_CLAMP', 11: 'INFO', 12: 'QUICKACK', 13: 'CONGESTION', 14: 'MD5SIG', 16:
      'THIN_LINEAR_TIMEOUTS', 17: 'THIN_DUPACK', 18: 'USER_TIMEOUT', 19: 'REPAIR', 20: 'REPAIR_QUEUE', 21:
      'QUEUE_SEQ', 22: 'REPAIR_OPTIONS', 23: 'FASTOPEN', 24: 'TIMESTAMP', 25: 'NOTSENT_LOWAT', 26: 'CC_INFO', 27:
      'SAVE_SYN', 28: 'SAVED_SYN', 29: 'REPAIR_WINDOW', 30: 'FASTOPEN_CONNECT', 31: 'ULP', 32: 'MD5SIG_EXT', 33:
      'FASTOPEN_KEY', 34: 'FASTOPEN_NO_COOKIE', 35: 'ZEROCOPY_RECEIVE', 36: 'INQ', 37: 'TX_DELAY'
    }[option]
    when 0 then 'IP_' || map {
      1: 'TOS', 2: 'TTL', 3: 'HDRINCL', 4: 'OPTIONS', 5: 'ROUTER_ALERT', 6: 'RECVOPTS', 7: 'RETOPTS', 8: 'PKTINFO', 9:
      'PKTOPTIONS', 10: 'MTU_DISCOVER', 11: 'RECVERR', 12: 'RECVTTL', 13: 'RECVTOS', 14: 'MTU', 15: 'FREEBIND', 16:
      'IPSEC_POLICY', 17: 'XFRM_POLICY', 18: 'PASSSEC', 19: 'TRANSPARENT', 20: 'RECVORIGDSTADDR', 21: 'MINTTL', 22:
      'NODEFRAG', 23: 'CHECKSUM', 24: 'BIND_ADDRESS_NO_PORT', 25: 'RECVFRAGSIZE', 26: 'RECVERR_RFC4884', 32:
      'MULTICAST_IF', 33: 'MULTICAST_TTL', 34: 'MULTICAST_LOOP', 35: 'ADD_MEMBERSHIP', 36: 'DROP_MEMBERSHIP', 41:
      'MSFILTER', 49: 'MULTICAST_ALL', 50: 'UNICAST_IF', 51: 'LOCAL_PORT_RANGE'
    }[option]
    when 41 then 'IPV6_' || map {
      1: 'ADDRFORM', 2: '2292PKTINFO', 7: 'CHECKSUM', 8: '2292HOPLIMIT', 16: 'UNICAST_HOPS', 17: 'MULTICAST_IF', 18:
      'MULTICAST_HOPS', 19: 'MULTICAST_LOOP', 20: 'ADD_MEMBERSHIP', 21: 'DROP_MEMBERSHIP', 22: 'ROUTER_ALERT', 23:
      'MTU_DISCOVER', 24: 'MTU', 25: 'RECVERR', 26: 'V6ONLY', 29: 'MULTICAST_ALL', 31: 'RECVERR_RFC4884', 49:
      'RECVPKTINFO', 50: 'PKTINFO', 51: 'RECVHOPLIMIT', 52: 'HOPLIMIT', 60: 'RECVPATHMTU', 62: 'DONTFRAG', 66:
      'RECVTCLASS', 67: 'TCLASS', 70: 'AUTOFLOWLABEL', 72: 'ADDR_PREFERENCES', 73: 'MINHOPCOUNT', 75: 'TRANSPARENT',
      76: 'UNICAST_IF', 78: 'FREEBIND'
    }[option]
    when 17 then 'UDP_' || map {
      1: 'CORK', 100: 'ENCAP', 101: 'NO_CHECK6_TX', 102: 'NO_CHECK6_RX', 103: 'SEGMENT', 104: 'GRO'
    }[option]
    when 270 then 'NETLINK_' || map {
      1: 'ADD_MEMBERSHIP', 2: 'DROP_MEMBERSHIP', 3: 'PKTINFO', 4: 'BROADCAST_ERROR', 5: 'NO_ENOBUFS', 8:
      'LISTEN_ALL_NSID', 9: 'LIST_MEMBERSHIPS', 10: 'CAP_ACK', 11: 'EXT_ACK', 12: 'GET_STRICT_CHK'
    }[option]
    when 263 then 'PACKET_' || map {
      1: 'ADD_MEMBERSHIP', 2: 'DROP_MEMBERSHIP', 3: 'RECV_OUTPUT', 5: 'RX_RING', 6: 'STATISTICS', 7: 'COPY_THRESH', 8:
      'AUXDATA', 9: 'ORIGDEV', 10: 'VERSION', 11: 'HDRLEN', 12: 'RESERVE', 13: 'TX_RING', 14: 'LOSS', 15: 'VNET_HDR',
      17: 'TIMESTAMP', 18: 'FANOUT', 20: 'QDISC_BYPASS', 23: 'IGNORE_OUTGOING'
    }[option]
  end;

-- macro: user_sym(address, tgid, source, ts)
-- Address of a process by what was mapped at that time: file and function, `libc.so.6:malloc+0x27`, where the file is at hand (user_symbols; a `?` at the end where it is not certain that it is the same file), else file and offset in it, `libc.so.6+0x1c67`; `<unknown>` for the kernel's own page for return probes; hexadecimal where nothing is known to be mapped. Without the offset in files of trace-cmd. Group before: each row costs a look-up.
-- source: proc_pid_maps(5); 0x7fffffffe000 is the page of return probes on x86-64 (kernel/events/uprobes.c, xol_add_vma)
create or replace macro user_sym(user_address, process_id, source_number, at_ts) as
  user_place(user_address, 0, process_id, source_number, at_ts);

-- macro: user_caller(address, tgid, source, ts)
-- As `user_sym` for an address that a call returns to: the function is that of the call, also where the call is the function's last instruction.
-- source: as user_sym
create or replace macro user_caller(user_address, process_id, source_number, at_ts) as
  user_place(user_address, 1, process_id, source_number, at_ts);

-- macro: user_place(address, back, tgid, source, ts)
-- As `user_sym`, by the function that is `back` bytes before the address.
-- source: as user_sym
create or replace macro user_place(user_address, back, process_id, source_number, at_ts) as
  case when user_address between 140737488347136 and 140737488351231 then '<unknown>' else coalesce((
    select arg_max(case
        when m.path = '[uprobes]' then '<unknown>'
        when m.place is null then file_name(m.path)
        when s.name is null then file_name(m.path) || printf('+0x%x', m.place)
        else file_name(m.path) || ':' || s.name || case when m.place > s.start_offset then printf('+0x%x', m.place - s.start_offset) else '' end
          || case when s.is_certain then '' else '?' end
      end, {'from_ts': coalesce(m.from_ts, -1), 'start': coalesce(s.start_offset, -1)})
    from (
      select source, path, from_ts, (user_address - start_address + file_offset)::bigint as place,
        (user_address - start_address + file_offset)::bigint - back as code
      from process_maps
      where source = source_number and tgid = process_id and start_address <= user_address and user_address < end_address
        and coalesce(from_ts <= at_ts, true) and coalesce(until_ts > at_ts, true)
    ) m
    left join user_symbols s on s.source = m.source and s.path = m.path and s.page = m.code >> 12
      and s.start_offset <= m.code and m.code < s.end_offset
  ), printf('0x%x', user_address)) end;

-- macro: file_name(path)
-- Last part of a path, `libc.so.6`.
-- source: basename(1)
create or replace macro file_name(path) as
  split_part(path, '/', -1);

-- macro: place_file(place)
-- The file in a text of `user_sym`, `libc.so.6` in `libc.so.6:malloc+0x27`; of a text of `sym` the function.
-- source: as user_sym
create or replace macro place_file(place) as
  split_part(split_part(place, ':', 1), '+0x', 1);

-- macro: user_frames(stack, caller, tgid, source, ts)
-- User stack as a list of places as of `user_sym`, innermost first; the caller, where it was recorded, is put behind the first frame, which misses it at a function's entry. Group before: each row costs a look-up.
-- source: arch/x86/kernel/stacktrace.c (frame pointers: a function just entered has not set its own up)
create or replace macro user_frames(stack, direct_caller, process_id, source_number, at_ts) as (
  select list(user_place(frame, case when i = 1 then 0 else 1 end, process_id, source_number, at_ts) order by i)
  from (select unnest(frames) as frame, generate_subscripts(frames, 1) as i
    from (select list_concat(stack[1:1], case when direct_caller > 0 then [direct_caller::ubigint] else [] end, stack[2:]) as frames))
  where frame <> 0);

-- macro: lost_between(gaps, source, from_cpu, to_cpu, from_ts, to_ts)
-- True where events were lost on either CPU in a gap that overlaps the time in between, false else and for NULL; the first argument is the column of `loss_index`.
-- source: meta.lost_events. Time is cut into slices, of which few have gaps; only there the last gap that began before the end is looked up, by halving
create or replace macro lost_between(gaps, source, from_cpu, to_cpu, from_ts, to_ts) as
  case
    when to_ts > gaps.first and from_ts < gaps.high
      and gaps.before[((greatest(least(to_ts, gaps.high), gaps.low) - gaps.low) >> gaps.shift) + 2]
        > gaps.before[((greatest(from_ts, gaps.low) - gaps.low) >> gaps.shift) + 1]
    then lost_on(gaps, (source::hugeint << 80) + (from_cpu::hugeint << 64), from_ts, to_ts)
      or case when to_cpu <> from_cpu then lost_on(gaps, (source::hugeint << 80) + (to_cpu::hugeint << 64), from_ts, to_ts) else false end
    else false
  end;

-- macro: lost_on(gaps, place, from_ts, to_ts)
-- As `lost_between` of one CPU, a place as in `loss_index`.
-- source: as lost_between
create or replace macro lost_on(gaps, place, from_ts, to_ts) as
  coalesce(gaps.ends[list_reduce(gaps.steps, lambda at_gap, step: if(gaps.begins[at_gap + step] < place + to_ts, at_gap + step, at_gap))] > place + from_ts, false);
