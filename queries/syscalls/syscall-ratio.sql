-- syscall-ratio: how many calls worked for each one that failed
-- needs: raw_syscalls.sys_exit | syscalls.sys_exit_*
-- views: syscall_spans
-- param: calls varchar = null only these calls, separated by commas
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only calls entered from this time on
-- param: to time = null only calls entered up to this time
-- column: syscall the call as the C library has it; the last row is for all of them
-- column: ok calls that returned no error
-- column: failed calls that did
-- column: ratio calls that worked for each one that failed; NULL when none failed
-- column: percent failed of all
-- column: text the same in words
-- render: table
-- empty: system call
-- record: --preset syscalls
-- read: no failures means that no call failed: a ratio would divide by zero. Calls still open at the end count as neither.
with
calls as (
  select coalesce(call_name(name), '<unknown>') as syscall, count(*) - count(error) as ok, count(error) as failed
  from syscall_spans
  where state not in ('child', 'open', 'no_exit', 'no_return') and ret is not null and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($calls is null or list_contains(string_split(replace($calls, ' ', ''), ','), call_name(name)))
  group by name
),
sums as (
  select coalesce(syscall, 'all') as syscall, grouping(syscall) as is_total, sum(ok)::bigint as ok, sum(failed)::bigint as failed
  from calls
  group by grouping sets ((syscall), ())
)
select syscall, ok, failed, round(ok / nullif(failed, 0), 1) as ratio, round(100 * failed / (ok + failed), 1) as percent,
  case
    when failed = 0 then format('no failures ({} ok)', ok)
    else format('{} ok, {} failed ({:.1f} : 1, {:.1f} % failed)', ok, failed, ok / failed, 100 * failed / (ok + failed))
  end as text
from sums
where ok + failed > 0
order by is_total, failed desc, ok desc, syscall
