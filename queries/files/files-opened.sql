-- files-opened: which files were opened, by whom, with what result
-- alias: opensnoop
-- needs: syscalls.sys_e*_open | syscalls.sys_e*_openat | syscalls.sys_e*_openat2 | syscalls.sys_e*_creat | raw_syscalls.sys_e*
-- views: file_opens
-- optional: ftrace.print (buf varchar)
-- param: under varchar = null only this directory and what is below; paths that are not known to be there or elsewhere are counted in rows of their own
-- param: path varchar = '%' only paths that match this pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: failed boolean = null true for only those that failed, false for only those that did not
-- param: distinct boolean = false one row for each path
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: marker varchar = null only from the first line in trace_marker that contains this text
-- param: until varchar = null only up to the first line in trace_marker after that which contains this text
-- column: time when it was opened, the first time of several: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process, the thread where that is not known; NULL for several
-- column: fd the descriptor, -1 if it failed
-- column: err the error's number, 0 if it worked; NULL for several, and where the result is not known
-- column: path absolute where the directory it starts from is known, else as given; <unknown> where the recording has no text
-- column: source where the text is from: recorded with the call, or by which kind of probe
-- column: flags flags of open(2), hexadecimal
-- column: dur_us time in the call, µs
-- column: error name of the error
-- column: count calls in this row: one, but for distinct paths, paths that are not known to be below a directory, and recordings without any path, counted by error
-- column: failed those that failed
-- column: note what to know about the row
-- column: tid thread; NULL for several
-- column: ts ns on the trace clock
-- render: table
-- empty: open
-- record: --preset files
-- read: Looking at a file is not opening it: stat-calls has the calls that look.
-- read: Files reached through inherited descriptors, io_uring or by the kernel itself do not appear.
-- read: Paths need a source of strings: kernels from 6.19 on record them, else probes do; doctor tells which this machine has.
with marks as (
  select min(ts) filter (where contains(buf, $marker)) as marked from print
),
window_of as (
  select greatest($from, marked) as from_ts,
    least($to, (select min(ts) from print where contains(buf, $until) and ts >= coalesce(marked, ts))) as to_ts
  from marks
),
opens as (
  select o.*, coalesce(full_path, nullif(path, ''), case when path = '' then '""' else '<unknown>' end) as shown,
    count(path) over () = 0 as has_no_paths
  from file_opens o cross join window_of w
  where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tgid, tid)) and ($failed is null or (error is not null) = $failed)
    and ($from is null and $marker is null or ts >= w.from_ts) and ($to is null and $until is null or ts <= w.to_ts)
),
chosen as (
  select *, $under is not null and full_path is null as is_elsewhere, row_number() over () as row
  from opens
  where shown like $path
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
  case when count(*) = 1 then any_value(case when err > 0 then -1 else fd end) end as fd,
  case when min(err) = max(err) and count(err) = count(*) then max(err) end as err, path_group as path,
  case when count(distinct flags) = 1 then printf('0x%x', any_value(flags)) end as flags,
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
