-- syscall-trace: each system call with its arguments and result, as strace writes them
-- needs: raw_syscalls.sys_e* | syscalls.sys_e*_*
-- alias: strace
-- views: syscall_texts, call_pairs
-- optional: fd_table (source usmallint, tgid integer, fd integer, kind varchar, path varchar, family integer, type integer, open_ts bigint, close_ts bigint)
-- optional: tcp_sockets (ts bigint, source usmallint, role varchar, tid integer, saddr varchar, sport usmallint, daddr varchar, dport usmallint)
-- optional: ftrace.user_stack (caller ubigint[])
-- param: class varchar(%file|%desc|%net|%process|%memory|%signal|%ipc|file|desc|net|process|memory|signal|ipc) = null only calls of this class: %file, %desc, %net, %process, %memory, %signal or %ipc
-- param: match varchar = null only calls whose name matches this regular expression
-- param: path varchar = null only calls that name this path or one below it, or have a descriptor of it
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: failed boolean = null true for only those that failed, false for only those that did not
-- param: strsize integer = null longest text in quotes, in characters; longer ones are cut, and ... follows
-- param: stacks boolean = false with the user stack at the enter, where it was recorded
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: call the call as the C library has it
-- column: args its arguments as strace writes them
-- column: ret what the kernel returned; NULL if that is not known
-- column: err the error's number, 0 if it worked; NULL if that is not known
-- column: error its name
-- column: dur_us time in the call, waiting included, µs
-- column: fd the first descriptor among the arguments
-- column: fd_is what the first descriptor among the arguments is: its path, or kind of socket and addresses; NULL if that is not known
-- column: state as in the relation syscall_spans
-- column: stack places in user space, innermost first: file and function, else file and offset, see the macro user_sym
-- column: line time, thread (as strace -f has it), its name, the call, its result, and seconds in the call
-- column: tid thread
-- column: ts ns on the trace clock
-- render: lines(line)
-- empty: system call
-- record: --preset syscalls
-- read: What lies behind a pointer is not recorded: structures are addresses. Paths need a source of strings, see files-opened.
-- read: A call without result was not finished when the recording ended, or never returns.
with
chosen as (
  select *, coalesce(tgid, tid) as owner from syscall_texts
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($failed is null or (error is not null) = $failed)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($match is null or regexp_matches(name, $match) or regexp_matches(call_name(name), $match))
    and ($class is null or name in (select name from call_classes where class = ltrim($class, '%')))
),
-- A TCP connection belongs to the descriptor whose connect it was made in.
connections as (
  select c.source, c.tid, c.ts, any_value(c.owner) as owner, any_value(c.fd) as fd,
    arg_max('TCP:' || s.saddr || ':' || s.sport || '->' || s.daddr || ':' || s.dport, s.ts) as addresses
  from (select source, tid, coalesce(tgid, tid) as owner, as_int(arg1) as fd, ts, coalesce(end_ts, ts) as end_ts from call_pairs where name = 'connect') c
  join tcp_sockets s on s.role = 'connect' and s.tid = c.tid and s.ts between c.ts and c.end_ts
  group by all
),
descriptors as (
  select source, tgid as owner, fd, path, coalesce(open_ts, -9223372036854775808) as from_ts, coalesce(close_ts, 9223372036854775807) as to_ts,
    coalesce(path, case when family is not null then concat_ws('-', address_family(family)[4:], socket_type(type)[6:]) end, kind) as target
  from fd_table
),
targets as (
  select source, owner, fd, from_ts, to_ts, path, target from descriptors
  union all
  select n.source, n.owner, n.fd, n.ts, d.to_ts, d.path, coalesce(n.addresses, d.target)
  from connections n
  asof join descriptors d on d.source = n.source and d.owner = n.owner and d.fd = n.fd and d.from_ts <= n.ts
),
-- Only for numbers that were several things does it take sorting to find out which.
lone as (
  select source, owner, fd, any_value(from_ts) as from_ts, any_value(to_ts) as to_ts, any_value(path) as path, any_value(target) as target
  from targets group by source, owner, fd having count(*) = 1
),
moments as (
  select distinct source, owner, fd, ts from chosen
  semi join (select source, owner, fd from targets group by all having count(*) > 1) using (source, owner, fd)
),
seen as (
  select m.source, m.owner, m.fd, m.ts, t.path, t.target
  from moments m
  asof join targets t on t.source = m.source and t.owner = m.owner and t.fd = m.fd and t.from_ts <= m.ts
  where m.ts <= t.to_ts
),
stacks as (
  select u.common_source as source, u.common_pid as tid, coalesce(t.tgid, u.common_pid) as tgid, u.ts,
    list_filter(u.caller, lambda address: address <> 0)::ubigint[] as addresses
  from user_stack u
  left join (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all) t
    on t.source = u.common_source and t.pid = u.common_pid
  where $stacks
),
-- Each stack of a process is looked up once.
frames as (
  select source, tgid, addresses, user_frames(addresses, null, tgid, source, ts) as stack
  from (select source, tgid, addresses, max(ts) as ts from stacks group by all)
),
stacked as (
  select c.source, c.tid, c.ts, c.name, any_value(s.stack) as stack
  from (select *, lead(ts) over (partition by source, tid order by ts) as next_ts
    from (select source, tid, ts, end_ts, name from chosen where $stacks)) c
  asof join (select s.source, s.tid, -s.ts as back, s.ts, f.stack from stacks s join frames f using (source, tgid, addresses)) s
    on s.source = c.source and s.tid = c.tid and s.back <= -c.ts
  where s.ts <= coalesce(c.end_ts, c.next_ts, s.ts)
  group by all
),
named as (
  select c.*, coalesce(l.path, s.path) as fd_path, coalesce(l.target, s.target) as fd_target, k.stack
  from chosen c
  left join lone l on l.source = c.source and l.owner = c.owner and l.fd = c.fd and c.ts between l.from_ts and l.to_ts
  left join seen s on s.source = c.source and s.owner = c.owner and s.fd = c.fd and s.ts = c.ts
  left join stacked k on k.source = c.source and k.tid = c.tid and k.ts = c.ts and k.name is not distinct from c.name
),
-- Sorted before there are lines: they hold all once more.
answers as (
  select ts, tid, owner, comm, dur, fd, fd_target, state, stack, result, ret, error, report_time(ts) as time,
    coalesce(call_name(name), '<unknown>') as call,
    coalesce(array_to_string(case
      when $strsize is not null then list_transform(arguments, lambda text, i: case
        when i = fd_at and fd_target is not null then text || '<' || fd_target || '>'
        when length(text) > $strsize + 2 and text[1] = '"' then text[:$strsize + 1] || '"...'
        else text end)
      when fd_target is null then arguments
      else list_concat(arguments[:fd_at - 1], [arguments[fd_at] || '<' || fd_target || '>'], arguments[fd_at + 1:])
    end, ', '), '...') as shown
  from named
  where $path is null or path = $path or path2 = $path or fd_path = $path or starts_with(path, rtrim($path, '/') || '/')
    or starts_with(path2, rtrim($path, '/') || '/') or starts_with(fd_path, rtrim($path, '/') || '/')
  order by ts, tid
)
select time, owner as pid, comm, call, shown as args, ret,
  case when error is not null then -ret when ret is not null then 0 end as err, error, round(dur / 1e3, 1) as dur_us,
  fd, fd || '<' || fd_target || '>' as fd_is, state, stack,
  time || ' ' || tid || ' ' || comm || ' ' || call || '(' || shown || ') = ' || result
    || coalesce(printf(' <%.6f>', dur / 1e9), '')
    || coalesce(array_to_string(list_transform(stack, lambda place: chr(10) || ' > ' || place), ''), '') as line,
  tid, ts
from answers
