-- stat-calls: which files were looked at with stat and its like, by whom, with what result
-- alias: statsnoop
-- needs: syscalls.sys_e*_newstat | syscalls.sys_e*_newlstat | syscalls.sys_e*_newfstatat | syscalls.sys_e*_statx | syscalls.sys_e*_stat64 | syscalls.sys_e*_lstat64 | syscalls.sys_e*_fstatat64 | syscalls.sys_e*_stat | syscalls.sys_e*_lstat | syscalls.sys_e*_statfs | syscalls.sys_e*_statfs64 | raw_syscalls.sys_e*
-- views: file_paths
-- param: under varchar = null only this directory and what is below; paths that are not known to be there or elsewhere are counted in rows of their own
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: failed boolean = null true for only those that failed, false for only those that did not
-- param: statfs boolean = true also calls that ask about the file system
-- param: distinct boolean = false one row for each path
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when it was called, the first time of several: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process, the thread where that is not known; NULL for several
-- column: fd 0, or -1 if it failed
-- column: err the error's number, 0 if it worked; NULL for several, and where the result is not known
-- column: path absolute where the directory it starts from is known, else as given; <unknown> where the recording has no text
-- column: call the call in C: stat, lstat, fstatat, statx, statfs
-- column: dur_us time in the call, µs
-- column: source where the text is from: recorded with the call, or by which kind of probe
-- column: error name of the error
-- column: count calls in this row: one, but for distinct paths, paths that are not known to be below a directory, and recordings without any path, counted by error
-- column: failed those that failed
-- column: note what to know about the row
-- column: tid thread; NULL for several
-- column: ts ns on the trace clock
-- render: table
-- empty: stat
-- record: --preset files
-- read: Calls on an open descriptor are left out: fstat, and fstatat or statx with AT_EMPTY_PATH and no path.
-- read: Shells try each directory of PATH; those are rows with ENOENT.
with calls as (
  select *, regexp_replace(regexp_replace(name, '^new', ''), '64$', '') as call, count(path) over () = 0 as has_no_paths,
    coalesce(full_path, nullif(path, ''), case when path = '' then '""' else '<unknown>' end) as shown,
    case when name in ('newfstatat', 'fstatat64') then as_int(arg4) when name = 'statx' then as_int(arg3) else 0 end as flags
  from file_paths
  where name in ('newstat', 'newlstat', 'newfstatat', 'statx', 'stat64', 'lstat64', 'fstatat64', 'stat', 'lstat', 'statfs', 'statfs64')
    and comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($failed is null or (error is not null) = $failed)
    and ($from is null or ts >= $from) and ($to is null or ts <= $to)
    and ($statfs or name not in ('statfs', 'statfs64'))
),
chosen as (
  select *, $under is not null and full_path is null as is_elsewhere, row_number() over () as row
  from calls
  where not (coalesce(flags, 0) & 4096 <> 0 and coalesce(path, '') = '')  -- AT_EMPTY_PATH
    and ($under is null or full_path is null or normal_path($under) = '/' or full_path = normal_path($under)
      or starts_with(full_path, normal_path($under) || '/'))
),
grouped as (
  select *, coalesce(tgid, tid) as process, case when ret between -4095 and -1 then -ret when ret is not null then 0 end as err,
    case when not is_elsewhere then shown when path is null then '<unknown>' else '<relative>' end as path_group,
    case when not ($distinct or is_elsewhere or has_no_paths) then row end as single,
    case when has_no_paths then coalesce(error, '') end as outcome
  from chosen
)
select report_time(min(ts)) as time, case when count(distinct process) = 1 then any_value(process) end as pid,
  case when count(distinct comm) = 1 then any_value(comm) end as comm,
  case when count(*) = 1 then any_value(case when err > 0 then -1 else ret end) end as fd,
  case when min(err) = max(err) and count(err) = count(*) then max(err) end as err, path_group as path,
  string_agg(distinct call, ', ' order by call) as call,
  case when count(*) = 1 then round(any_value(dur) / 1e3, 1) end as dur_us,
  string_agg(distinct path_source, ', ' order by path_source) as source,
  string_agg(distinct error, ', ' order by error) as error, count(*) as count, count(error) as failed,
  case
    when any_value(has_no_paths) then 'needs a file-name source: see traceduck doctor'
    when path_group = '<unknown>' then 'path not recorded'
    when path_group = '<relative>' then 'relative to directories that are not known'
    when bool_or(state = 'lost') then 'lost events'
    when bool_or(ret is null) then 'no return recorded'
    when not starts_with(path_group, '/') then 'relative to a directory that is not known'
  end as note,
  case when count(distinct tid) = 1 then any_value(tid) end as tid, min(ts) as ts
from grouped
group by single, path_group, outcome
order by ts, path
