/**
 * The thread that reads some CPUs: sleeps in poll until a buffer is as full as `buffer_percent` says,
 * and ends when the stop descriptor becomes readable, after taking what is left, part-filled
 * sub-buffers included.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { CpuReader, explainFailure, type ReadJob } from './cpu-reader.ts'
import type { ThreadJob, ThreadMessage } from './drain-threads.ts'
import { goFirst } from './reader-priority.ts'
import { PollSet, setAffinity, setFifoPriority, threadId } from './syscalls.ts'

/** How long to wait when poll says there is something and there is not. */
const PAUSE_MS = 10

interface Running {
  readonly job: ReadJob
  readonly reader: CpuReader
  failed: boolean
}

function post(message: ThreadMessage): void {
  parentPort!.postMessage(message)
}

function prepare({ priority, pinTo }: ThreadJob): string | undefined {
  try {
    if (pinTo !== undefined) setAffinity(0, pinTo)
    if (priority !== undefined) setFifoPriority(0, priority)
    else goFirst()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** What `action` gives, undefined when the reader has given up. */
function attempt(one: Running, action: () => number): number | undefined {
  if (one.failed) return undefined
  try {
    return action()
  } catch (error) {
    one.failed = true
    post({ kind: 'failed', failure: explainFailure(one.job, error) })
    return undefined
  }
}

/** The stop descriptor is the first of the set. Those that were ready for nothing rest for a while. */
function readUntilStopped(running: readonly Running[], stopFd: number): void {
  const set = new PollSet([stopFd, ...running.map(({ reader }) => reader.fd)])
  let resting = false
  for (;;) {
    set.wait(resting ? PAUSE_MS : -1)
    if (set.events(0) !== 0) return
    const ready = running.map((_, index) => set.events(index + 1) !== 0)
    resting = false
    for (const [index, one] of running.entries()) {
      const rests = ready[index] === true && !attempt(one, () => one.reader.takeWhole())
      set.mute(index + 1, rests || one.failed)
      resting ||= rests && !one.failed
    }
  }
}

function takeRest(one: Running): void {
  while ((attempt(one, () => one.reader.takeWhole()) ?? 0) > 0);
  attempt(one, () => {
    one.reader.takeParts()
    return 0
  })
}

function main(thread: ThreadJob): void {
  const isAbandoned = (): boolean => Atomics.load(thread.control, 0) !== 0
  const running = thread.jobs.map((job) => ({
    job,
    reader: new CpuReader(job, isAbandoned),
    failed: false,
  }))
  const notice = prepare(thread)
  post({ kind: 'ready', tid: threadId(), ...(notice === undefined ? {} : { notice }) })
  readUntilStopped(running, thread.stopFd)
  for (const one of running) if (!isAbandoned()) takeRest(one)
  const drained = running.map(({ job: { buffer, cpu }, reader }) => ({
    buffer,
    cpu,
    segments: reader.segments(),
  }))
  post({ kind: 'done', drained })
  for (const { reader } of running) reader.close()
}

main(workerData as ThreadJob)
