/** `fd_table`: what the descriptors of each process were, from opening to closing. */
import { type Catalogue, tablesOf } from '../relations.ts'
import type { ReplayedTable } from '../views.ts'
import { PATH_CALLS, PLAIN_CALLS } from './fd-calls.ts'
import { DescriptorReplay, type Step } from './fd-replay.ts'
import type { Lives } from './fd-state.ts'

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

/** The first five arguments as C has them: `int`, also where a whole register was recorded. */
const ARGS = [1, 2, 3, 4, 5].map((n) => `as_int(arg${n}) as a${n}`).join(', ')

const columnsOf = (path: string): string =>
  `select source, case when name in ('close', 'close_range') then ts else coalesce(end_ts, ts) end as moment, ` +
  `'call' as what, 2 as place, tid, tgid, name, ${ARGS}, as_int(ret) as ret, ${path} as path`

/** A call that failed changes nothing, but for a close that did not fail for want of a descriptor. */
const WORKED = `(ret >= 0 or name = 'close' and ret is distinct from -9 and state <> 'no_enter')`

const IS_PLAIN = `name in (${quoted(PLAIN_CALLS)}) and ${WORKED}
    and (name not in ('fcntl', 'fcntl64') or as_int(arg2) in (0, 2, 1030))`
const OPENS_PATH = `name in (${quoted(PATH_CALLS)}) and ret >= 0`

/** Where probes read paths, syscall_paths finds the calls that they belong to. */
const CALLS_WITH_PROBES = `
  ${columnsOf('path')} from syscall_paths where ${OPENS_PATH}
  union all
  ${columnsOf('null::varchar')} from call_pairs where ${IS_PLAIN}`

/** Else a path is what the call itself was recorded with: one reading of the calls, a quarter of the time. */
const CALLS_ALONE = `
  ${columnsOf(`case when name in (${quoted(PATH_CALLS)}) then str1 end`)} from call_pairs
  where name in (${quoted([...PATH_CALLS, ...PLAIN_CALLS])}) and (${OPENS_PATH} or ${IS_PLAIN})`

const selectFrom = (calls: string): string => `with calls as (${calls}
),
-- One buffer of a file may have the calls, and another what became of the threads.
files as (select s.source, o.source as other from meta.sources s join meta.sources o on s.file = o.file),
begins as (
  select common_source, ts, pid as tid, common_pid as parent,
    case when clone_flags & 1024 <> 0 then 1 else 0 end as shares
  from task_newtask
  union all
  select common_source, ts, child_pid, parent_pid, null
  from sched_process_fork where not exists (from task_newtask)
),
execs as (
  select common_source, ts, pid as tid, old_pid as caller from sched_process_exec
  union all
  select source, ts, tid, tid from syscall_events
  where name in ('execve', 'execveat') and ret = 0 and not exists (from sched_process_exec)
),
ends as (select common_source, ts, common_pid as tid, group_dead::integer as is_last from sched_process_exit),
tasks as (
  select common_source, ts, 'task' as what, 1 as place, tid, 'fork' as name, parent as a1, shares as a2 from begins
  union all
  select common_source, ts, 'exec', 3, tid, 'exec', caller, null from execs
  union all
  select common_source, ts, 'exit', 4, tid, 'exit', is_last, null from ends
),
once as (
  select t.*, f.source as own from tasks t join files f on f.other = t.common_source
  qualify t.common_source = min(t.common_source) over (partition by f.source, what)
),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all),
steps as (
  select * from calls
  union all
  select o.own, o.ts, what, place, tid, p.tgid, name, a1, a2, null, null, null, null, null
  from once o left join processes p on p.source = o.own and p.pid = o.tid
  union all
  select source, -9223372036854775808, 'had', 0, tgid, tgid, 'had', fd, close_on_exec::integer, null, null, null, null,
    target
  from meta.descriptors
)
select source, moment, what, tid, tgid, name, a1, a2, a3, a4, a5, ret, path from steps order by source, moment, place, tid, name, ret`

/** A snapshot says nothing about later times where it is not recorded what was closed. */
const NO_SNAPSHOT = '(from meta.descriptors where false)'

function knowsClosing(catalogue: Catalogue): boolean {
  return [
    { system: 'syscalls', event: 'sys_e*_close' },
    { system: 'raw_syscalls', event: 'sys_exit' },
  ].some((relation) => tablesOf(catalogue, relation).length > 0)
}

const numeric = (value: unknown): number | null => (typeof value === 'number' ? value : null)

function stepOf(c: readonly (readonly unknown[])[], row: number): Step {
  const argument = (column: number): number | null => numeric(c[column]![row])
  return {
    source: Number(c[0]![row]),
    at: c[1]![row] as bigint,
    what: c[2]![row] as Step['what'],
    tid: Number(c[3]![row]),
    tgid: numeric(c[4]![row]),
    name: String(c[5]![row]),
    args: [argument(6), argument(7), argument(8), argument(9), argument(10)],
    ret: numeric(c[11]![row]),
    path: typeof c[12]![row] === 'string' ? (c[12]![row] as string) : null,
  }
}

/** The table, replayed from the calls of a recording. */
export const fdTable: ReplayedTable = {
  name: 'fd_table',
  subsystem: 'files',
  row: 'the life of a descriptor of a process; number -100 is its working directory',
  needs: [{ view: 'syscall_events' }, { view: 'call_pairs' }, { view: 'syscall_paths' }],
  optional: [
    {
      system: 'task',
      event: 'task_newtask',
      columns: [
        { name: 'pid', type: 'integer' },
        { name: 'clone_flags', type: 'ubigint' },
      ],
    },
    {
      system: 'sched',
      event: 'sched_process_fork',
      columns: [
        { name: 'parent_pid', type: 'integer' },
        { name: 'child_pid', type: 'integer' },
      ],
    },
    {
      system: 'sched',
      event: 'sched_process_exec',
      columns: [
        { name: 'pid', type: 'integer' },
        { name: 'old_pid', type: 'integer' },
      ],
    },
    {
      system: 'sched',
      event: 'sched_process_exit',
      columns: [{ name: 'group_dead', type: 'boolean' }],
    },
  ],
  columns: [
    { name: 'source', type: 'USMALLINT', text: 'buffer, see meta.sources' },
    {
      name: 'tgid',
      type: 'INTEGER',
      text: 'process; a thread whose process is not known stands for itself',
    },
    { name: 'fd', type: 'INTEGER', text: 'descriptor; -100 for the working directory' },
    {
      name: 'kind',
      type: 'VARCHAR',
      text: 'file, socket, pipe, eventfd, epoll, … cwd; NULL if not known',
    },
    {
      name: 'path',
      type: 'VARCHAR',
      text: 'path of a file, absolute where the directory it starts from is known; NULL if not known',
    },
    {
      name: 'family',
      type: 'INTEGER',
      text: 'address family of a socket: 1 UNIX, 2 IPv4, 10 IPv6',
    },
    { name: 'type', type: 'INTEGER', text: 'type of a socket: 1 stream, 2 datagram, 3 raw' },
    { name: 'protocol', type: 'INTEGER', text: 'protocol of a socket as given' },
    { name: 'cloexec', type: 'BOOLEAN', text: 'whether exec closes it, at the end of its life' },
    {
      name: 'inferred',
      type: 'BOOLEAN',
      text: 'the number is not in the recording: the lowest that was free',
    },
    {
      name: 'opened_by',
      type: 'VARCHAR',
      text: 'the call that gave the number, or fork; NULL if it was open before the recording',
    },
    { name: 'open_tid', type: 'INTEGER', text: 'thread that made the call; NULL if not known' },
    {
      name: 'open_ts',
      type: 'BIGINT',
      text: 'ns on the trace clock since when it is open; NULL if before the recording',
    },
    { name: 'close_tid', type: 'INTEGER', text: 'thread that closed it; NULL if not known' },
    {
      name: 'close_ts',
      type: 'BIGINT',
      text: 'ns on the trace clock of its end; NULL if not known',
    },
    {
      name: 'closed_by',
      type: 'VARCHAR',
      text: 'close, close_range, dup2, dup3, exec, exit, chdir, or unseen (the number was given out again); NULL if open at the end',
    },
  ],
  source: 'open(2), dup(2), fcntl(2), pipe(2), close_range(2), execve(2), clone(2)',
  record: '--preset files',
  compose(catalogue) {
    const select = selectFrom(
      catalogue.derived.has('path_probes') ? CALLS_WITH_PROBES : CALLS_ALONE,
    )
    return knowsClosing(catalogue) ? select : select.replace('meta.descriptors', NO_SNAPSHOT)
  },
  begin() {
    const replay = new DescriptorReplay()
    return {
      add(columns, rows): Lives {
        const lives: Lives = []
        for (let row = 0; row < rows; row++) replay.step(stepOf(columns, row), lives)
        return lives
      },
      end(): Lives {
        const lives: Lives = []
        replay.end(lives)
        return lives
      },
    }
  },
}
