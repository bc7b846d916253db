-- process_tree: a thread running one program: from its fork or exec to the next exec or its end
-- needs: sched.sched_process_fork | task.task_newtask | sched.sched_process_exec | sched.sched_process_exit
-- optional: sched.sched_process_fork (parent_pid integer, child_pid integer, child_comm varchar)
-- optional: task.task_newtask (pid integer, comm varchar, clone_flags ubigint)
-- optional: sched.sched_process_exec (filename varchar, pid integer, old_pid integer)
-- optional: sched.sched_process_exit (comm varchar, pid integer)
-- column: ts ns on the trace clock at which it began; NULL if that was before the recording
-- column: end_ts ns on the trace clock at which it ended; NULL if that is not in the recording
-- column: dur ns in between; NULL unless both are known
-- column: source buffer, see meta.sources
-- column: tid thread
-- column: tgid process; the thread itself where that is not known
-- column: tgid_known whether the recording says which process it is
-- column: is_thread whether it was made as a further thread of a process (CLONE_THREAD); NULL if not known
-- column: parent_tid thread that made it; NULL if that was before the recording
-- column: life number of the thread among those that had this id, from 0 on; 0 was there before the recording unless it was forked
-- column: epoch address space: 0 until its first exec, one more with each
-- column: began fork, exec or before (the recording)
-- column: ended exec, exit, thread_exec (another thread of its process did an exec), or NULL
-- column: filename the program given to exec; NULL if it is still its parent's or not known
-- column: comm its name at the end as the kernel has it; NULL where no event says it
-- source: kernel/fork.c, fs/exec.c, kernel/exit.c; include/trace/events/sched.h and task.h
-- record: --preset sched
with
-- sched_process_fork says who made whom; task_newtask how.
made as (
  select common_source as source, ts, child_pid as tid, parent_pid as parent, child_comm as comm, null::ubigint as flags from sched_process_fork
  union all
  select common_source, ts, pid, common_pid, comm, clone_flags from task_newtask
),
-- Both rows of one fork are next to each other.
forks as (
  select source, ts, tid, parent, comm, coalesce(flags, lag(flags) over child, lead(flags) over child) as flags,
    lead(ts) over child as next_ts, lag(flags is not null) over child as after_task, flags is not null as is_task
  from made
  window child as (partition by source, tid order by ts, flags is null)
),
steps as (
  select source, ts, tid, 'fork' as what, parent, comm, flags, null as filename from forks where is_task or after_task is distinct from true
  union all
  select common_source, ts, pid, 'exec', null, null, null, filename from sched_process_exec
  union all
  select common_source, ts, old_pid, 'thread_exec', null, null, null, null from sched_process_exec where old_pid <> pid
  union all
  select common_source, ts, pid, 'exit', null, comm, null, null from sched_process_exit
),
-- Those that nothing says when they began.
olds as (
  select distinct source, tid from (
    select source, tid from steps
    union all
    select source, parent from steps where parent is not null)
),
all_steps as (
  select * from steps
  union all
  select o.source, -9223372036854775808, o.tid, 'before', null, null, null, null
  from olds o anti join (select source, tid, arg_min(what, ts) as what from steps group by all) f
    on f.source = o.source and f.tid = o.tid and f.what = 'fork'
),
lives as (
  select *, count(case when what = 'fork' then 1 end) over thread
      - count(case when what = 'fork' then 1 end) over (partition by source, tid)
      + count(case when what in ('fork', 'before') then 1 end) over (partition by source, tid) - 1 as life,
    lead(what) over all_of as next_what, lead(ts) over all_of as next_ts, lead(comm) over all_of as next_comm
  from all_steps
  window thread as (partition by source, tid order by ts rows unbounded preceding),
    all_of as (partition by source, tid order by ts)
),
programs as (
  select *, count(case when what = 'exec' then 1 end) over life as epoch, first_value(parent) over life as made_by,
    first_value(flags) over life as how
  from lives
  window life as (partition by source, tid, life order by ts rows unbounded preceding)
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
known as (
  select p.*, coalesce(t.tgid, case when how & 65536 = 0 or what = 'exec' then tid end, q.tgid) as tgid_if_known
  from programs p
  left join processes t on t.source = p.source and t.pid = p.tid
  left join processes q on how & 65536 <> 0 and q.source = p.source and q.pid = p.made_by
)
select case when what <> 'before' then ts end as ts, case when next_what <> 'fork' then next_ts end as end_ts,
  case when what <> 'before' and next_what <> 'fork' then next_ts - ts end as dur, source, tid,
  coalesce(tgid_if_known, case when how & 65536 <> 0 then made_by else tid end) as tgid, tgid_if_known is not null as tgid_known,
  how & 65536 <> 0 as is_thread, made_by as parent_tid, life::integer as life, epoch::integer as epoch, what as began,
  nullif(next_what, 'fork') as ended, filename, coalesce(case when next_what = 'exit' then next_comm end, comm) as comm
from known
where what in ('fork', 'exec', 'before')
