import t, { type Test } from 'tap'
import { writePerfetto } from '../../../export/perfetto/write.ts'
import type { TraceDatabase } from '../../../parser/sink/duckdb/database.ts'
import { Recording } from '../../../queries/index.ts'
import { withExported } from '../../helpers/exported.ts'
import { fixture } from '../../helpers/paths.ts'
import { type PerfettoTrace, readPerfetto } from '../../helpers/perfetto-trace.ts'
import { everyRecording, someRecordings } from '../../helpers/recordings.ts'

t.setTimeout(everyRecording ? 1_800_000 : 280_000)

/** Recordings that have what others lack: losses, function graph, several buffers, soft interrupts. */
const PARTICULAR = [
  'amd64-6.12-lost-v7',
  'armhf-6.12-fg-depth',
  's390x-7.2-buffers-v6',
  'amd64-6.12-user32-ev-v7-zstd',
].map((name) => fixture('traces', `${name}.dat`))

/** Rows of a `select count`, 0 where the recording has not what the relation needs. */
async function countOf(
  database: TraceDatabase,
  derived: ReadonlySet<string>,
  sql: string,
): Promise<number> {
  const [, schema, relation] = / from (meta\.)?(\w+)/.exec(sql)!
  if (!schema && !derived.has(relation!)) return 0
  return Number((await database.all(sql)).rows[0]![0])
}

const FIRST = 'source = (select min(source) from'

/** What is drawn, and how many rows of which relation it stands for. */
const CHECKS: readonly (readonly [string, (trace: PerfettoTrace) => number, string])[] = [
  [
    'system calls that ended',
    ({ slices }) => slices.filter(({ track, end }) => isCalls(track) && end !== undefined).length,
    "select count(*) from syscall_spans where state = 'complete'",
  ],
  [
    'system calls under way',
    ({ slices }) => slices.filter(({ track, end }) => isCalls(track) && end === undefined).length,
    "select count(*) from syscall_spans where state = 'open'",
  ],
  [
    'system calls of which an end is missing',
    ({ instants }) => instants.filter(({ track }) => isCalls(track)).length,
    "select count(*) from syscall_spans where state not in ('complete', 'open')",
  ],
  [
    'calls of functions',
    ({ slices, instants }) => [...slices, ...instants].filter(isFunction).length,
    'select count(*) from function_calls',
  ],
  ['wakeups', ({ flows }) => flows.length, 'select count(*) from wakeups'],
  [
    'waits for a CPU',
    ({ slices }) => slices.filter(({ track }) => /^thread \d+\/wakeups/.test(track)).length,
    "select count(*) from wakeups where state = 'complete'",
  ],
  [
    'gaps',
    ({ slices, instants }) =>
      [...slices, ...instants].filter(({ track }) => track.includes(' lost events')).length,
    'select count(*) from meta.lost_events',
  ],
  [
    'CPUs with gaps',
    ({ lostCpus }) => lostCpus.size,
    'select count(distinct cpu) from meta.lost_events',
  ],
  [
    'interrupts',
    ({ events }) => events.filter(({ name }) => name === 'irq_handler_entry').length,
    `select count(*) from irq_spans where state = 'complete' and ${FIRST} irq_spans)`,
  ],
  [
    'soft interrupts',
    ({ events }) => events.filter(({ name }) => name === 'softirq_exit').length,
    `select count(*) from softirq_spans where state = 'complete' and ${FIRST} softirq_spans)`,
  ],
]

const isCalls = (track: string): boolean => /^thread \d+(\/calls.*)?$/.test(track)
const isFunction = ({ track }: { track: string }): boolean => / ?functions\b/.test(track)

for (const file of [...PARTICULAR, ...(everyRecording ? someRecordings() : [])])
  t.test(file.replace(/.*\//, ''), async (t) => {
    await withExported(file, writePerfetto, async ({ bytes }, database) => {
      const trace = readPerfetto(bytes)
      const { derived } = (await Recording.of(database)).catalogue
      for (const [what, drawn, sql] of CHECKS)
        t.equal(drawn(trace), await countOf(database, derived, sql), what)
      for (const { track, ts, end } of trace.slices)
        if (end !== undefined && end < ts) t.fail(`${track}: a slice ends before it begins`)
      await checkEvents(t, trace, database)
    })
  })

/** Every event that no slice or mark stands for is there, and no other one. */
async function checkEvents(
  t: Test,
  { events }: PerfettoTrace,
  database: TraceDatabase,
): Promise<void> {
  const { rows } = await database.all(`
    select event, sum(rows)::bigint from meta.events
    where rows > 0 and system not in ('raw_syscalls', 'syscalls') and not (system = 'irq' and event not like '%raise')
      and event not in ('print', 'bprint', 'bputs') and event not like '%graph%entry' and event not like 'funcgraph%'
    group by all order by all`)
  const wanted = new Map<string, number>()
  const counts = new Map<string, number>()
  for (const [event, count] of rows) add(wanted, String(event), Number(count))
  for (const { name } of events) {
    const event = name.replace('generic ', '')
    if (!/^(softirq|irq_handler)_(entry|exit)$|^print$/.test(event)) add(counts, event, 1)
  }
  t.same([...counts].sort(), [...wanted].sort())
}

/** Where there is no sched_waking, sched_wakeup has its name. */
function add(counts: Map<string, number>, event: string, count: number): void {
  const name = event === 'sched_wakeup' ? 'sched_waking' : event
  counts.set(name, (counts.get(name) ?? 0) + count)
}

t.test('the same packets from a database as from the file', async (t) => {
  const file = fixture('traces', 'amd64-6.12-lost-v7.dat')
  const { importTraces } = await import('../../../parser/import.ts')
  const { analysisObjects } = await import('../../../analysis/index.ts')
  const out = `${t.testdir({})}/lost.duckdb`
  await importTraces([file], { out, objects: analysisObjects })
  const made: Buffer[] = []
  for (const from of [file, out])
    await withExported(from, writePerfetto, ({ bytes }) => void made.push(bytes))
  t.ok(made[0]!.equals(made[1]!))
})
