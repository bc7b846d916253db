/** Wakeups: from who woke a thread an arrow to the time it waited for a CPU. */
import { EVENT } from './schema.ts'
import { drawRows, isDerived, type Timeline, trackNamer } from './timeline.ts'

const WAKEUPS = `
select ts, case when state = 'complete' then ts + dur end as end_ts, tid, coalesce(comm, '') as comm, source, target_cpu, waker_tid,
  coalesce(waker_comm, '') as waker_comm, waker_cpu, waker_context, state, prio
from wakeups order by ts, source, waker_cpu, tid`

/**
 * Draws them on a track under each thread: the waking as a mark, the wait as a slice. An interrupt wakes
 * in the name of whatever thread is current: its mark is on a track of its CPU.
 */
export async function drawWakeups(timeline: Timeline): Promise<void> {
  if (!isDerived(timeline, 'wakeups')) return
  const { packets, tracks } = timeline
  const nameOf = trackNamer(timeline, 'wakeups')
  let flow = 0
  await drawRows(timeline, WAKEUPS, (columns, row) => {
    const [
      ts,
      end,
      tid,
      comm,
      sourceOf,
      targetCpu,
      wakerTid,
      wakerComm,
      wakerCpu,
      context,
      state,
      prio,
    ] = columns.map((c) => c[row])
    const name = nameOf(sourceOf as number)
    const isTask = context === 'task' && wakerTid !== 0
    const from = isTask
      ? tracks.ofThread(wakerTid as number, 0, name)
      : tracks.ofCpu(wakerCpu as number, `${name} by interrupts`)
    packets.beginInstant(from, ts as bigint, `wakes ${comm} ${tid}`)
    packets.proto.fixed64(EVENT.flowIds, ++flow)
    packets.endEvent()

    const to = tracks.ofThread(tid as number, targetCpu as number, name)
    const by = isTask ? `${wakerComm} ${wakerTid}` : `${context} on CPU ${wakerCpu}`
    if (end === null) packets.beginInstant(to, ts as bigint, `woken by ${by}`)
    else packets.beginSlice(to, ts as bigint, `woken by ${by}`)
    packets.proto.fixed64(EVENT.terminatingFlowIds, flow)
    packets.annotateAll({
      'waker context': context as string | null,
      'waker CPU': wakerCpu as number | null,
      'target CPU': targetCpu as bigint | null,
      prio: prio as number | null,
    })
    if (end === null) packets.annotate('state', String(state))
    packets.endEvent()
    if (end !== null) packets.endSlice(to, end as bigint)
  })
}
