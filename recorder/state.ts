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
  statSync,
  writevSync,
} from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { outputError } from '../writer/file-io.ts'
import type { Metadata } from '../writer/metadata.ts'
import type { RawBuffer } from './finish.ts'
import { type Region, statePath } from './raw-file.ts'
import type { ProcessIdentity } from './runtime-dir.ts'
import type { RecordCompression } from './types.ts'

/** Bumped when the meaning of the sidecar changes. */
const FORMAT = 2

/** Everything `recover` has to know. */
export interface RecordingState {
  /** The process that records. */
  readonly owner?: ProcessIdentity
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

/** What is too large for a text: symbols and formats are several MB. */
function bytesPath(raw: string): string {
  return `${raw}.bytes`
}

/** Bytes in the text: where they are in the other file. */
interface Place {
  readonly bytesAt: number
  readonly length: number
}

/** What a path's file of bytes has already; it stays as it is from one text to the next. */
const written = new WeakMap<Uint8Array, Place & { readonly path: string }>()

/**
 * Writes the sidecar whole or not at all; returns the bytes of what it describes events with. Throws
 * `ERR_RECORD_OUTPUT`.
 */
export function writeState(raw: string, state: RecordingState): number {
  const path = statePath(raw)
  try {
    const bytes = new BytesFile(bytesPath(raw))
    const text = JSON.stringify({ format: FORMAT, ...(bytes.place(state) as object) })
    bytes.write()
    writeFile(`${path}.new`, 'w', [Buffer.from(text)])
    renameSync(`${path}.new`, path)
    return bytes.end
  } catch (error) {
    throw outputError(path, error)
  }
}

/** Bytes are only ever added to it: a text that is in place is never about others. */
class BytesFile {
  readonly #path: string
  readonly #parts: Uint8Array[] = []
  #end: number

  constructor(path: string) {
    this.#path = path
    this.#end = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  get end(): number {
    return this.#end
  }

  /** The value with places instead of bytes, which JSON has no good way to write. */
  place(value: unknown): unknown {
    if (value instanceof Uint8Array) return this.#add(value)
    if (Array.isArray(value)) return value.map((entry) => this.place(entry))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.place(entry)]))
  }

  #add(bytes: Uint8Array): Place {
    const { length } = bytes
    const known = written.get(bytes)
    if (known?.path === this.#path) return { bytesAt: known.bytesAt, length }
    const bytesAt = this.#end
    written.set(bytes, { path: this.#path, bytesAt, length })
    this.#end += length
    this.#parts.push(bytes)
    return { bytesAt, length }
  }

  write(): void {
    if (this.#parts.length > 0) writeFile(this.#path, 'a', this.#parts)
  }
}

function writeFile(path: string, flags: 'w' | 'a', parts: readonly Uint8Array[]): void {
  const fd = openSync(path, flags)
  try {
    let left = parts.filter(({ length }) => length > 0)
    while (left.length > 0) left = without(left, writevSync(fd, left))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** What is left of some bytes without the first of them. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  return parts.flatMap((part) => {
    const rest = part.subarray(Math.min(skip, part.length))
    skip -= part.length - rest.length
    return rest.length > 0 ? [rest] : []
  })
}

/** Removes the sidecar. */
export function removeState(raw: string): void {
  for (const path of [statePath(raw), `${statePath(raw)}.new`, bytesPath(raw)]) {
    rmSync(path, { force: true })
  }
}

/** Reads the sidecar of a raw file. Throws `ERR_TRACE_OPEN` when it is missing or of another kind. */
export function readState(raw: string): RecordingState {
  const path = statePath(raw)
  let state: Partial<RecordingState> & { readonly format?: unknown }
  try {
    const bytes = readFileSync(bytesPath(raw))
    const bring = (_key: string, value: unknown): unknown => bringBytes(value, bytes)
    state = JSON.parse(readFileSync(path, 'utf8'), bring)
  } catch (cause) {
    throw new TraceError('ERR_TRACE_OPEN', `cannot read ${path}: ${(cause as Error).message}`, {
      hint: 'it has to be beside the .partial file, as the recording left it',
      cause,
    })
  }
  const { format, ...rest } = state
  if (format === FORMAT && rest.metadata && rest.regions && rest.buffers) {
    return rest as RecordingState
  }
  throw new TraceError('ERR_TRACE_OPEN', `${path} is not what this version of traceduck writes`, {
    hint: 'use the version that recorded it',
  })
}

function bringBytes(value: unknown, file: Buffer): unknown {
  const { bytesAt, length } = (value ?? {}) as { readonly bytesAt?: unknown; length?: unknown }
  if (typeof bytesAt !== 'number' || typeof length !== 'number') return value
  const bytes = file.subarray(bytesAt, bytesAt + length)
  if (bytes.length === length) return bytes
  throw new RangeError(`its .bytes file ends before ${bytesAt + length}`)
}
