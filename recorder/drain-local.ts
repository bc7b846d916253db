/** Readers in the main thread, woken by its event loop. */
import { setImmediate } from 'node:timers/promises'
import { CpuReader, explainFailure, type ReadFailure, type ReadJob } from './cpu-reader.ts'
import type { Drain, Drained } from './drain-types.ts'
import { goFirst } from './reader-priority.ts'
import { type Watch, watchReadable } from './syscalls.ts'

/** How long to wait when there is said to be something and there is not. */
const PAUSE_MS = 10

interface Running {
  readonly job: ReadJob
  readonly reader: CpuReader
  watch: Watch | undefined
  failed: boolean
}

/** Readers of a few CPUs. */
export class LocalDrain implements Drain {
  readonly threads: readonly number[] = []
  readonly notices: readonly string[] = []
  readonly #onFailure: (failure: ReadFailure) => void
  readonly #running: Running[] = []
  #abandoned = false
  #yield: () => void = () => {}
  readonly #close = (): void => {
    for (const { watch, reader } of this.#running.splice(0)) {
      watch?.close()
      reader.close()
    }
  }

  /** Throws what opening a `trace_pipe_raw` and the raw file does. */
  constructor(jobs: readonly ReadJob[], onFailure: (failure: ReadFailure) => void) {
    this.#onFailure = onFailure
    // An instance cannot be removed while something of it is open.
    process.prependOnceListener('exit', this.#close)
    try {
      for (const job of jobs) {
        const reader = new CpuReader(job, () => this.#abandoned)
        this.#running.push({ job, reader, watch: undefined, failed: false })
      }
    } catch (error) {
      this.#end()
      throw error
    }
    this.#yield = goFirst()
    for (const one of this.#running) {
      one.watch = watchReadable(one.reader.fd, () => this.#take(one))
    }
  }

  #take(one: Running): void {
    if (this.#try(one, () => one.reader.takeWhole()) !== 0) return
    one.watch?.stop()
    setTimeout(() => one.watch?.start(), PAUSE_MS)
  }

  /** What `action` gives, undefined when the reader has given up. */
  #try(one: Running, action: () => number): number | undefined {
    if (one.failed) return undefined
    try {
      return action()
    } catch (error) {
      one.failed = true
      this.#unwatch(one)
      this.#onFailure(explainFailure(one.job, error))
      return undefined
    }
  }

  #unwatch(one: Running): void {
    one.watch?.close()
    one.watch = undefined
  }

  async stop(): Promise<Drained[]> {
    for (const one of this.#running) this.#unwatch(one)
    for (const one of this.#running) await this.#takeRest(one)
    const drained = this.#running.map(({ job: { buffer, cpu }, reader }) => ({
      buffer,
      cpu,
      segments: reader.segments(),
    }))
    this.#end()
    return drained
  }

  /** Between two rounds a signal can be seen. */
  async #takeRest(one: Running): Promise<void> {
    while (!this.#abandoned && (this.#try(one, () => one.reader.takeWhole()) ?? 0) > 0) {
      await setImmediate()
    }
    if (this.#abandoned) return
    this.#try(one, () => {
      one.reader.takeParts()
      return 0
    })
  }

  #end(): void {
    this.#yield()
    this.#close()
    process.off('exit', this.#close)
  }

  abandon(): void {
    this.#abandoned = true
  }
}
