/** The readers of all CPUs, seen from the main thread. */
import { once } from 'node:events'
import { closeSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { makeEventFd } from './syscalls.ts'
import type { Segment } from './types.ts'

/** What one reader is to do; handed to its thread as it is. */
export interface DrainJob {
  readonly buffer: string
  readonly cpu: number
  /** Its `trace_pipe_raw`. */
  readonly source: string
  /** The raw file and this CPU's region in it. */
  readonly target: string
  readonly offset: number
  readonly room: number
  readonly subBufferBytes: number
  /** Keep only the last bytes. */
  readonly keepBytes?: number
  readonly priority?: number
  /** Run on the CPU that is read. */
  readonly pin?: boolean
  /** Becomes readable when the recording stops. */
  readonly stopFd: number
  /** [0]: leave at once, without taking what is left. */
  readonly control: Int32Array
}

/** A job before the readers share their means to stop. */
export type DrainRequest = Omit<DrainJob, 'stopFd' | 'control'>

/** What a reader's thread says. */
export type DrainMessage =
  | { readonly kind: 'ready'; readonly tid: number; readonly notice?: string }
  | { readonly kind: 'failed'; readonly reason: 'disk-full' | 'error'; readonly text: string }
  | { readonly kind: 'done'; readonly segments: readonly Segment[] }

/** Why a reader gave up. */
export interface DrainFailure {
  readonly buffer: string
  readonly cpu: number
  readonly reason: 'disk-full' | 'error'
  readonly text: string
}

/** What one reader took. */
export interface Drained {
  readonly buffer: string
  readonly cpu: number
  readonly segments: readonly Segment[]
}

interface Running {
  readonly job: DrainJob
  readonly worker: Worker
  readonly ready: Promise<number>
  readonly done: Promise<Drained>
}

/** How readers are told to stop; `wake` does so at once and without an answer. */
interface Means {
  readonly stopFd: number
  readonly control: Int32Array
  readonly wake: () => void
}

const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/** Readers at work. `start` them before tracing is on, `stop` them after it is off. */
export class Drain {
  /** Thread ids of the readers. */
  readonly threads: readonly number[]
  /** What the readers could not do, such as a priority that was refused. */
  readonly notices: readonly string[]
  readonly #means: Means
  readonly #running: readonly Running[]

  private constructor(
    means: Means,
    running: readonly Running[],
    threads: readonly number[],
    notices: readonly string[],
  ) {
    this.#means = means
    this.#running = running
    this.threads = threads
    this.notices = notices
  }

  /** Starts a reader for each request; `onFailure` is told of readers that give up. */
  static async start(
    requests: readonly DrainRequest[],
    onFailure: (failure: DrainFailure) => void,
  ): Promise<Drain> {
    const stopFd = makeEventFd()
    const control = new Int32Array(new SharedArrayBuffer(4))
    const notices = new Set<string>()
    // A thread that sleeps in poll keeps the process from ending and its instance from going.
    const wake = (): void => {
      Atomics.store(control, 0, 1)
      writeSync(stopFd, EVENT)
    }
    process.prependOnceListener('exit', wake)
    const running = requests.map((request) =>
      startReader({ ...request, stopFd, control }, onFailure, (text) => notices.add(text)),
    )
    const threads = await Promise.all(running.map(({ ready }) => ready))
    return new Drain({ stopFd, control, wake }, running, threads, [...notices])
  }

  /** Takes what is left and ends the readers. Tracing has to be off. */
  async stop(): Promise<Drained[]> {
    writeSync(this.#means.stopFd, EVENT)
    const drained = await Promise.all(this.#running.map(({ done }) => done))
    process.off('exit', this.#means.wake)
    closeSync(this.#means.stopFd)
    return drained
  }

  /** Makes a running `stop` end without taking what is left. */
  abandon(): void {
    Atomics.store(this.#means.control, 0, 1)
  }
}

const EVENT = new Uint8Array(new BigUint64Array([1n]).buffer)

function workerUrl(): URL {
  const url = new URL('./drain-worker.ts', import.meta.url)
  if (import.meta.url.endsWith('.js')) url.pathname = url.pathname.replace(/\.ts$/, '.js')
  return url
}

function startReader(
  job: DrainJob,
  onFailure: (failure: DrainFailure) => void,
  onNotice: (text: string) => void,
): Running {
  const worker = new Worker(workerUrl(), {
    workerData: job,
    resourceLimits: HEAP,
    trackUnmanagedFds: false,
  })
  const { buffer, cpu } = job
  let segments: readonly Segment[] = []
  const ready = new Promise<number>((resolve, reject) => {
    worker.on('message', (message: DrainMessage) => {
      if (message.kind === 'ready') {
        if (message.notice !== undefined) onNotice(`reader of CPU ${cpu}: ${message.notice}`)
        resolve(message.tid)
      } else if (message.kind === 'failed') {
        onFailure({ buffer, cpu, reason: message.reason, text: message.text })
      } else segments = message.segments
    })
    worker.on('error', (error) => {
      onFailure({ buffer, cpu, reason: 'error', text: error.message })
      reject(error)
    })
  })
  const done = once(worker, 'exit').then(() => ({ buffer, cpu, segments }))
  return { job, worker, ready, done }
}
