// What must hold of allocations, stacks and calls in every recording.
import t from 'tap'
import { analysisObjects, derivable } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { everyRecording, someRecordings } from '../../helpers/recordings.ts'

const files = someRecordings()

/** A statement about a relation; each must give true, and its number of rows counts as seen. */
const CLAIMS: Readonly<Record<string, string>> = {
  kernel_allocs: `select count(*) = count(*) filter (state in ('freed', 'live', 'replaced', 'lost', 'unknown', 'failed'))
    and count(freed_ts) = count(*) filter (state = 'freed') and coalesce(min(dur), 0) >= 0
    and count(distinct (source, ptr, freed_ts)) filter (state = 'freed') = count(freed_ts), count(*) from kernel_allocs`,
  page_allocs: `select count(*) = count(*) filter (state in ('freed', 'live', 'replaced', 'lost', 'unknown', 'failed'))
    and coalesce(min(dur), 0) >= 0 and count(distinct (source, pfn, freed_ts)) filter (state = 'freed') = count(freed_ts),
    count(*) from page_allocs`,
  page_faults: `select coalesce(bool_and(ip > 0 and mode in ('user', 'kernel')), true), count(*) from page_faults`,
  function_calls: `select coalesce(min(dur), 0) >= 0 and count(end_ts) >= count(*) filter (state = 'complete')
    and (select count(*) from ftrace.funcgraph_exit) = count(*) filter (state <> 'open'), count(*) from function_calls`,
  uprobe_spans: `select (select count(*) from probe_events where not is_return) = count(*) filter (state <> 'no_entry')
    and (select count(*) from probe_events where is_return) >= count(*) filter (state in ('complete', 'no_entry', 'lost'))
    and coalesce(min(dur), 0) >= 0 and coalesce(min(depth), 0) >= 0, count(*) from uprobe_spans`,
  user_allocs: `select count(*) filter (state = 'freed') = (select count(*) from user_frees where state = 'matched')
    and count(*) = count(*) filter (state in ('freed', 'live', 'missed_free', 'exec', 'lost', 'failed', 'no_result')),
    count(*) from user_allocs`,
  event_stacks: `select coalesce(bool_and(stack is not null), true), count(*) from event_stacks`,
}

t.setTimeout(290_000)

t.test('whatever was recorded', async (t) => {
  const seen = new Map(Object.keys(CLAIMS).map((name) => [name, 0]))
  for (const file of files) {
    const { database, trace, tables } = await openTraceDatabase(file, { objects: analysisObjects })
    const names = derivable(tables).catalogue.derived
    for (const [name, claim] of Object.entries(CLAIMS)) {
      if (!names.has(name)) continue
      const { rows } = await database.all(claim)
      const [holds, count] = rows[0]!
      if (holds !== true) t.fail(`${file}: ${name}`)
      seen.set(name, seen.get(name)! + Number(count))
    }
    await database.close()
    trace.close()
  }
  for (const [name, rows] of seen) t.ok(rows > 0 || !everyRecording, `${rows} rows of ${name}`)
})
