/** The readers of all CPUs: started before tracing is on, stopped after it is off. */
import type { ReadFailure } from './cpu-reader.ts'
import type { Drain, DrainRequest } from './drain-types.ts'

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
