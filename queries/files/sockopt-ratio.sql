-- sockopt-ratio: how many calls on socket options succeeded and failed, by kind of socket
-- needs: syscalls.sys_e*_getsockopt | syscalls.sys_e*_setsockopt | raw_syscalls.sys_e*
-- views: sockopt_calls
-- param: family varchar = null only this address family, as in AF_UNIX; unknown for sockets opened before the recording
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: family address family; unknown where the descriptor was not seen to open, total for all
-- column: calls getsockopt and setsockopt
-- column: ok those that succeeded
-- column: failed those that failed
-- column: unknown those whose result is not in the recording
-- column: inferred those on descriptors whose number is concluded
-- column: errors why they failed, and how often
-- column: ratio succeeded : failed, and the share that failed
-- render: table
-- empty: getsockopt or setsockopt
-- record: --preset sockets
-- read: Sockets opened before the recording, or received from other processes, are counted under an unknown family.
with calls as (
  select * from sockopt_calls
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($family is null or family = $family)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
),
errors as (
  select if(grouping(family) = 1, 'total', family) as family, error, count(*) as n
  from calls where error is not null group by grouping sets ((family, error), (error))
),
texts as (select family, string_agg(n || ' ' || error, ', ' order by n desc, error) as errors from errors group by family),
counts as (
  select grouping(family) as is_total, if(grouping(family) = 1, 'total', family) as family, count(*) as calls,
    count(*) filter (where error is null and ret is not null) as ok, count(error) as failed,
    count(*) filter (where ret is null) as unknown, count(*) filter (where inferred) as inferred
  from calls group by grouping sets ((family), ())
)
select c.family, calls, ok, failed, unknown, inferred, t.errors,
  case
    when failed > 0 then printf('%.1f : 1, %.1f %% failed', ok / failed, 100 * failed / (ok + failed))
    when ok > 0 then 'no failures (' || ok || ' ok)'
  end as ratio
from counts c left join texts t on t.family = c.family
where calls > 0
order by is_total, calls desc, c.family
