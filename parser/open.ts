/** Opens traces; apart from `index.ts`, which loads everything that a library offers. */
import { prepareAhead } from './container/ahead.ts'
import { openFileSource, spoolStdin } from './container/source.ts'
import { openContainer } from './container/trace-file.ts'
import type { ByteSource, ContainerLimits } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import { chooseTimes, type TimeChoice } from './time-choice.ts'
import { Trace } from './trace.ts'

/** How to open a trace. */
export interface OpenOptions {
  /** Any damage that could be salvaged throws instead (default false). */
  readonly strict?: boolean | undefined
  /** What a file may make us allocate. */
  readonly limits?: Partial<ContainerLimits> | undefined
  /** Number of the file's first buffer in `meta.sources` (default 0). */
  readonly firstSource?: number | undefined
  /** Whether a thread that decompresses ahead is started now rather than with the first pass (default true). */
  readonly startsThread?: boolean | undefined
  /** Times read otherwise than the file asks for. */
  readonly times?: TimeChoice | undefined
}

/**
 * Opens a trace.dat of version 6 or 7; `-` reads standard input. Reads no events yet. The caller
 * closes the trace. Throws a `TraceError` of the container family when the file is no sound trace.
 */
export async function openTrace(path: string, options: OpenOptions = {}): Promise<Trace> {
  return openTraceSource(path === '-' ? await spoolStdin() : openFileSource(path), options)
}

/** Opens a trace from any byte source, which it then owns. */
export function openTraceSource(source: ByteSource, options: OpenOptions = {}): Trace {
  const diagnostics = new Diagnostics(options.strict)
  try {
    const file = openContainer(source, diagnostics, options.limits)
    if (options.startsThread !== false) prepareAhead(file)
    const timed = options.times ? chooseTimes(file, options.times) : file
    return new Trace(timed, diagnostics, options.firstSource ?? 0)
  } catch (error) {
    source.close()
    throw error
  }
}
