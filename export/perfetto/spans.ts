/** System calls and functions of the kernel: slices on the tracks of threads. */
import { readFunctionNames } from '../function-names.ts'
import { Nesting } from './nesting.ts'
import { type Columns, drawRows, isDerived, type Timeline, trackNamer } from './timeline.ts'

const SYSCALLS = `
select ts, end_ts, tid, source, name, state, ret, error, cpu, map_keys(args), map_values(args), str1, str2, str3
from syscall_spans order by ts, source, cpu, tid`

/** Draws system calls on the threads' own tracks. */
export async function drawSyscalls(timeline: Timeline): Promise<void> {
  if (!isDerived(timeline, 'syscall_spans')) return
  const { packets, tracks } = timeline
  const nameOf = trackNamer(timeline, '')
  await drawRows(timeline, SYSCALLS, (columns, row) => {
    const [ts, end, tid, source, name, state, ret, error, cpu] = columns.map((c) => c[row])
    const own = nameOf(source as number)
    const track =
      own === '' ? tracks.thread(tid as number) : tracks.ofThread(tid as number, 0, `calls${own}`)
    const isWhole = state === 'complete'
    // A call that was still going on at the end is drawn as viewers draw such slices: to the end.
    if (isWhole || state === 'open') packets.beginSlice(track, ts as bigint, String(name))
    else packets.beginInstant(track, ts as bigint, String(name))
    annotateArguments(timeline, columns, row)
    packets.annotate('return value', ret as bigint | null)
    packets.annotate('error', error as string | null)
    if (!isWhole) packets.annotate('state', String(state))
    packets.annotate('cpu', cpu as number)
    packets.endEvent()
    if (isWhole) packets.endSlice(track, end as bigint)
  })
}

function annotateArguments({ packets }: Timeline, columns: Columns, row: number): void {
  const lists = columns.slice(9, 11).map((column) => column[row] as { items: unknown[] } | null)
  const [names, values] = lists.map((list) => list?.items ?? [])
  for (const [i, name] of names!.entries())
    packets.annotate(String(name), values![i] as bigint | null)
  for (const [i, column] of columns.slice(11).entries())
    packets.annotate(`text ${i + 1}`, column[row] as string | null)
}

const FUNCTIONS = `
select ts, end_ts, cpu, tid, source, func, depth, retval, state from function_calls
order by source, tid, case when tid = 0 then cpu end, ts, depth, end_ts`

/** Draws calls of the function graph on a track of their own under each thread. */
export async function drawFunctions(timeline: Timeline): Promise<void> {
  if (!isDerived(timeline, 'function_calls')) return
  const { database, packets, tracks, warn } = timeline
  const functionOf = await readFunctionNames(database)
  const nameOf = trackNamer(timeline, 'functions')
  const nesting = new Nesting(packets)
  let crossing = 0
  await drawRows(timeline, FUNCTIONS, (columns, row) => {
    const [ts, end, cpu, tid, source, func, depth, retval, state] = columns.map((c) => c[row])
    const name = functionOf(source, func)
    const track = tracks.ofThread(tid as number, cpu as number, nameOf(source as number))
    const begun = end !== null && nesting.begin(track, ts as bigint, end as bigint, name)
    if (!begun) {
      if (end !== null) crossing++
      nesting.leaveTo(track, ts as bigint)
      packets.beginInstant(track, ts as bigint, name)
      packets.annotate('end', end as bigint | null)
    }
    packets.annotate('depth', depth as number)
    packets.annotate('return value', retval as bigint | null)
    if (state !== 'complete') packets.annotate('state', String(state))
    packets.annotate('cpu', cpu as number)
    packets.endEvent()
  })
  nesting.finish()
  if (crossing > 0)
    warn(
      `${crossing} calls of functions outlast the call around them: drawn without their duration`,
    )
}
