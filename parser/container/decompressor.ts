/** What all decompressors have in common. */
import { TraceError } from '../error.ts'

/**
 * Unpacks `input` into `output`, whose length is the length the file announced, and returns that
 * length. Throws `ERR_TRACE_CODEC` on damage and when the lengths differ.
 */
export type Decompressor = (input: Uint8Array, output: Uint8Array) => number

/** The error for data that unpacks to another length than announced. */
export function wrongLength(got: number, announced: number): TraceError {
  return new TraceError(
    'ERR_TRACE_CODEC',
    `compressed data unpacks to ${got} bytes where ${announced} were announced`,
  )
}

/** The error for data that a codec refuses. */
export function damagedData(codec: string, cause: unknown): TraceError {
  if (cause instanceof TraceError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new TraceError('ERR_TRACE_CODEC', `${codec} data is damaged: ${message}`, { cause })
}
