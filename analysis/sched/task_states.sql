-- task_states: a value of sched_switch.prev_state and what it means on the kernel that recorded it
-- needs: sched.sched_switch
-- column: source buffer, see meta.sources
-- column: code value of prev_state
-- column: letters as the kernel prints it: S, D, R+ (R while still runnable; + when it was preempted)
-- column: state what the thread then does: runnable, sleeping (interruptible), uninterruptible, idle (a kernel thread with nothing to do), stopped, traced, parked, zombie, dead, other
-- source: the event's own print table; where it has none that of include/trace/events/sched.h since 4.14. The bit beyond its mask means preempted (TASK_REPORT_MAX)
-- record: --preset sched
with
named as (
  select source, list(value::bigint order by position) as bits, list(name order by position) as letters
  from meta.print_values
  where system = 'sched' and event = 'sched_switch' and field = 'prev_state' and value between 1 and 4096
  group by all
),
-- Names are kept with the first buffer of a file.
tables as (
  select s.source, coalesce(n.bits, [1, 2, 4, 8, 16, 32, 64, 128]) as bits,
    coalesce(n.letters, ['S', 'D', 'T', 't', 'X', 'Z', 'P', 'I']) as letters
  from meta.sources s
  left join (select o.file, n.* from named n join meta.sources o on o.source = n.source) n on n.file = s.file
),
-- Every sum of the table's bits and of the one beyond them.
codes as (
  select source, bits, letters, 2 * list_max(bits) as preempted_bit, unnest(range(0, 4 * list_max(bits))) as code from tables
),
texts as (
  select source, code, code >= preempted_bit as preempted,
    array_to_string(list_filter(letters, lambda letter, i: code & bits[i] <> 0), '|') as set_letters
  from codes
)
select source, code, coalesce(nullif(set_letters, ''), 'R') || case when preempted then '+' else '' end as letters,
  case left(set_letters, 1)
    when '' then 'runnable' when 'S' then 'sleeping' when 'D' then 'uninterruptible' when 'K' then 'uninterruptible'
    when 'I' then 'idle' when 'T' then 'stopped' when 't' then 'traced' when 'P' then 'parked'
    when 'Z' then 'zombie' when 'X' then 'dead' when 'x' then 'dead' else 'other'
  end as state
from texts
