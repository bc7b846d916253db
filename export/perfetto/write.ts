/** A recording as a Perfetto trace: one timeline of one machine. */
import { TraceError } from '../../parser/error.ts'
import { readEventSources } from '../event-sources.ts'
import type { FileJob } from '../job.ts'
import { drawCounters } from './counters.ts'
import { writeEvents } from './events.ts'
import { FtraceBundles } from './ftrace-bundles.ts'
import {
  drawRecording,
  readBuffers,
  readTasks,
  writeMachine,
  writeStatistics,
  writeTasks,
} from './header.ts'
import { drawInterrupts } from './irqs.ts'
import { drawLosses } from './losses.ts'
import { drawMarks } from './marks.ts'
import { PacketWriter } from './packets.ts'
import { drawFunctions, drawSyscalls } from './spans.ts'
import type { Timeline } from './timeline.ts'
import { Tracks } from './tracks.ts'
import { drawWakeups } from './wakeups.ts'

/** Writes the timeline; what is drawn first is what a viewer needs to know about the rest. */
export async function writePerfetto(job: FileJob): Promise<string> {
  const [file, ...others] = job.files
  if (others.length > 0) throw severalFiles(job.files)
  const opened = await job.open(file!)
  const { catalogue } = await opened.recording()
  const { database } = opened
  const buffers = await readBuffers(database)
  if (new Set(buffers.map((buffer) => buffer.file)).size > 1)
    throw severalFiles(buffers.map((buffer) => buffer.file))
  const tasks = await readTasks(database)
  const packets = new PacketWriter((bytes) => job.write(bytes))
  const timeline: Timeline = {
    database,
    catalogue,
    sources: await readEventSources(database),
    buffers: new Map(buffers.map(({ source, buffer }) => [source, buffer])),
    packets,
    bundles: new FtraceBundles(packets),
    tracks: new Tracks(packets, tasks),
    warn: (line) => job.warn(line),
  }
  if (buffers[0]) writeMachine(packets, buffers[0])
  writeTasks(packets, tasks)
  drawRecording(timeline, buffers)
  await drawLosses(timeline)
  await writeEvents(timeline)
  await drawInterrupts(timeline)
  await drawSyscalls(timeline)
  await drawFunctions(timeline)
  await drawWakeups(timeline)
  await drawMarks(timeline)
  await drawCounters(timeline)
  timeline.bundles.flush()
  await writeStatistics(timeline)
  await packets.flush()
  const { size } = timeline.tracks
  const { events } = timeline.bundles
  return `${events} events in ${packets.packets} packets, ${size} ${size === 1 ? 'track' : 'tracks'}`
}

function severalFiles(files: readonly string[]): TraceError {
  return new TraceError(
    'ERR_USAGE',
    `${new Set(files).size} recordings do not go on one timeline: each has a clock of its own`,
    { hint: 'export each trace.dat by itself' },
  )
}
