/**
 * A recording from beginning to end: buffers set up, readers started, tracing on while the command
 * runs, then everything drained, tracefs put back, and the file completed.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { TraceError } from '../parser/error.ts'
import { makeCodec } from './codec.ts'
import {
  collectMetadata,
  cpuStatOptions,
  currentClock,
  listCpus,
  liveCmdlines,
  mergeCmdlines,
  savedCmdlines,
  subBufferBytes,
} from './collect.ts'
import { type CpuCounts, countEvents, largestGap, summarizeCpu } from './counts.ts'
import { Drain, type Drained, type DrainFailure, type DrainRequest } from './drain.ts'
import { finishFile, type RawBuffer } from './finish.ts'
import { Journal, repairLeftovers } from './journal.ts'
import { makeLayout } from './layout.ts'
import type { Metadata } from './metadata.ts'
import { createRawFile, type Region } from './raw-file.ts'
import { excludeThreads, type LiveBuffer, setUpBuffers } from './setup.ts'
import { type RecordingState, rawPath, removeState, writeState } from './state.ts'
import { Tracefs } from './tracefs.ts'
import type { CpuSummary, RecordOptions, RecordSummary } from './types.ts'

/** How a running recording is told to end. */
export interface RecordControl {
  /** Ends the recording cleanly. */
  readonly stop: AbortSignal
  /** Gives up on draining what is left. */
  readonly abandon: AbortSignal
  /** Told once tracing is on. */
  readonly onStarted?: () => void
}

/** A command that is traced, stopped until `release`. */
export interface TracedCommand {
  readonly pid: number
  /** Lets it run. */
  release(): void
  /** Its status: 128 + signal where one ended it. */
  readonly ended: Promise<number>
  /** Ends it when the recording cannot start. */
  kill(): void
}

const RECORDER = 'traceduck'

/**
 * Records as `options` say until the command, the time or `control` ends it. Throws what the kernel
 * refuses (`ERR_TRACEFS_…`, `ERR_EVENT_ENABLE`, `ERR_TRACER_BUSY`, `ERR_RECORD_UNSUPPORTED`) and
 * `ERR_OUTPUT_EXISTS`, `ERR_RECORD_OUTPUT`; tracefs is put back on every way out.
 */
export async function record(
  options: RecordOptions,
  control: RecordControl,
  startCommand: (() => Promise<TracedCommand>) | undefined,
): Promise<RecordSummary> {
  checkOutput(options)
  const tracefs = Tracefs.find()
  repairLeftovers(tracefs)
  const journal = Journal.begin(tracefs)
  const restore = (): void => void journal.restore()
  process.once('exit', restore)
  try {
    return await new Recording(options, control, tracefs, journal).run(startCommand)
  } finally {
    journal.restore()
    process.off('exit', restore)
  }
}

function checkOutput({ output, force }: RecordOptions): void {
  if (force || !existsSync(output)) return
  throw new TraceError('ERR_OUTPUT_EXISTS', `${output} exists`, {
    hint: 'give another name with -o, or --force to replace it',
  })
}

type EndReason = RecordSummary['endedBy']

class Recording {
  readonly #options: RecordOptions
  readonly #control: RecordControl
  readonly #tracefs: Tracefs
  readonly #journal: Journal
  readonly #raw: string
  readonly #notices: string[] = []
  readonly #failure: Promise<DrainFailure>
  #fail: (failure: DrainFailure) => void = () => {}
  #status: number | undefined

  constructor(options: RecordOptions, control: RecordControl, tracefs: Tracefs, journal: Journal) {
    this.#options = options
    this.#control = control
    this.#tracefs = tracefs
    this.#journal = journal
    this.#raw = rawPath(options.output)
    this.#failure = new Promise((resolve) => {
      this.#fail = resolve
    })
  }

  async run(startCommand: (() => Promise<TracedCommand>) | undefined): Promise<RecordSummary> {
    const codec = makeCodec(this.#options.version === 6 ? 'none' : this.#options.compression)
    const buffers = setUpBuffers(this.#tracefs, this.#journal, this.#options)
    const state = this.#prepareFile(buffers)
    const drain = await this.#startReaders(buffers, state)
    const command = await startCommand?.()
    const began = performance.now()
    const endedBy = await this.#trace(buffers, command)
    const seconds = (performance.now() - began) / 1000
    const counts = countEvents(buffers)
    const atEnd = cpuStatOptions(buffers)
    const drained = await this.#drainRest(drain)
    const metadata: Metadata = {
      ...state.metadata,
      savedCmdlines: this.#names(state.metadata),
      options: [...state.metadata.options, ...atEnd],
    }
    const rawBuffers = arrange(state, drained)
    const cpus = this.#summarize(counts, rawBuffers)
    this.#journal.restore()
    writeState(this.#raw, { ...state, metadata, drained: rawBuffers })
    const names = rawBuffers.map(({ name }) => name)
    const layout = makeLayout(this.#options.version, metadata, codec, names)
    const { output } = this.#options
    const fileBytes = await finishFile(this.#raw, output, layout, codec, rawBuffers)
    removeState(this.#raw)
    const notices = [...this.#notices, ...drain.notices]
    const summary = { output, fileBytes, seconds, cpus, endedBy, notices }
    return this.#status === undefined ? summary : { ...summary, commandStatus: this.#status }
  }

  #prepareFile(buffers: readonly LiveBuffer[]): RecordingState {
    const views = buffers.map(({ tracefs }) => tracefs)
    const { metadata, notices } = collectMetadata(views, RECORDER)
    this.#notices.push(...notices)
    const owners = buffers.map(({ name, tracefs }) => ({ name, cpus: listCpus(tracefs) }))
    const regions = createRawFile(this.#raw, owners)
    const headerPage = Buffer.from(metadata.headerPage).toString('latin1')
    const state: RecordingState = {
      output: this.#options.output,
      version: this.#options.version,
      compression: this.#options.version === 6 ? 'none' : this.#options.compression,
      metadata: { ...metadata, savedCmdlines: mergeCmdlines(liveCmdlines()) },
      regions,
      buffers: buffers.map(({ name, tracefs }) => ({
        name,
        clock: currentClock(tracefs),
        subBufferBytes: subBufferBytes(tracefs, headerPage),
      })),
    }
    writeState(this.#raw, state)
    return state
  }

  async #startReaders(buffers: readonly LiveBuffer[], state: RecordingState): Promise<Drain> {
    const requests = state.regions.map((region) => this.#request(region, buffers, state))
    const drain = await Drain.start(requests, this.#fail)
    const own = readdirSync('/proc/self/task').map(Number)
    const threads = [...new Set([...own, ...drain.threads])]
    const notice = excludeThreads(this.#journal, buffers, threads)
    if (notice !== undefined) this.#notices.push(notice)
    return drain
  }

  #request(
    { buffer, cpu, offset, room }: Region,
    buffers: readonly LiveBuffer[],
    state: RecordingState,
  ): DrainRequest {
    const { keepKb, priority, pinReaders } = this.#options
    const { tracefs } = buffers.find(({ name }) => name === buffer)!
    const { subBufferBytes } = state.buffers.find(({ name }) => name === buffer)!
    return {
      buffer,
      cpu,
      source: tracefs.resolve(`per_cpu/cpu${cpu}/trace_pipe_raw`),
      target: this.#raw,
      offset,
      room,
      subBufferBytes,
      ...(keepKb === undefined ? {} : { keepBytes: keepKb * 1024 }),
      ...(priority === undefined ? {} : { priority }),
      ...(pinReaders ? { pin: true } : {}),
    }
  }

  async #trace(
    buffers: readonly LiveBuffer[],
    command: TracedCommand | undefined,
  ): Promise<EndReason> {
    for (const { tracefs } of buffers) tracefs.write('tracing_on', '1')
    try {
      this.#control.onStarted?.()
      command?.release()
      return await this.#untilEnd(command)
    } finally {
      for (const { tracefs } of buffers) tracefs.write('tracing_on', '0')
    }
  }

  async #untilEnd(command: TracedCommand | undefined): Promise<EndReason> {
    const ends: Promise<EndReason>[] = [
      aborted(this.#control.stop).then(() => 'signal'),
      this.#failure.then(({ reason, text, cpu }) => {
        this.#notices.push(`reading CPU ${cpu} ended early: ${text}`)
        return reason
      }),
    ]
    if (command) {
      ends.push(
        command.ended.then((status) => {
          this.#status = status
          return 'command'
        }),
      )
    }
    const timer = new AbortController()
    const { durationSeconds } = this.#options
    if (durationSeconds !== undefined) {
      const { signal } = timer
      ends.push(setTimeout(durationSeconds * 1000, 'duration' as const, { signal }))
    }
    try {
      return await Promise.race(ends)
    } finally {
      timer.abort()
    }
  }

  async #drainRest(drain: Drain): Promise<Drained[]> {
    const abandon = (): void => drain.abandon()
    this.#control.abandon.addEventListener('abort', abandon)
    try {
      return await drain.stop()
    } finally {
      this.#control.abandon.removeEventListener('abort', abandon)
    }
  }

  #names(metadata: Metadata): Buffer {
    const before = Buffer.from(metadata.savedCmdlines).toString('latin1')
    return mergeCmdlines(before, liveCmdlines(), savedCmdlines(this.#tracefs))
  }

  #summarize(counts: readonly CpuCounts[], buffers: readonly RawBuffer[]): CpuSummary[] {
    return counts.map((count) => {
      const buffer = buffers.find(({ name }) => name === count.buffer)!
      const drained = buffer.cpus.find(({ cpu }) => cpu === count.cpu) ?? {
        cpu: count.cpu,
        segments: [],
      }
      const lost = count.lost > 0
      const gap = lost ? largestGap(this.#raw, drained, buffer.subBufferBytes) : 0
      return summarizeCpu(count, drained, gap)
    })
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The drained segments by buffer, CPUs in order. */
function arrange(state: RecordingState, drained: readonly Drained[]): RawBuffer[] {
  return state.buffers.map((buffer) => ({
    ...buffer,
    cpus: drained
      .filter((entry) => entry.buffer === buffer.name)
      .map(({ cpu, segments }) => ({ cpu, segments }))
      .sort((a, b) => a.cpu - b.cpu),
  }))
}

/** Removes what a recording that recorded nothing worth keeping has left on disk. */
export function discardRecording(output: string): void {
  rmSync(rawPath(output), { force: true })
  removeState(rawPath(output))
}
