/**
 * Every failure a user can act on is a `TraceError` with a stable code; anything else is a bug of
 * ours. The code's family decides the process exit status (see `docs/errors.md`).
 */

/** Stable error codes, by family. Codes are public API: never renamed, never reused. */
export const ERROR_EXIT = {
  ERR_USAGE: 2,
  ERR_QUERY_UNKNOWN: 2,
  ERR_QUERY_PARAM: 2,
  ERR_QUERY_SYNTAX: 70,
  ERR_OUTPUT_EXISTS: 2,
  ERR_SQL: 2,
  ERR_NOT_RECORDED: 1,
  ERR_TRACE_OPEN: 3,
  ERR_TRACE_BAD_MAGIC: 3,
  ERR_TRACE_VERSION: 3,
  ERR_TRACE_TRUNCATED: 3,
  ERR_TRACE_CODEC: 3,
  ERR_TRACE_SECTION: 3,
  ERR_TRACE_OPTION: 3,
  ERR_TRACE_LIMIT: 3,
  ERR_TRACE_LATENCY: 3,
  ERR_RING_HEADER: 3,
  ERR_RING_LENGTH: 3,
  ERR_RING_COMMIT: 3,
  ERR_RING_TIME: 3,
  ERR_RING_LOST: 3,
  ERR_FORMAT_SYNTAX: 3,
  ERR_FIELD_BOUNDS: 3,
  ERR_EVENT_UNKNOWN: 3,
  ERR_TRACEFS_MISSING: 4,
  ERR_TRACEFS_DENIED: 4,
  ERR_TRACEFS_READ: 4,
  ERR_TRACEFS_WRITE: 4,
  ERR_TRACEFS_RESTORE: 4,
  ERR_TRACER_BUSY: 4,
  ERR_EVENT_ENABLE: 4,
  ERR_RECORD_UNSUPPORTED: 4,
  ERR_PROBE_SYNTAX: 2,
  ERR_PROBE_TARGET: 4,
  ERR_PROBE_SYMBOL: 4,
  ERR_PROBE_IFUNC: 4,
  ERR_ELF: 4,
  ERR_COMMAND: 4,
  ERR_COMMAND_MISSING: 127,
  ERR_COMMAND_EXEC: 126,
  ERR_RECOVER_NOTHING: 3,
  ERR_RECORD_OUTPUT: 5,
  ERR_SINK_WRITE: 5,
  ERR_SINK_SCHEMA: 5,
  ERR_INTERRUPTED: 130,
} as const

/** A stable error code, the key of `ERROR_EXIT`. */
export type ErrorCode = keyof typeof ERROR_EXIT

/** Where in the input something went wrong; every part is optional. */
export interface Place {
  readonly file?: string
  /** Byte offset in the file. */
  readonly offset?: number
  readonly cpu?: number
  /** Buffer instance name, '' for the top-level buffer. */
  readonly instance?: string
  readonly event?: string
}

/** A failure the user can act on. `code` is stable API; the message carries the numbers. */
export class TraceError extends Error {
  readonly code: ErrorCode
  readonly where: Place | undefined
  /** One imperative sentence: what to do next. */
  readonly hint: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: { where?: Place; hint?: string; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'TraceError'
    this.code = code
    this.where = more.where
    this.hint = more.hint
  }
}
