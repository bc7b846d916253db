/**
 * The flight recorder: what is in the kernel's ring buffers now becomes a trace.dat. Writing into a
 * buffer pauses while it is read, so that its oldest events are not overwritten meanwhile, and goes
 * on afterwards; what was read is gone from the kernel, as with every reader of `trace_pipe_raw`.
 * Authority: Documentation/trace/ftrace.rst (trace_pipe_raw, snapshot), trace-cmd-extract(1).
 */
import { existsSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { makeCodec } from '../writer/codec.ts'
import { cpuStatOptions } from './collect.ts'
import { type CpuCounts, countEvents, summarize } from './counts.ts'
import type { ReadFailure } from './cpu-reader.ts'
import { type DrainedNow, drainNow } from './drain-now.ts'
import type { RawBuffer } from './finish.ts'
import { Journal } from './journal.ts'
import { describeKernel } from './kernel-facts.ts'
import {
  arrangeDrained,
  codecName,
  completeRaw,
  discardRaw,
  type FileRequest,
  pageLayout,
  prepareRaw,
  readerRequests,
  refuseOutput,
  saveDrained,
} from './raw-recording.ts'
import type { LiveBuffer } from './setup.ts'
import { type RecordingState, rawPath } from './state.ts'
import { checkInstanceName, Tracefs } from './tracefs.ts'
import type { CpuSummary } from './types.ts'

/** What to extract, and where to. */
export interface ExtractOptions extends FileRequest {
  /** Replace an existing output file. */
  readonly force?: boolean
  /** Instances by name. */
  readonly instances: readonly string[]
  /** Every instance that there is. */
  readonly allInstances?: boolean
  /** The top-level buffer too; without instances it is the one that is meant. */
  readonly topLevel?: boolean
  /** The snapshot buffers instead of those that are written to. */
  readonly snapshot?: boolean
  /** Add the wall clock to what readers print. */
  readonly date?: boolean
}

/** What an extraction came to. */
export interface ExtractSummary {
  readonly output: string
  readonly fileBytes: number
  /** `lost` counts what was overwritten or dropped since the buffer was last emptied. */
  readonly cpus: readonly CpuSummary[]
  /** Why not everything could be read or written. */
  readonly failure?: ReadFailure
  readonly notices: readonly string[]
}

/**
 * Takes what is in the buffers into a trace.dat. Throws `ERR_OUTPUT_EXISTS`, `ERR_USAGE` for an
 * instance that is not there, `ERR_RECORD_UNSUPPORTED` for snapshots where the kernel has none,
 * `ERR_RECORD_OUTPUT`, and what tracefs refuses. Killed on the way it leaves what `recover` takes,
 * and `tracing_on` for `reset`.
 */
export async function extract(
  options: ExtractOptions,
  tracefs: Tracefs = Tracefs.find(),
  runtime?: string,
): Promise<ExtractSummary> {
  refuseOutput(options)
  const notices: string[] = []
  const buffers = chooseBuffers(options, tracefs, notices)
  for (const buffer of buffers) notices.push(...checkBuffer(buffer, options))
  // A codec that is missing is found out before anything is read.
  makeCodec(codecName(options))
  const journal = Journal.begin(tracefs, runtime)
  const restore = (): void => void journal.restore()
  process.once('exit', restore)
  try {
    if (!options.snapshot) pauseBuffers(journal, buffers)
    const taken = await takeBuffers(options, tracefs, buffers, notices)
    journal.restore()
    const fileBytes = await completeRaw(rawPath(options.output), taken.state, taken.buffers)
    const { cpus, failure } = taken
    return { output: options.output, fileBytes, cpus, ...(failure && { failure }), notices }
  } finally {
    journal.restore()
    process.off('exit', restore)
  }
}

function chooseBuffers(options: ExtractOptions, tracefs: Tracefs, notices: string[]): LiveBuffer[] {
  const there = tracefs.folders('instances')
  const names = options.allInstances
    ? there.filter((name) => !inUse(name, notices))
    : options.instances
  for (const name of names) {
    checkInstanceName(name)
    if (there.includes(name)) continue
    throw new TraceError('ERR_USAGE', `there is no instance ${name}`, {
      hint: there.length === 0 ? 'there are none at all' : `there are: ${there.join(', ')}`,
    })
  }
  const instances = names.map((name) => ({ name, tracefs: tracefs.at(name) }))
  const none = options.instances.length === 0 && !options.allInstances
  return none || options.topLevel ? [{ name: '', tracefs: tracefs.top }, ...instances] : instances
}

/** Whether it belongs to a recording of ours that runs: its events go into that one's file. */
function inUse(name: string, notices: string[]): boolean {
  const pid = /^traceduck-(?:[a-z]+-)?(\d+)/.exec(name)?.[1]
  if (pid === undefined || !existsSync(`/proc/${pid}`)) return false
  notices.push(`left out ${name}, which a running recording reads`)
  return true
}

const LATENCY_TRACERS = /^(wakeup|irqsoff|preemptoff|preemptirqsoff)/

/** Throws where there is nothing to read from; returns what the user should know. */
function checkBuffer({ tracefs }: LiveBuffer, { snapshot }: ExtractOptions): string[] {
  const tracer = tracefs.tryRead('current_tracer') ?? 'nop'
  const notices = LATENCY_TRACERS.test(tracer)
    ? [`the latencies that tracer ${tracer} found are text, in ${tracefs.resolve('trace')}`]
    : []
  if (!snapshot) return notices
  if (!tracefs.exists('snapshot')) {
    throw new TraceError('ERR_RECORD_UNSUPPORTED', 'this kernel has no snapshot buffers', {
      hint: 'it was built without CONFIG_TRACER_SNAPSHOT; extract without -s takes the live buffer',
    })
  }
  if (/Snapshot is not allocated/.test(tracefs.tryRead('snapshot') ?? '')) {
    notices.push(`no snapshot was taken in ${tracefs.dir}: echo 1 > snapshot does`)
  }
  return notices
}

function pauseBuffers(journal: Journal, buffers: readonly LiveBuffer[]): void {
  for (const { tracefs } of buffers) {
    if (tracefs.read('tracing_on').trim() === '1') journal.set(tracefs, 'tracing_on', '0')
  }
}

interface Taken {
  readonly state: RecordingState
  readonly buffers: readonly RawBuffer[]
  readonly cpus: readonly CpuSummary[]
  readonly failure: ReadFailure | undefined
}

async function takeBuffers(
  options: ExtractOptions,
  tracefs: Tracefs,
  buffers: readonly LiveBuffer[],
  notices: string[],
): Promise<Taken> {
  const views = buffers.length > 0 ? buffers.map((buffer) => buffer.tracefs) : [tracefs.top]
  const known = describeKernel(views, options.date ?? false, notices)
  const metadata = { ...known, options: [...known.options, ...cpuStatOptions(buffers)] }
  const main = { name: '', tracefs: tracefs.top }
  const raw = rawPath(options.output)
  const state = prepareRaw(
    options,
    metadata,
    buffers.find(({ name }) => name === '') ?? main,
    buffers,
  )
  const counts = countEvents(buffers).map((count) => stillThere(count, options))
  const { drained, failure } = await drainOrDiscard(raw, state, buffers, options)
  const taken = arrangeDrained(state, drained)
  saveDrained(raw, { ...state, drained: taken })
  const cpus = summarize(raw, counts, taken, pageLayout(metadata))
  return { state, buffers: taken, cpus, failure }
}

async function drainOrDiscard(
  raw: string,
  state: RecordingState,
  buffers: readonly LiveBuffer[],
  { snapshot }: ExtractOptions,
): Promise<DrainedNow> {
  const file = snapshot ? 'snapshot_raw' : 'trace_pipe_raw'
  try {
    return await drainNow(readerRequests(state, buffers, { file }))
  } catch (error) {
    discardRaw(raw)
    throw error
  }
}

/** What other readers took before is in no file of ours; snapshots have no counters. */
function stillThere(counts: CpuCounts, { snapshot }: ExtractOptions): CpuCounts {
  return snapshot ? { ...counts, events: 0, lost: 0 } : { ...counts, events: counts.entries }
}
