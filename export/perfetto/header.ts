/** What stands at the beginning: machine, clock, processes and threads; and the kernel's statistics. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import type { Annotations, PacketWriter } from './packets.ts'
import { CLOCK_IDS, CLOCKS, PACKET, STATS, SYSTEM, TREE } from './schema.ts'
import type { Timeline } from './timeline.ts'
import type { Task } from './tracks.ts'

/** A buffer of the recording. */
export interface Buffer {
  readonly source: number
  readonly file: string
  readonly buffer: string
  readonly host: string
  readonly kernel: string
  readonly recorder: string
  readonly clock: string
  readonly firstTs: bigint | null
  readonly lastTs: bigint | null
  readonly wallOffset: bigint | null
}

const BUFFERS = `
select source, file, buffer, host, kernel, recorder, clock, first_ts, last_ts, wall_offset_ns from meta.sources
order by source`

/** Reads what is known of the buffers. */
export async function readBuffers(database: TraceDatabase): Promise<Buffer[]> {
  const { rows } = await database.all(BUFFERS)
  return rows.map((row) => {
    const [source, file, buffer, host, kernel, recorder, clock, firstTs, lastTs, wallOffset] = row
    const texts = { file, buffer, host, kernel, recorder, clock } as Record<string, string>
    const times = { firstTs, lastTs, wallOffset } as Record<string, bigint | null>
    return { source: Number(source), ...texts, ...times } as unknown as Buffer
  })
}

/** A thread of several buffers is one; where its process is not known it is one of its own. */
const TASKS = `
select pid, coalesce(max(tgid), pid) as tgid, coalesce(arg_max(comm, source) filter (comm not in ('', '<...>')), '')
from meta.tasks where pid > 0 group by pid order by pid`

/** Reads threads by their ids. */
export async function readTasks(database: TraceDatabase): Promise<Map<number, Task>> {
  const { rows } = await database.all(TASKS)
  return new Map(
    rows.map(([tid, tgid, comm]) => [
      Number(tid),
      { tid: Number(tid), tgid: Number(tgid), comm: String(comm) },
    ]),
  )
}

/** Clocks of the kernel's tracer that are those of clock_gettime(2). */
const KNOWN_CLOCKS: Readonly<Record<string, number>> = {
  boot: CLOCK_IDS.boottime,
  mono: CLOCK_IDS.monotonic,
  mono_raw: CLOCK_IDS.monotonicRaw,
}

/** Clocks that do not count ns. */
const TICKS: readonly string[] = ['counter', 'x86-tsc']

/** Writes the machine and the clock. */
export function writeMachine(packets: PacketWriter, first: Buffer): void {
  const { proto } = packets
  const uname = /^(\S+) (?:.* )?(\S+) (\S+)$/.exec(first.kernel)
  if (uname) {
    packets.begin()
    proto.begin(PACKET.systemInfo)
    proto.begin(SYSTEM.utsname)
    proto.text(SYSTEM.sysname, uname[1]!)
    proto.text(SYSTEM.release, uname[2]!)
    proto.text(SYSTEM.machine, uname[3]!)
    proto.end()
    proto.end()
    packets.end()
  }
  if (first.firstTs === null) return
  // Times without a clock's number are CLOCK_BOOTTIME to viewers: others are pinned to it here.
  const times: [number, bigint][] = [[CLOCK_IDS.boottime, first.firstTs]]
  const known = KNOWN_CLOCKS[first.clock]
  if (known !== undefined && known !== CLOCK_IDS.boottime) times.push([known, first.firstTs])
  if (first.wallOffset !== null) times.push([CLOCK_IDS.realtime, first.firstTs + first.wallOffset])
  packets.begin()
  proto.begin(PACKET.clockSnapshot)
  for (const [id, ts] of times) {
    proto.begin(CLOCKS.clocks)
    proto.integer(CLOCKS.clockId, id)
    proto.integer(CLOCKS.timestamp, ts)
    proto.end()
  }
  proto.end()
  packets.end()
}

/** Writes names of processes and threads. */
export function writeTasks(packets: PacketWriter, tasks: ReadonlyMap<number, Task>): void {
  const { proto } = packets
  packets.begin()
  proto.begin(PACKET.processTree)
  for (const tgid of new Set([...tasks.values()].map((task) => task.tgid))) {
    proto.begin(TREE.processes)
    proto.integer(TREE.process.pid, tgid)
    const comm = tasks.get(tgid)?.comm
    if (comm) {
      proto.text(TREE.process.cmdline, comm)
      proto.integer(TREE.process.cmdlineIsComm, 1)
    }
    proto.end()
  }
  for (const { tid, tgid, comm } of tasks.values()) {
    proto.begin(TREE.threads)
    proto.integer(TREE.thread.tid, tid)
    proto.integer(TREE.thread.tgid, tgid)
    if (comm !== '') proto.text(TREE.thread.name, comm)
    proto.end()
  }
  proto.end()
  packets.end()
}

/** Says at the first event what was recorded, by which clock. */
export function drawRecording(
  { packets, tracks, warn }: Timeline,
  buffers: readonly Buffer[],
): void {
  const begun = buffers
    .flatMap((buffer) => (buffer.firstTs === null ? [] : [{ ...buffer, firstTs: buffer.firstTs }]))
    .sort((a, b) => Number(a.firstTs - b.firstTs))
  for (const { buffer, clock, firstTs, file, host, kernel, recorder, lastTs } of begun) {
    const unit = TICKS.includes(clock) ? 'ticks' : 'ns'
    if (unit === 'ticks')
      warn(`the clock ${clock} counts ticks: what the timeline shows as ns are ticks`)
    const name = `${buffer === '' ? 'recording' : `buffer ${buffer}`}, clock ${clock} in ${unit}`
    packets.beginInstant(tracks.recording, firstTs, name)
    packets.annotateAll({ file, host, kernel, recorder, clock, unit } satisfies Annotations)
    packets.annotate('last event', lastTs)
    packets.endEvent()
  }
}

const CPU_STATS = `
select c.source, cpu, entries, overrun, commit_overrun, bytes, dropped, events
from meta.cpus c order by c.source, cpu`

/** Writes the kernel's figures at the end of the recording, those of the first buffer. */
export async function writeStatistics({ database, packets }: Timeline): Promise<void> {
  const { proto } = packets
  const { cpu: number, ...fields } = STATS.cpu
  const rows = (await database.all(CPU_STATS)).rows
  packets.begin()
  proto.begin(PACKET.ftraceStats)
  proto.integer(STATS.phase, STATS.endOfTrace)
  for (const [source, cpu, ...figures] of rows) {
    if (source !== rows[0]![0]) continue
    proto.begin(STATS.cpuStats)
    proto.integer(number, Number(cpu))
    for (const [i, field] of Object.values(fields).entries()) {
      const figure = figures[i] as bigint | null | undefined
      if (figure !== null && figure !== undefined) proto.integer(field, figure)
    }
    proto.end()
  }
  proto.end()
  packets.end()
}
