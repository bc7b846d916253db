-- page-faults: which code touched memory that the kernel had to see to, by thread or by instruction
-- views: page_faults
-- param: by varchar(comm|tid|ip|file) = 'comm' a row for each: comm, tid, ip (the instruction) or file (the file that it is in)
-- param: mode varchar = '%' user, kernel, or a pattern: who made the access
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 30 rows to print
-- column: place name, thread, or place in a file or function, as `by` says
-- column: faults page faults
-- column: reads those of reading; NULL for other processors than x86
-- column: writes those of writing
-- column: execs those of instructions to be executed
-- column: present those of pages that were there and did not allow it: copies on write above all
-- column: pages different pages
-- render: table
-- empty: page fault
-- record: --preset memory
-- read: The first touch of every page is a fault, also of what is in the page cache; a page that was swapped out or copied on write makes another.
with
faults as (
  select source, mode, case when $by = 'tid' then tid end as tid, case when $by in ('ip', 'file') then tgid end as tgid,
    case when $by in ('comm', 'tid') then comm end as comm, case when $by in ('ip', 'file') then ip end as ip,
    access, present, address >> 12 as page, max(ts) as ts, count(*) as n
  from page_faults
  where mode like $mode and comm like $comm and ($tid is null or page_faults.tid = $tid)
    and ($pid is null or $pid in (page_faults.tgid, page_faults.tid))
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
sites as (select distinct source, tgid, ip, max(ts) as ts from faults where ip is not null group by all),
named as (
  select source, tgid, ip, case when ip >= 9223372036854775808 then sym_in(ip, source)
    else user_sym(ip, tgid, source, ts) end as name
  from sites
)
select case $by when 'ip' then n.name when 'file' then place_file(n.name) when 'tid' then f.tid || ' ' || f.comm
    else f.comm end as place,
  mode, sum(f.n)::bigint as faults, sum(f.n) filter (access = 'read')::bigint as reads,
  sum(f.n) filter (access = 'write')::bigint as writes, sum(f.n) filter (access = 'exec')::bigint as execs,
  sum(f.n) filter (present)::bigint as present, count(distinct page) as pages
from faults f
left join named n on n.source = f.source and n.ip = f.ip and n.tgid is not distinct from f.tgid
group by all
order by faults desc, place, mode
limit $top
