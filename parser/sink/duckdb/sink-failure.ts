/** What DuckDB says about an output, as ours. */
import { TraceError } from '../../error.ts'

/** The error for an output that DuckDB could not make; errors that have a code of their own stay. */
export function sinkFailure(
  target: string,
  error: unknown,
  code: 'ERR_SINK_WRITE' | 'ERR_SINK_SCHEMA' = 'ERR_SINK_WRITE',
): TraceError {
  if (error instanceof TraceError && error.code !== 'ERR_SQL') return error
  const [message] = (error as Error).message.split('\n')
  return new TraceError(code, `${target}: ${message}`, {
    hint: 'check the free space of the disk, and raise --memory if the message is about memory',
    cause: error,
  })
}
