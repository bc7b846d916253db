// What holds for the system calls of every recording.
import { readdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'

t.setTimeout(240_000)

/** Each enter is one span, and each exit is in at most one; only those of rt_sigreturn are in none. */
const COUNTS = `
select (select count(*) from syscall_events where ret is null) as enters,
  (select count(*) from syscall_events where ret is not null) as exits,
  count(*) filter (where state not in ('no_enter', 'began_before', 'child')) as entered,
  count(*) filter (where state in ('complete', 'lost', 'no_enter', 'began_before', 'child')) as left,
  count(*) filter (where name in ('rt_sigreturn', 'sigreturn')) as returns,
  count(*) filter (where dur < 0) as negative,
  count(*) filter (where (dur is null) <> (state <> 'complete')) as timeless,
  count(*) filter (where error is not null and ret not between -4095 and -1) as wrong,
  count(*) filter (where end_ts < ts) as backwards
from syscall_spans`

t.test('spans account for all enters and exits', async (t) => {
  let seen = 0
  for (const file of readdirSync(fixture('traces')).filter((name) => name.endsWith('.dat'))) {
    const path = fixture('traces', file)
    const { database, trace } = await openTraceDatabase(path, { objects: analysisObjects })
    const { rows: events } = await database.all(
      `select count(*) from meta.events where system like '%syscalls' and rows > 0`,
    )
    if (Number(events[0]![0]) > 0) {
      seen++
      const { rows } = await database.all(COUNTS)
      const [enters, exits, entered, left, returns, negative, timeless, wrong, backwards] =
        rows[0]!.map(Number) as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
        ]
      t.equal(entered, enters, `${file}: enters`)
      t.ok(left <= exits && exits - left <= returns, `${file}: exits ${left} of ${exits}`)
      t.same([negative, timeless, wrong, backwards], [0, 0, 0, 0], file)
      await checkPrograms(t, database, file)
    }
    await database.close()
    trace.close()
  }
  t.ok(seen > 10, `${seen} recordings with system calls`)
})

/** A thread runs one program at a time, and none before it was made. */
async function checkPrograms(
  t: Test,
  database: { all(sql: string): Promise<{ rows: readonly (readonly unknown[])[] }> },
  file: string,
): Promise<void> {
  const { rows: has } = await database.all(
    `select count(*) from meta.events where event in ('sched_process_fork', 'sched_process_exec') and rows > 0`,
  )
  if (Number(has[0]![0]) === 0) return
  const { rows } = await database.all(`
    select count(*) filter (where dur < 0), count(*) filter (where ts < previous_end), count(*) - count(distinct (source, tid, life, epoch)),
      count(*) filter (where began = 'fork' and parent_tid is null)
    from (select *, lag(end_ts) over (partition by source, tid order by coalesce(ts, end_ts)) as previous_end from process_tree)`)
  t.same(rows[0]!.map(Number), [0, 0, 0, 0], `${file}: programs`)
}
