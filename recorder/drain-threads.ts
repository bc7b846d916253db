/** Readers in threads of their own, seen from the main thread. */
import { once } from 'node:events'
import { closeSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { ReadFailure, ReadJob } from './cpu-reader.ts'
import type { Drain, Drained, DrainRequest } from './drain-types.ts'
import { makeEventFd } from './syscalls.ts'

/** What one thread is to do; handed to it as it is. */
export interface ThreadJob {
  readonly jobs: readonly ReadJob[]
  readonly priority?: number
  /** Run on this CPU. */
  readonly pinTo?: number
  /** Becomes readable when the recording stops. */
  readonly stopFd: number
  /** [0]: leave at once, without taking what is left. */
  readonly control: Int32Array
}

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: 'ready'; readonly tid: number; readonly notice?: string }
  | { readonly kind: 'failed'; readonly failure: ReadFailure }
  | { readonly kind: 'done'; readonly drained: readonly Drained[] }

interface Running {
  readonly ready: Promise<number>
  readonly done: Promise<readonly Drained[]>
}

/** How readers are told to stop; `wake` does so at once and without an answer. */
interface Means {
  readonly stopFd: number
  readonly control: Int32Array
  readonly wake: () => void
}

/** CPUs of a thread. */
const SHARE = 4
const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/** Threads that read up to four CPUs each, or one where it is to be pinned to it. */
export class ThreadedDrain implements Drain {
  readonly threads: readonly number[]
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

  /** Resolves when all threads are ready; rejects with what one of them fails with before. */
  static async start(
    requests: readonly DrainRequest[],
    onFailure: (failure: ReadFailure) => void,
  ): Promise<ThreadedDrain> {
    const stopFd = makeEventFd()
    const control = new Int32Array(new SharedArrayBuffer(4))
    const notices = new Set<string>()
    // A thread that sleeps in poll keeps the process from ending and its instance from going.
    const wake = (): void => {
      Atomics.store(control, 0, 1)
      writeSync(stopFd, EVENT)
    }
    process.prependOnceListener('exit', wake)
    const running = groups(requests).map((jobs) => {
      const [{ priority, pin, cpu }] = jobs
      const rights = {
        ...(priority === undefined ? {} : { priority }),
        ...(pin ? { pinTo: cpu } : {}),
      }
      const job = { jobs, ...rights, stopFd, control }
      return startThread(job, onFailure, (text) => notices.add(text))
    })
    const threads = await Promise.all(running.map(({ ready }) => ready))
    return new ThreadedDrain({ stopFd, control, wake }, running, threads, [...notices])
  }

  async stop(): Promise<Drained[]> {
    writeSync(this.#means.stopFd, EVENT)
    const drained = await Promise.all(this.#running.map(({ done }) => done))
    process.off('exit', this.#means.wake)
    closeSync(this.#means.stopFd)
    return drained.flat()
  }

  abandon(): void {
    Atomics.store(this.#means.control, 0, 1)
  }
}

const EVENT = new Uint8Array(new BigUint64Array([1n]).buffer)

function groups(requests: readonly DrainRequest[]): [DrainRequest, ...DrainRequest[]][] {
  const made: [DrainRequest, ...DrainRequest[]][] = []
  for (const request of requests) {
    const last = made.at(-1)
    if (last === undefined || request.pin || last.length >= SHARE) made.push([request])
    else last.push(request)
  }
  return made
}

function workerUrl(): URL {
  const url = new URL('./drain-worker.ts', import.meta.url)
  if (import.meta.url.endsWith('.js')) url.pathname = url.pathname.replace(/\.ts$/, '.js')
  return url
}

function startThread(
  job: ThreadJob,
  onFailure: (failure: ReadFailure) => void,
  onNotice: (text: string) => void,
): Running {
  const worker = new Worker(workerUrl(), {
    workerData: job,
    resourceLimits: HEAP,
    trackUnmanagedFds: false,
  })
  const [{ buffer, cpu }] = job.jobs as [ReadJob, ...ReadJob[]]
  let drained: readonly Drained[] = job.jobs.map((one) => ({
    buffer: one.buffer,
    cpu: one.cpu,
    segments: [],
  }))
  const ready = new Promise<number>((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') {
        if (message.notice !== undefined) onNotice(`reader of CPU ${cpu}: ${message.notice}`)
        resolve(message.tid)
      } else if (message.kind === 'failed') onFailure(message.failure)
      else drained = message.drained
    })
    worker.on('error', (error) => {
      onFailure({ buffer, cpu, reason: 'error', text: error.message })
      reject(error)
    })
  })
  return { ready, done: once(worker, 'exit').then(() => drained) }
}
