-- file_io: a call that reads from a descriptor, writes to it, or syncs it; one that moves data from one to another is a row for each
-- needs: syscalls.sys_e*_recvfrom | syscalls.sys_e*_recvmsg | syscalls.sys_e*_sendto | syscalls.sys_e*_sendmsg | syscalls.sys_e*_read | syscalls.sys_e*_write | syscalls.sys_e*_pread64 | syscalls.sys_e*_pwrite64 | syscalls.sys_e*_readv | syscalls.sys_e*_writev | syscalls.sys_e*_preadv* | syscalls.sys_e*_pwritev* | syscalls.sys_e*_fsync | syscalls.sys_e*_fdatasync | syscalls.sys_e*_sendfile* | syscalls.sys_e*_copy_file_range | syscalls.sys_e*_splice | raw_syscalls.sys_e*
-- needs: call_pairs, fd_table
-- column: ts ns on the trace clock when it was entered; where that was not recorded, when it was left
-- column: end_ts ns on the trace clock when it was left; NULL if that is not known
-- column: dur ns in the call; NULL unless both ends were recorded
-- column: cpu CPU of the enter
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name when it entered
-- column: source buffer, see meta.sources
-- column: call the call as the kernel's events spell it
-- column: op read, write or sync
-- column: fd the descriptor; NULL if the enter was not recorded
-- column: kind file, socket, pipe, … as in fd_table; NULL if not known
-- column: path path of a file; NULL if not known
-- column: family address family of a socket; NULL if not known
-- column: type type of a socket: 1 stream, 2 datagram, 3 raw; NULL if not known
-- column: opened ns on the trace clock since when the descriptor is open, which tells several of one number apart; NULL if not known
-- column: opened_by the call that opened it; NULL if not known
-- column: position offset in the file that the call was given; NULL where it goes on from the last one
-- column: bytes how many were moved; 0 for none, for failures, syncs and MSG_PEEK, NULL if not known
-- column: ret what it returned; NULL if that is not known
-- column: error name of the error; NULL if it did not fail
-- column: state as in call_pairs
-- source: read(2), pread(2), readv(2), sendfile(2), copy_file_range(2), splice(2), fsync(2), recv(2), send(2)
-- record: --preset io
with ops as (
  select *, case
      when name in ('fsync', 'fdatasync', 'syncfs', 'sync_file_range') then 'sync'
      when name in ('read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg', 'recv') then 'read'
      else 'write'
    end as op,
    as_int(arg1) as number,
    -- MSG_PEEK (2) takes nothing.
    case when name = 'recvmsg' then arg3 & 2 <> 0 when name in ('recvfrom', 'recv') then arg4 & 2 <> 0 end as is_peek,
    case when name in ('pread64', 'pwrite64', 'preadv', 'pwritev', 'preadv2', 'pwritev2') and arg4 >= 0 then arg4 end as position
  from call_pairs
  where name in ('read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg', 'recv', 'write', 'pwrite64',
    'writev', 'pwritev', 'pwritev2', 'sendto', 'sendmsg', 'send', 'fsync', 'fdatasync', 'syncfs', 'sync_file_range')
  union all
  select *, 'read', as_int(if(name in ('sendfile', 'sendfile64'), arg2, arg1)), null, null
  from call_pairs where name in ('sendfile', 'sendfile64', 'copy_file_range', 'splice')
  union all
  select *, 'write', as_int(if(name in ('sendfile', 'sendfile64'), arg1, arg3)), null, null
  from call_pairs where name in ('sendfile', 'sendfile64', 'copy_file_range', 'splice')
),
calls as (
  select * exclude (number), coalesce(tgid, tid) as owner, case when state <> 'no_enter' then number end as fd from ops
),
descriptors as (
  select source, tgid, fd, kind, path, family, type, opened_by, coalesce(open_ts, -9223372036854775808) as open_ts,
    coalesce(close_ts, 9223372036854775807) as close_ts
  from fd_table where fd >= 0
),
found as (
  select o.*, d.close_ts >= o.ts as is_open, d.kind, d.path, d.family, d.type, d.open_ts, d.opened_by
  from calls o
  asof left join descriptors d on d.source = o.source and d.tgid = o.owner and d.fd = o.fd and d.open_ts <= o.ts
)
select ts, end_ts, dur, cpu, tid, tgid, comm, source, name as call, op, fd,
  case when is_open then kind end as kind, case when is_open then path end as path,
  case when is_open then family end as family, case when is_open then type end as type, case when is_open then open_ts end as opened,
  case when is_open then opened_by end as opened_by, position,
  case when op = 'sync' or ret < 0 or is_peek then 0 else ret end as bytes, ret, error, state
from found
