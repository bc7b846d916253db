-- descendants: a thread that comes from a program: the thread that started it, and those it and they made
-- needs: process_tree
-- column: source buffer, see meta.sources
-- column: filename the program, as given to exec
-- column: root_tid thread that started it
-- column: root_ts ns on the trace clock of that exec
-- column: tid thread that comes from it, the one that started it too
-- column: from_ts ns on the trace clock from which on: the exec, or the thread's fork
-- column: generation 0 is the thread that started it, 1 those it made
-- source: process_tree
-- record: --preset sched
with recursive
family as (
  select source, filename, tid as root_tid, ts as root_ts, tid, ts as from_ts, end_ts, 0 as generation
  from process_tree where began = 'exec'
  union all
  select f.source, f.filename, f.root_tid, f.root_ts, t.tid, t.ts, null, f.generation + 1
  from family f
  join process_tree t on t.source = f.source and t.parent_tid = f.tid and t.began = 'fork' and t.ts >= f.from_ts
    and (f.generation > 0 or f.end_ts is null or t.ts <= f.end_ts)
  where f.generation < 100
)
select source, filename, root_tid, root_ts, tid, from_ts, generation from family
