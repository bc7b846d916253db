/**
 * A recording from beginning to end: buffers set up, readers started, tracing on while the command
 * runs, then everything drained, tracefs put back, and the file completed.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { TraceError } from '../parser/error.ts'
import { makeCodec } from '../writer/codec.ts'
import { cpuStatOptions } from './collect.ts'
import { type StartedCommand, startCommand } from './command.ts'
import { countEvents, summarize } from './counts.ts'
import type { ReadFailure } from './cpu-reader.ts'
import { startDrain } from './drain.ts'
import type { Drain, Drained } from './drain-types.ts'
import type { RawBuffer } from './finish.ts'
import { interferenceOf } from './interference.ts'
import { Journal, repairLeftovers } from './journal.ts'
import {
  arrangeDrained,
  codecName,
  completeRaw,
  discardRaw,
  pageLayout,
  prepareRaw,
  readerRequests,
  refuseOutput,
  saveDrained,
} from './raw-recording.ts'
import { RecordingFacts } from './recording-facts.ts'
import { excludeThreads, type LiveBuffer, setUpBuffers } from './setup.ts'
import { type RecordingState, rawPath } from './state.ts'
import { Tracefs } from './tracefs.ts'
import type { RecordOptions, RecordProgress, RecordSummary } from './types.ts'

/** How a running recording is told to end. */
export interface RecordControl {
  /** Ends the recording cleanly; its reason is the signal, which the command gets too. */
  readonly stop: AbortSignal
  /** Gives up on draining what is left. */
  readonly abandon: AbortSignal
  /** Told once tracing is on. */
  readonly onStarted?: () => void
  /** Told of the progress now and then; without it nothing is counted while recording. */
  readonly onProgress?: ((progress: RecordProgress) => void) | undefined
}

/**
 * Records as `options` say until the command, the time or `control` ends it. Throws what the kernel
 * refuses (`ERR_TRACEFS_…`, `ERR_EVENT_ENABLE`, `ERR_TRACER_BUSY`, `ERR_RECORD_UNSUPPORTED`) and
 * `ERR_OUTPUT_EXISTS`, `ERR_RECORD_OUTPUT`, `ERR_COMMAND…`, `ERR_PROBE_…`; tracefs is put back on every way out.
 */
export async function record(
  options: RecordOptions,
  control: RecordControl,
): Promise<RecordSummary> {
  refuseOutput(options)
  const tracefs = Tracefs.find()
  repairLeftovers(tracefs)
  const journal = Journal.begin(tracefs)
  const restore = (): void => void journal.restore()
  process.once('exit', restore)
  try {
    return await new Recording(options, control, tracefs, journal).run()
  } finally {
    journal.restore()
    process.off('exit', restore)
  }
}

type EndReason = RecordSummary['endedBy']

/** Ends after which not everything that the kernel counted is in the file. */
const BROKEN_OFF: ReadonlySet<EndReason> = new Set(['disk-full', 'error'])

interface Recorded {
  readonly state: RecordingState
  readonly rawBuffers: readonly RawBuffer[]
  readonly result: Omit<RecordSummary, 'output' | 'fileBytes' | 'notices'>
}

class Recording {
  readonly #options: RecordOptions
  readonly #control: RecordControl
  readonly #tracefs: Tracefs
  readonly #journal: Journal
  readonly #raw: string
  readonly #notices: string[] = []
  readonly #failure: Promise<ReadFailure>
  #fail: (failure: ReadFailure) => void = () => {}
  #status: number | undefined
  #madeFile = false
  #facts: RecordingFacts | undefined
  #began: number | undefined

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

  async run(): Promise<RecordSummary> {
    // A codec that is missing is found out before anything is changed.
    makeCodec(codecName(this.#options))
    const command = this.#startCommand()
    let drain: Drain | undefined
    try {
      const pid = command?.pid
      const buffers = await setUpBuffers(
        this.#tracefs,
        this.#journal,
        this.#options,
        pid,
        this.#notices,
      )
      await command?.ready
      const state = this.#prepareFile(buffers, pid)
      drain = await this.#startReaders(buffers, state)
      const recorded = await this.#recordEvents(buffers, state, drain, command)
      const { output } = this.#options
      const fileBytes = await completeRaw(this.#raw, recorded.state, recorded.rawBuffers, {
        onProgress: this.#control.onProgress,
      })
      return { output, fileBytes, ...recorded.result, notices: this.#notices }
    } catch (error) {
      const { code } = error as TraceError
      if (this.#began === undefined || code === 'ERR_COMMAND_EXEC')
        await this.#giveUp(command, drain)
      throw this.#isKept(error) ? keptError(this.#raw, error) : error
    }
  }

  /** Whether what was drained before an error is still there. */
  #isKept(error: unknown): error is TraceError {
    return this.#began !== undefined && error instanceof TraceError && existsSync(this.#raw)
  }

  /** It gets ready while buffers are set up. */
  #startCommand(): StartedCommand | undefined {
    const { command, user, umask } = this.#options
    return command === undefined ? undefined : startCommand({ argv: command, user, umask })
  }

  /** Nothing was recorded that is of interest: nothing is left behind. */
  async #giveUp(command: StartedCommand | undefined, drain: Drain | undefined): Promise<void> {
    command?.kill()
    drain?.abandon()
    await drain?.stop()
    this.#facts?.abandon()
    if (this.#madeFile) discardRaw(this.#raw)
  }

  async #recordEvents(
    buffers: readonly LiveBuffer[],
    state: RecordingState,
    drain: Drain,
    command: StartedCommand | undefined,
  ): Promise<Recorded> {
    this.#began = performance.now()
    const endedBy = await this.#trace(buffers, command)
    const seconds = (performance.now() - this.#began) / 1000
    const counts = countEvents(buffers)
    const metadata = this.#facts!.end(cpuStatOptions(buffers))
    const rawBuffers = arrangeDrained(state, await this.#drainRest(drain))
    const drained = { ...state, metadata, drained: rawBuffers }
    saveDrained(this.#raw, drained)
    this.#journal.restore()
    const partly = this.#options.keepKb !== undefined || BROKEN_OFF.has(endedBy)
    const page = partly ? pageLayout(metadata) : undefined
    const cpus = summarize(this.#raw, counts, rawBuffers, page)
    const status = this.#status === undefined ? {} : { commandStatus: this.#status }
    return { state: drained, rawBuffers, result: { seconds, cpus, endedBy, ...status } }
  }

  #prepareFile(buffers: readonly LiveBuffer[], commandPid: number | undefined): RecordingState {
    this.#facts = new RecordingFacts(buffers, this.#options, commandPid, this.#notices)
    const state = prepareRaw(this.#options, this.#facts.metadata, buffers[0]!, buffers)
    this.#madeFile = true
    return state
  }

  async #startReaders(buffers: readonly LiveBuffer[], state: RecordingState): Promise<Drain> {
    const settings = { file: 'trace_pipe_raw', options: this.#options } as const
    const requests = readerRequests(state, buffers, settings)
    const drain = await startDrain(requests, this.#fail)
    const own = readdirSync('/proc/self/task').map(Number)
    const threads = [...new Set([...own, ...drain.threads])]
    this.#notices.push(...drain.notices)
    const notice = excludeThreads(this.#journal, buffers, threads)
    if (notice !== undefined) this.#notices.push(notice)
    return drain
  }

  async #trace(
    buffers: readonly LiveBuffer[],
    command: StartedCommand | undefined,
  ): Promise<EndReason> {
    for (const { tracefs } of buffers) tracefs.write('tracing_on', '1')
    const timer = this.#watchProgress(buffers)
    try {
      this.#control.onStarted?.()
      command?.release()
      return await this.#untilEnd(command)
    } finally {
      clearInterval(timer)
      this.#notices.push(...interferenceOf(buffers))
      for (const { tracefs } of buffers) tracefs.write('tracing_on', '0')
    }
  }

  #watchProgress(buffers: readonly LiveBuffer[]): NodeJS.Timeout | undefined {
    const { onProgress } = this.#control
    if (onProgress === undefined) return undefined
    const before = diskSpace(this.#raw)
    const { durationSeconds } = this.#options
    return setInterval(() => {
      const counts = countEvents(buffers)
      const sum = (key: 'events' | 'lost'): number =>
        counts.reduce((total, count) => total + count[key], 0)
      const seconds = (performance.now() - this.#began!) / 1000
      const bytes = Math.max(0, diskSpace(this.#raw) - before)
      const events = sum('events')
      onProgress({ kind: 'recording', seconds, durationSeconds, bytes, events, lost: sum('lost') })
    }, PROGRESS_MS)
  }

  async #untilEnd(command: StartedCommand | undefined): Promise<EndReason> {
    const ends: Promise<EndReason>[] = [
      aborted(this.#control.stop).then((signal) => {
        if (signal !== undefined) command?.forward(signal)
        return 'signal'
      }),
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
}

const PROGRESS_MS = 1000

function keptError(raw: string, error: TraceError): TraceError {
  const hint = `what was recorded until then is kept: traceduck recover ${raw}`
  return new TraceError(error.code, error.message, { hint, cause: error })
}

function diskSpace(path: string): number {
  return statSync(path).blocks * 512
}

/** Resolves with the signal that is the reason, if it is one. */
function aborted(signal: AbortSignal): Promise<NodeJS.Signals | undefined> {
  return new Promise((resolve) => {
    const { reason } = signal
    const done = (): void => {
      resolve(typeof signal.reason === 'string' ? (signal.reason as NodeJS.Signals) : undefined)
    }
    if (reason !== undefined) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
