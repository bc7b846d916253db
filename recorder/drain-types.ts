/** What the readers of a recording are told, and what they tell. */
import type { ReadJob } from './cpu-reader.ts'
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
