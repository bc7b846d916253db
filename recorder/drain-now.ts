/** Takes what is in buffers that nobody writes to: there is nothing to wait for. */
import { setImmediate } from 'node:timers/promises'
import { CpuReader, explainFailure, type ReadFailure, type ReadJob } from './cpu-reader.ts'
import type { Drained } from './drain-types.ts'
import { explainRefusal } from './tracefs-error.ts'

/** What was taken, and why not all of it, if so. */
export interface DrainedNow {
  readonly drained: readonly Drained[]
  readonly failure: ReadFailure | undefined
}

/**
 * Empties the buffers of all CPUs, part-filled sub-buffers included. Throws, with nothing taken,
 * what tracefs refuses: `ERR_TRACEFS_DENIED`, `ERR_TRACER_BUSY`, `ERR_TRACEFS_READ`.
 */
export async function drainNow(jobs: readonly ReadJob[]): Promise<DrainedNow> {
  const readers: CpuReader[] = []
  try {
    for (const job of jobs) readers.push(openReader(job))
    let failure: ReadFailure | undefined
    for (const [index, reader] of readers.entries()) {
      try {
        await takeAll(reader)
      } catch (error) {
        failure ??= explainFailure(jobs[index]!, error)
      }
    }
    const drained = readers.map((reader, index) => {
      const { buffer, cpu } = jobs[index]!
      return { buffer, cpu, segments: reader.segments() }
    })
    return { drained, failure }
  } finally {
    for (const reader of readers) reader.close()
  }
}

function openReader(job: ReadJob): CpuReader {
  try {
    return new CpuReader(job, () => false)
  } catch (error) {
    throw explainRefusal(`read ${job.source}`, error, undefined, false)
  }
}

/** Signals are seen between rounds. */
async function takeAll(reader: CpuReader): Promise<void> {
  while (reader.takeWhole() > 0) await setImmediate()
  reader.takeParts()
}
