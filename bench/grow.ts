/**
 * Makes a longer recording of a real one: every CPU's sub-buffers again and again, each time later,
 * and if asked for on more CPUs at the same time (each group of them with tasks of its own) and with
 * more event types. The same arguments give the same bytes.
 *
 *     node dist/bench/grow.js IN.dat OUT.dat [--times N | --events N] [--cpus N] [--types N]
 */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { openChunkReader } from '../parser/container/chunk-reader.ts'
import { openFileSource } from '../parser/container/source.ts'
import { openContainer } from '../parser/container/trace-file.ts'
import type { BufferInstance, CpuData, TraceFile } from '../parser/container/types.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { rebuild } from '../recorder/rebuild.ts'
import { codecOf, makeCodec } from '../writer/codec.ts'
import { readPreamble } from '../writer/preamble.ts'
import type { SavedBuffer, SavedCpu } from '../writer/saved.ts'
import { Clones, type EventSurvey, PID_AT, TYPE_AT } from './clones.ts'
import { findTimes, forEachEvent, type PageLayout, shiftTimes } from './pages.ts'

/** Pause between one repetition and the next, in clock units. */
const PAUSE = 1_000_000n
/** How much later the next group of CPUs begins: no two groups' events have the same time. */
const GROUP_LAG = 1009n

/** How much longer, broader and richer the recording becomes; what is left out stays as it is. */
export interface Growth {
  readonly times?: number
  /** At least so many events, instead of `times`. */
  readonly events?: number
  /** CPUs of the machine. */
  readonly cpus?: number
  /** Event types that occur. */
  readonly types?: number
}

/** What was written. */
export interface Grown {
  readonly events: number
  readonly bytes: number
}

interface Survey extends EventSurvey {
  readonly events: number
  /** From the first to the last event of the whole file, in clock units. */
  readonly span: bigint
}

/** Writes `to`: the recording `from`, grown. Throws what reading and writing throw. */
export async function growTrace(from: string, to: string, growth: Growth): Promise<Grown> {
  const file = openContainer(openFileSource(from), new Diagnostics(true))
  try {
    if (file.latencyText) throw new Error(`${from} holds text, not sub-buffers`)
    const survey = surveyEvents(file)
    const cpus = growth.cpus ?? file.cpuCount
    const groups = Math.ceil(cpus / file.cpuCount)
    const once = survey.events * (cpus / file.cpuCount)
    const times = growth.times ?? Math.max(1, Math.ceil((growth.events ?? 0) / once))
    const clones = new Clones(file, survey, growth.types ?? 0, groups)
    const step = survey.span + PAUSE + GROUP_LAG * BigInt(groups - 1)
    const preamble = readPreamble(file, [], { cpus })
    const written = await rebuild({
      output: to,
      version: file.version,
      preamble: { ...preamble, bodies: clones.bodies(preamble.bodies) },
      codec: makeCodec(codecOf(file)),
      buffers: file.buffers.map((buffer) => growBuffer(file, buffer, clones, cpus, times, step)),
    })
    const events = written.cpus.reduce((sum, cpu) => sum + cpu.events, 0)
    return { events, bytes: written.fileBytes }
  } finally {
    file.close()
  }
}

function growBuffer(
  file: TraceFile,
  buffer: BufferInstance,
  clones: Clones,
  cpus: number,
  times: number,
  step: bigint,
): SavedBuffer {
  const { headerPage, littleEndian, cpuCount } = file
  const bytes = buffer.subBufferSize
  const layout = pageLayout(file, buffer)
  function* pieces(data: CpuData, group: number): Generator<Uint8Array> {
    for (let i = 0; i < times; i++) {
      for (const piece of readPieces(file, buffer, data)) {
        shiftTimes(piece, layout, step * BigInt(i) + GROUP_LAG * BigInt(group))
        clones.rewrite(piece, layout, group)
        yield piece
      }
    }
  }
  const grown: SavedCpu[] = []
  for (let cpu = 0; cpu < cpus; cpu++) {
    const group = Math.floor(cpu / cpuCount)
    const data = buffer.cpus.find((candidate) => candidate.cpu === cpu % cpuCount)
    if (data) grown.push({ cpu, pieces: () => pieces(data, group) })
  }
  return {
    name: buffer.name,
    clock: buffer.clock,
    shape: {
      littleEndian,
      page: { ...headerPage, dataSize: bytes - headerPage.dataOffset },
      bytes,
    },
    cpus: grown,
  }
}

function surveyEvents(file: TraceFile): Survey {
  const counts = new Map<number, number>()
  let first: bigint | undefined
  let last = 0n
  let [events, highestPid] = [0, 0]
  for (const buffer of file.buffers) {
    const layout = pageLayout(file, buffer)
    for (const piece of allPieces(file, buffer)) {
      const times = findTimes(piece, layout)
      if (first === undefined || times.first < first) first = times.first
      if (times.last > last) last = times.last
      forEachEvent(piece, layout, (view, offset) => {
        const id = view.getUint16(offset + TYPE_AT, file.littleEndian)
        counts.set(id, (counts.get(id) ?? 0) + 1)
        highestPid = Math.max(highestPid, view.getInt32(offset + PID_AT, file.littleEndian))
        events++
      })
    }
  }
  return { counts, events, highestPid, span: last - (first ?? 0n) }
}

function* allPieces(file: TraceFile, buffer: BufferInstance): Generator<Uint8Array> {
  for (const cpu of buffer.cpus) yield* readPieces(file, buffer, cpu)
}

/** A piece is valid until the next. */
function* readPieces(file: TraceFile, buffer: BufferInstance, cpu: CpuData): Generator<Uint8Array> {
  const reader = openChunkReader(file, buffer, cpu, new Diagnostics(true))
  let room = new Uint8Array(0)
  for (let size = reader.next(); size > 0; size = reader.next()) {
    if (room.length < size) room = new Uint8Array(size)
    yield room.subarray(0, reader.read(room, 0))
  }
}

function pageLayout(file: TraceFile, buffer: BufferInstance): PageLayout {
  const { commitOffset, dataOffset } = file.headerPage
  const { littleEndian } = file
  return { littleEndian, subBufferSize: buffer.subBufferSize, commitOffset, dataOffset }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const number = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { times: number, events: number, cpus: number, types: number },
  })
  const [from, to] = positionals
  if (from === undefined || to === undefined) {
    process.stderr.write('usage: grow.js IN.dat OUT.dat [--times N] [--events N] …\n')
    process.exit(2)
  }
  const growth = Object.entries(values).map(([name, value]) => [name, Number(value)])
  const { events, bytes } = await growTrace(from, to, Object.fromEntries(growth))
  process.stdout.write(`${events} events, ${bytes} bytes\n`)
}
