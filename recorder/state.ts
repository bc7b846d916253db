/**
 * What a recording that never finished needs to become a file: written beside the raw file before
 * the first event, and again when draining is over. `recover` reads it.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { TraceError } from '../parser/error.ts'
import type { RawBuffer } from './finish.ts'
import type { Metadata } from './metadata.ts'
import { type Region, statePath } from './raw-file.ts'
import type { RecordCompression } from './types.ts'

/** Bumped when the meaning of the sidecar changes. */
const FORMAT = 1

/** Everything `recover` has to know. */
export interface RecordingState {
  readonly output: string
  readonly version: 6 | 7
  readonly compression: RecordCompression
  readonly metadata: Metadata
  readonly regions: readonly Region[]
  readonly buffers: readonly {
    readonly name: string
    readonly clock: string
    readonly subBufferBytes: number
  }[]
  /** Where the pages are, once draining is over. */
  readonly drained?: readonly RawBuffer[]
}

/** The raw file of a recording to `output`. */
export function rawPath(output: string): string {
  return `${output}.partial`
}

/** Writes the sidecar whole or not at all. */
export function writeState(raw: string, state: RecordingState): void {
  const path = statePath(raw)
  const fd = openSync(`${path}.new`, 'w')
  try {
    const bytes = Buffer.from(JSON.stringify({ format: FORMAT, ...(keepBytes(state) as object) }))
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

/** Removes the sidecar. */
export function removeState(raw: string): void {
  rmSync(statePath(raw), { force: true })
  rmSync(`${statePath(raw)}.new`, { force: true })
}

/** Left to itself `JSON.stringify` writes each byte as a number: a third of a second for kallsyms. */
function keepBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, length } = value
    return { latin1: Buffer.from(buffer, byteOffset, length).toString('latin1') }
  }
  if (Array.isArray(value)) return value.map(keepBytes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, keepBytes(entry)]))
}

function bringBytes(_key: string, value: unknown): unknown {
  const text = (value as { latin1?: unknown } | null)?.latin1
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : value
}

/** Reads the sidecar of a raw file. Throws `ERR_TRACE_OPEN` when it is missing or of another kind. */
export function readState(raw: string): RecordingState {
  const path = statePath(raw)
  let state: Partial<RecordingState> & { readonly format?: unknown }
  try {
    state = JSON.parse(readFileSync(path, 'utf8'), bringBytes)
  } catch (cause) {
    throw new TraceError('ERR_TRACE_OPEN', `cannot read ${path}: ${(cause as Error).message}`, {
      hint: 'it has to be beside the .partial file, as the recording left it',
      cause,
    })
  }
  if (state.format === FORMAT && state.metadata && state.regions && state.buffers) {
    return state as RecordingState
  }
  throw new TraceError('ERR_TRACE_OPEN', `${path} is not what this version of traceduck writes`, {
    hint: 'use the version that recorded it',
  })
}
