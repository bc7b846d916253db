-- event-print: each occurrence of an event, in a text of one's own
-- alias: trace
-- subject: event
-- param: event varchar the event, as in sched:sched_process_exec or td:malloc
-- param: format varchar = null text with %field for the field's value and %field:x for it in hexadecimal, %% for %; all fields unless given
-- param: comm varchar = '%' only events of threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: contains varchar = null only where the text contains this
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: tid thread
-- column: func the event
-- column: cpu CPU
-- column: text the fields as the format says; a field that the event has not stays as it was written, NULL is <unknown>
-- column: line time, thread, its name, the event, the text
-- column: ts ns on the trace clock
-- render: lines(line)
-- empty: such event
-- record: -e SYSTEM:EVENT
-- read: The text is the fields' values, not the kernel's print format: trace-cmd report has that.
with
words as (
  select regexp_extract_all(coalesce($format,
    (select string_agg(key || '=%' || key, ' ' order by place)
      from (select unnest(map_keys(fields)) as key, generate_subscripts(map_keys(fields), 1) as place from (select fields from subject limit 1))
      where key not like 'common\_%' escape '\' and key <> 'ts')),
    '%\w+:x|%\w+|%%|[^%]+|%') as words
),
texts as (
  select s.*, array_to_string(list_transform(words, lambda word: case
      when word = '%%' then '%'
      when word[1] <> '%' or not map_contains(fields, regexp_extract(word, '\w+')) then word
      when word[-2:] = ':x' then coalesce(printf('0x%x', (try_cast(fields[regexp_extract(word, '\w+')] as hugeint) & 18446744073709551615)::ubigint),
        fields[regexp_extract(word, '\w+')], '<unknown>')
      else coalesce(fields[regexp_extract(word, '\w+')], '<unknown>')
    end), '') as text
  from subject s, words
  where common_comm like $comm and ($tid is null or common_pid = $tid)
    and ($pid is null or common_pid = $pid or process_of(common_pid, common_source) = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
)
select report_time(ts) as time, process_of(common_pid, common_source) as pid, common_pid as tid, common_comm as comm, $event as func,
  common_cpu as cpu, text, report_time(ts) || ' ' || common_pid || ' ' || common_comm || ' ' || $event || ': ' || text as line, ts
from texts
where $contains is null or contains(text, $contains)
order by texts.ts, common_cpu
