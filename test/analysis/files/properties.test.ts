// What holds for files and descriptors in every recording of system calls.
import { basename } from 'node:path'
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { Recording } from '../../../queries/index.ts'
import { someRecordings } from '../../helpers/recordings.ts'
import { select } from '../../queries/given.ts'

/** Statements that give a row only where something is wrong, and the relations they need. */
const WRONG: readonly [what: string, needs: string, sql: string][] = [
  ['a negative time', 'call_pairs', 'from call_pairs where dur < 0 or end_ts < ts'],
  [
    'a call counted twice or not at all',
    'call_pairs',
    `select n, m from (select count(*) as n from syscall_events where (nr is distinct from -1 or ret is null)),
       (select count(*) + count(*) filter (where state in ('complete', 'lost')) as m from call_pairs) where n <> m`,
  ],
  [
    'a path without a source, or the other way round',
    'syscall_paths',
    'from syscall_paths where (path is null) <> (path_source is null) or state = $$lost$$ and ret is not null',
  ],
  [
    'more or fewer opens than calls',
    'file_opens',
    `select n, m from (select count(*) as n from call_pairs where name in ('open', 'openat', 'openat2', 'creat')),
       (select count(*) as m from file_opens) where n <> m`,
  ],
  [
    'a full path that is none',
    'file_paths',
    `from file_paths where not starts_with(full_path, '/') or regexp_matches(full_path, '//|/\\.\\.?(/|$)')`,
  ],
  ['a descriptor that ends before it begins', 'fd_table', 'from fd_table where close_ts < open_ts'],
  [
    'two lives of one number at a time',
    'fd_table',
    `from (select *, lead(open_ts) over (partition by source, tgid, fd order by open_ts) as next_ts
       from fd_table where open_ts is not null) where close_ts > next_ts or close_ts is null and closed_by is null and next_ts is not null`,
  ],
  [
    'an open that the table of descriptors has not',
    'file_opens',
    `from file_opens o where fd is not null and not exists (
       from fd_table d where d.source = o.source and d.fd = o.fd and d.open_tid = o.tid and d.open_ts >= o.ts)`,
  ],
  [
    'bytes that no call returned',
    'file_io',
    'from file_io where bytes < 0 or bytes > 0 and bytes <> ret',
  ],
  [
    'a read or write without its call',
    'file_io',
    `select n, m from (select count(*) as n from call_pairs where name in ('read', 'write')),
       (select count(*) as m from file_io where call in ('read', 'write')) where n <> m`,
  ],
  [
    'a slow operation too many',
    'vfs_slow',
    `select n, m from (select count(*) as n from file_io),
     (select count(*) as m from vfs_slow where op <> 'open') where n <> m`,
  ],
]

t.setTimeout(240_000)
let asked = 0
for (const file of someRecordings('all')) {
  await t.test(basename(file), async (t) => {
    const { database, trace } = await openTraceDatabase(file, { objects: analysisObjects })
    const { derived } = (await Recording.of(database)).catalogue
    for (const [what, needs, sql] of WRONG) {
      if (!derived.has(needs)) continue
      asked++
      t.same((await select(database, sql)).slice(0, 3), [], what)
    }
    await database.close()
    trace.close()
  })
}
t.ok(asked > 50, `${asked} questions`)
