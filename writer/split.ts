/** A part of a recording as a trace.dat of its own. */
import { OPTION, payloadText } from '../parser/container/options.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'
import { createEventTest, type EventFilter } from '../parser/read.ts'
import { createClock } from '../parser/ring/clock.ts'
import { NO_ID, type WalkLayout } from '../parser/ring/walk-layout.ts'
import { splitTime } from '../parser/streams.ts'
import type { Trace } from '../parser/trace.ts'
import type { Converted, WrittenCpu } from './convert.ts'
import { type CutTally, cutPages } from './cut-pages.ts'
import { type OptionRecord, textOption } from './metadata.ts'
import type { RecordChoice } from './record-choice.ts'
import type { OnRead } from './saved.ts'
import { emptyTally, soundPages } from './sound-pages.ts'
import type { Target } from './target.ts'
import { savedBuffers, writeTrace } from './write-trace.ts'

/** What the part is to hold: records that are in all of these. */
export interface PartSelection extends EventFilter {
  /** Buffers by name, '' for the top-level one; all when undefined. */
  readonly buffers?: readonly string[] | undefined
}

/** What was written of one CPU, and what there was. */
export interface SplitCpu extends WrittenCpu {
  /** Records of this CPU, chosen or not. */
  readonly seen: number
  readonly trailingLoss: boolean
}

/** What was written. */
export interface Split extends Converted {
  readonly cpus: readonly SplitCpu[]
}

/**
 * Writes the records of `trace` that `selection` names to `fd`, as `target` asks: timestamps,
 * payloads, CPUs, buffers and marks of lost events as they are. Sub-buffers that belong to the part
 * as a whole are copied unaltered. Throws `ERR_NOT_RECORDED` for events and buffers that the file
 * does not have, `ERR_TRACE_LATENCY` for a file without events, and what `writeTrace` throws; damage goes to the trace's diagnostics.
 */
export async function splitTrace(
  trace: Trace,
  selection: PartSelection,
  target: Target,
  fd: number,
  onRead?: OnRead,
): Promise<Split> {
  const { file, diagnostics } = trace
  if (file.latencyText) throw noEvents(file)
  const wanted = wantedIds(trace, selection.events)
  checkBuffers(trace, selection.buffers)
  const from = splitTime(selection.from, 0n)
  const to = splitTime(selection.to, 0xffffffffffffffffn)
  const isCut = wanted !== null || from !== undefined || to !== undefined
  const cpus: (WrittenCpu & CutTally)[] = []
  const notices: string[] = []
  const buffers = savedBuffers(file, diagnostics, onRead)
    .filter(({ name }) => selection.buffers?.includes(name) ?? true)
    .map((buffer) => ({
      ...buffer,
      cpus: buffer.cpus.filter(({ cpu }) => selection.cpus?.has(cpu) ?? true),
    }))
  await writeTrace(fd, {
    file,
    target,
    notices,
    buffers,
    pagesOf: (buffer, { cpu, pieces }) => {
      const own = { buffer: buffer.name, cpu, ...emptyTally(), seen: 0, trailingLoss: false }
      cpus.push(own)
      if (!isCut) return soundPages(pieces(), buffer.shape, own)
      const correctTimes = createClock(file.corrections, cpu)
      const choice: RecordChoice = { wanted, from, to, correctTimes }
      const layout = walkLayout(trace, buffer.name, buffer.shape.bytes, cpu)
      return cutPages(pieces(), buffer.shape, layout, choice, diagnostics, own)
    },
    adjust: (described) => {
      const options = described.preamble.options
      const kept = trueOptions(options, { ...selection, isCut, isLater: from !== undefined })
      return { ...described, preamble: { ...described.preamble, options: kept } }
    },
  })
  if (!isCut) for (const cpu of cpus) cpu.seen = cpu.events
  return { cpus, notices }
}

function noEvents({ source }: TraceFile): TraceError {
  return new TraceError('ERR_TRACE_LATENCY', `${source.name} holds text, not events`, {
    hint: 'it is what a latency tracer printed; read it with traceduck info',
  })
}

function walkLayout(trace: Trace, buffer: string, subBufferSize: number, cpu: number): WalkLayout {
  const { file, pidOffset, sources } = trace
  return {
    littleEndian: file.littleEndian,
    headerPage: file.headerPage,
    subBufferSize,
    kernelStackId: trace.formatNamed('ftrace', 'kernel_stack')?.id ?? NO_ID,
    userStackId: trace.formatNamed('ftrace', 'user_stack')?.id ?? NO_ID,
    pidOffset,
    source: sources.find((source) => source.buffer.name === buffer)?.source ?? -1,
    cpu,
  }
}

const IDS = 0x10000

function wantedIds(trace: Trace, events: readonly string[] | undefined): Uint8Array | null {
  if (events === undefined) return null
  const wanted = new Uint8Array(IDS)
  for (const pattern of events) {
    const matches = createEventTest([pattern])
    const found = trace.formats.filter(matches)
    if (found.length === 0) {
      throw new TraceError('ERR_NOT_RECORDED', `no event of this file is called ${pattern}`, {
        hint: 'traceduck info FILE lists the events of a file',
      })
    }
    for (const { id } of found) wanted[id] = 1
  }
  return wanted
}

function checkBuffers(trace: Trace, names: readonly string[] | undefined): void {
  const known = trace.file.buffers.map(({ name }) => name)
  const missing = names?.find((name) => name !== '' && !known.includes(name))
  if (missing === undefined) return
  const list = known.map((name) => (name === '' ? 'the top-level one' : name)).join(', ')
  throw new TraceError('ERR_NOT_RECORDED', `this file has no buffer ${missing}`, {
    hint: `its buffers: ${list}`,
  })
}

/** What decides whether an option still holds. */
interface PartFacts extends PartSelection {
  readonly isCut: boolean
  readonly isLater: boolean
}

/**
 * Options that are true of the part: the kernel's statistics are only of CPUs that are there as a
 * whole, and which descriptors were open only where the part begins with the recording.
 */
function trueOptions(options: readonly OptionRecord[], part: PartFacts): OptionRecord[] {
  let buffer = ''
  return options.flatMap((option) => {
    if (option.id === OPTION.own && part.isLater) return withoutDescriptors(option)
    if (option.id !== OPTION.cpuStat) return [option]
    const text = payloadText(option)
    const name = /^\s*Buffer: (.*)$/m.exec(text)?.[1]
    if (name !== undefined) buffer = name
    if (part.isCut || !(part.buffers?.includes(buffer) ?? true)) return []
    if (name !== undefined) return [option]
    const cpu = Number(/^CPU: (\d+)$/m.exec(text)?.[1])
    return (part.cpus?.has(cpu) ?? true) ? [option] : []
  })
}

function withoutDescriptors(option: OptionRecord): OptionRecord[] {
  const lines = payloadText(option).split('\n')
  return [textOption(option.id, lines.filter((line) => !line.startsWith('fd ')).join('\n'))]
}
