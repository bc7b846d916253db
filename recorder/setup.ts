/** The ring buffers of a recording: made and set up with tracing off, every change journaled. */
import type { Journal } from './journal.ts'
import type { Tracefs } from './tracefs.ts'
import type { BufferRequest, RecordOptions } from './types.ts'

/** A buffer of the recording and its control files. */
export interface LiveBuffer {
  readonly request: BufferRequest
  /** Name in the file. */
  readonly name: string
  readonly tracefs: Tracefs
}

/**
 * Makes all buffers and sets them up. The main buffer is an instance of our own unless the top-level
 * one was asked for; what goes wrong is thrown, and undone by restoring the journal.
 */
export function setUpBuffers(
  tracefs: Tracefs,
  journal: Journal,
  options: RecordOptions,
): LiveBuffer[] {
  return options.buffers.map((request, index) => {
    const own = !(index === 0 && options.topLevel)
    const made = own ? journal.createInstance(instanceName(index)) : tracefs
    journal.set(made, 'tracing_on', '0')
    if (options.wakePercent !== undefined) {
      journal.set(made, 'buffer_percent', String(options.wakePercent))
    }
    applyRequest(made, journal, request)
    return { request, name: request.name, tracefs: made }
  })
}

function instanceName(index: number): string {
  return `traceduck-${process.pid}${index === 0 ? '' : `-${index}`}`
}

function applyRequest(made: Tracefs, journal: Journal, request: BufferRequest): void {
  if (request.clock !== undefined) journal.set(made, 'trace_clock', request.clock)
  if (request.subBufferKb !== undefined) {
    journal.set(made, 'buffer_subbuf_size_kb', String(request.subBufferKb))
  }
  if (request.bufferKb !== undefined) {
    journal.set(made, 'buffer_size_kb', String(request.bufferKb))
  }
  for (const { pattern } of request.events) made.append('set_event', pattern)
}

/** Keeps the recorder's own threads out of every buffer; returns why that is not possible. */
export function excludeThreads(
  journal: Journal,
  buffers: readonly LiveBuffer[],
  threads: readonly number[],
): string | undefined {
  try {
    for (const { tracefs } of buffers) {
      journal.include(tracefs, 'set_event_notrace_pid', threads.map(String))
    }
    return undefined
  } catch (error) {
    return `the recorder is in its own trace: ${(error as Error).message}`
  }
}
