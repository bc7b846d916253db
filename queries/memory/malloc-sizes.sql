-- malloc-sizes: how large the blocks are that a program allocates, as a histogram
-- alias: mallocsizes
-- views: user_allocs
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: group varchar = '%' only probes of groups that match this pattern
-- param: call varchar = '%' only blocks of functions that match this pattern, as calloc
-- param: caller_lib varchar = null only calls from files whose name matches this pattern
-- param: exact boolean = false a row for each size instead of each power of two
-- param: by varchar(all|call|comm|library) = 'all' a histogram for each: all, call, comm or library
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: group what the histogram is of
-- column: low smallest size of the bucket, bytes asked for
-- column: high largest size of the bucket
-- column: count allocations
-- column: bytes bytes asked for, all of them
-- render: histogram(low, high, count, unit=bytes, by=group)
-- empty: allocation
-- record: --preset malloc
-- read: Counted is what was asked for and given; what one allocating function asks of another inside of it is not counted twice.
with
sizes as (
  select source, tgid, caller, call, comm, size, max(ts) as ts, count(*) as n
  from user_allocs
  where state <> 'failed' and size is not null and comm like $comm and ($pid is null or $pid in (tgid, tid))
    and grp like $group and call like $call
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
named as (
  select *, case when $by <> 'library' and $caller_lib is null then null
    else place_file(user_caller(caller, tgid, source, ts)) end as library
  from sizes
)
select case $by when 'call' then call when 'comm' then comm when 'library' then coalesce(library, '<unknown>') else 'all' end as "group",
  case when $exact then size else bucket_low(size) end as low, case when $exact then size else bucket_high(size) end as high,
  sum(n)::bigint as count, sum(size::hugeint * n) as bytes
from named
where $caller_lib is null or library like $caller_lib
group by all
order by "group", low
