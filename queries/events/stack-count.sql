-- stack-count: which stacks led to an event, and how often
-- alias: stackcount
-- views: event_stacks
-- param: event varchar = '%' only events that match this pattern, as tcp_sendmsg or kmem:%
-- param: kind varchar = '%' kernel, user, or a pattern
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: offsets boolean = false with the offsets in the functions, always where the function is not known
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- param: top integer = 50 stacks to print
-- column: stack functions, innermost first, without the frames of the tracing
-- column: folded the same in one line, outermost first, as flame graphs take it
-- column: count events
-- render: stacks(stack, count)
-- empty: stack
-- record: -T, or -R stacktrace after one -e
-- read: The stack most often seen comes last. An event may fire more than once in a call: counted are events, not calls.
-- read: Stacks of user space are as deep as frame pointers reach; most libraries of distributions have none.
with
stacks as (
  select source, system || ':' || event as event, kind, stack, caller, case when kind = 'user' then tid end as tid, max(ts) as ts,
    count(*) as count
  from event_stacks
  where (event like $event or system || ':' || event like $event) and kind like $kind and comm like $comm
    and ($tid is null or event_stacks.tid = $tid)
    and ($pid is null or event_stacks.tid = $pid or process_of(event_stacks.tid, event_stacks.source) = $pid) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
  group by all
),
processes as (select source, pid as tid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
named as (
  select s.event, s.kind, s.count,
    case s.kind when 'kernel' then stack_frames(s.stack, s.source)
      else user_frames(s.stack, s.caller, coalesce(p.tgid, s.tid), s.source, s.ts) end as frames
  from stacks s left join processes p on p.source = s.source and p.tid = s.tid
),
texts as (
  select event, kind, count, case when $offsets then frames
    when kind = 'user' then list_transform(frames, lambda frame: regexp_replace(frame, ':(.+)\+0x[0-9a-f]+(\??)$', ':\1\2'))
    else list_transform(frames, lambda frame: split_part(frame, '+0x', 1)) end as stack
  from named
),
counted as (
  select event, kind, stack, sum(count)::bigint as count from texts group by all order by count desc, event, stack limit $top
)
select stack, count, event, kind, array_to_string(list_reverse(stack), ';') || ' ' || count as folded
from counted
order by count, event, stack
