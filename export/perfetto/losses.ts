/** Lost events as people see them: a bar on a track of the CPU for the time of each gap. */
import { drawRows, type Timeline, trackNamer } from './timeline.ts'

const GAPS =
  'select source, cpu, gap_start_ts, ts, count from meta.lost_events order by source, cpu, ts'

/** Draws the gaps, and marks their CPUs as viewers know them. */
export async function drawLosses(timeline: Timeline): Promise<void> {
  const { packets, bundles, tracks } = timeline
  const nameOf = trackNamer(timeline, 'lost events')
  await drawRows(timeline, GAPS, ([source, cpus, starts, ends, counts], row) => {
    const cpu = cpus![row] as number
    const [start, end] = [starts![row] as bigint | null, ends![row] as bigint]
    const count = counts![row] as bigint | null
    const track = tracks.ofCpu(cpu, nameOf(source![row] as number))
    const name = count === null ? 'lost events, how many is unknown' : `lost ${count} events`
    if (start === null || start >= end) packets.beginInstant(track, end, name)
    else packets.beginSlice(track, start, name)
    packets.annotate('count', count)
    packets.endEvent()
    if (start !== null && start < end) packets.endSlice(track, end)
    bundles.lost(cpu)
  })
}
