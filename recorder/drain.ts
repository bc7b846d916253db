/** The readers of all CPUs: started before tracing is on, stopped after it is off. */
import type { ReadFailure, ReadJob } from './cpu-reader.ts'
import type { Segment } from './types.ts'

/** What one reader is to do, and with what right. */
export interface DrainRequest extends ReadJob {
  /** SCHED_FIFO priority. */
  readonly priority?: number
  /** Run on the CPU that is read. */
  readonly pin?: boolean
}

/** What one reader took. */
export interface Drained {
  readonly buffer: string
  readonly cpu: number
  readonly segments: readonly Segment[]
}

/** Readers at work. */
export interface Drain {
  /** Thread ids of the readers, as far as they have threads of their own. */
  readonly threads: readonly number[]
  /** What the readers could not do, such as a priority that was refused. */
  readonly notices: readonly string[]
  /** Takes what is left and ends the readers. Tracing has to be off. */
  stop(): Promise<Drained[]>
  /** Makes a running `stop` end without taking what is left. */
  abandon(): void
}

/**
 * This many CPUs are read by the main thread, which has nothing else to do meanwhile. A thread costs
 * some 50 ms of CPU to start, and one is enough for several CPUs: moving a sub-buffer is a fraction
 * of what it takes to fill it.
 */
const MOST_HERE = 4

/** Starts a reader for each request; `onFailure` is told of readers that give up. */
export async function startDrain(
  requests: readonly DrainRequest[],
  onFailure: (failure: ReadFailure) => void,
): Promise<Drain> {
  const special = requests.some(({ priority, pin }) => priority !== undefined || pin)
  if (special || requests.length > MOST_HERE) {
    const { ThreadedDrain } = await import('./drain-threads.ts')
    return await ThreadedDrain.start(requests, onFailure)
  }
  const { LocalDrain } = await import('./drain-local.ts')
  return new LocalDrain(requests, onFailure)
}
