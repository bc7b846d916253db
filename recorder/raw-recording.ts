/**
 * What recording and extracting have in common: a raw file with a region for each CPU, a sidecar
 * that says what is in it, and readers that fill it.
 */
import { rmSync } from 'node:fs'
import { parseHeaderPage } from '../parser/container/header-page.ts'
import { DEFAULT_LIMITS } from '../parser/container/limits.ts'
import type { HeaderPage } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'
import { refuseExisting } from '../parser/part-file.ts'
import { makeCodec } from '../writer/codec.ts'
import { SLICE } from '../writer/cpu-packer.ts'
import { makeLayout } from '../writer/layout.ts'
import { type Metadata, preambleOf } from '../writer/metadata.ts'
import { currentClock, listCpus, subBufferBytes } from './collect.ts'
import type { Drained, DrainRequest } from './drain-types.ts'
import { finishFile, packingPath, type RawBuffer } from './finish.ts'
import { createRawFile, releaseRoom, reserveRoom } from './raw-file.ts'
import { ownIdentity } from './runtime-dir.ts'
import type { LiveBuffer } from './setup.ts'
import { type RecordingState, rawPath, removeState, writeState } from './state.ts'
import type { RecordOptions, RecordProgress } from './types.ts'

/** Where the file goes and how its pages are stored. */
export type FileRequest = Pick<RecordOptions, 'output' | 'version' | 'compression'>

/** Throws `ERR_OUTPUT_EXISTS` where something is at the output and must stay. */
export function refuseOutput(request: Pick<RecordOptions, 'output' | 'force'>): void {
  const { output, force } = request
  if (output === '-') {
    throw new TraceError('ERR_USAGE', 'a recording cannot be written to standard output', {
      hint: 'name a file with -o: its parts are filled in as CPUs are read',
    })
  }
  refuseExisting(output, force === true)
}

/** The codec that this version of the file can have. */
export function codecName({ version, compression }: FileRequest): FileRequest['compression'] {
  return version === 6 ? 'none' : compression
}

/**
 * Makes the raw file for the pages of `buffers` and its sidecar, or neither. The main buffer, named
 * '', comes first in the file even where it is not among them. Throws `ERR_RECORD_OUTPUT`, and
 * `ERR_RECORD_UNSUPPORTED` for what the version cannot hold.
 */
export function prepareRaw(
  request: FileRequest,
  metadata: Metadata,
  main: LiveBuffer,
  buffers: readonly LiveBuffer[],
): RecordingState {
  const raw = rawPath(request.output)
  const owners = buffers.map(({ name, tracefs }) => ({ name, cpus: listCpus(tracefs) }))
  const regions = createRawFile(raw, owners)
  try {
    rmSync(packingPath(raw), { force: true })
    const headerPage = Buffer.from(metadata.headerPage).toString('latin1')
    const all = buffers.includes(main) ? buffers : [main, ...buffers]
    checkSizes(request, buffers, headerPage)
    const state: RecordingState = {
      owner: ownIdentity(),
      output: request.output,
      version: request.version,
      compression: codecName(request),
      metadata,
      regions,
      buffers: all.map(({ name, tracefs }) => ({
        name,
        clock: currentClock(tracefs),
        subBufferBytes: subBufferBytes(tracefs, headerPage),
      })),
    }
    const bytes = writeState(raw, state)
    // Pages are packed by slices, around a copy of what describes them.
    reserveRoom(raw, 2 * bytes + 2 * SLICE)
    return state
  } catch (error) {
    discardRaw(raw)
    throw error
  }
}

/** Version 6 has one size of sub-buffers for the whole file. */
function checkSizes(
  { version }: FileRequest,
  buffers: readonly LiveBuffer[],
  headerPage: string,
): void {
  const sizes = new Set(buffers.map(({ tracefs }) => subBufferBytes(tracefs, headerPage)))
  if (version === 7 || sizes.size < 2) return
  const text = `sub-buffers of ${[...sizes].join(' and ')} bytes do not go into one file of version 6`
  throw new TraceError('ERR_RECORD_UNSUPPORTED', text, { hint: 'use --file-version 7' })
}

/** Notes in the sidecar that everything is drained. Throws `ERR_RECORD_OUTPUT`. */
export function saveDrained(raw: string, state: RecordingState): void {
  releaseRoom(raw)
  writeState(raw, state)
}

/** Removes the raw file and its sidecar. */
export function discardRaw(raw: string): void {
  rmSync(raw, { force: true })
  removeState(raw)
}

/** How readers do their work. */
export interface ReaderSettings {
  /** Of each CPU's folder. */
  readonly file: 'trace_pipe_raw' | 'snapshot_raw'
  readonly options?: Pick<RecordOptions, 'keepKb' | 'priority' | 'pinReaders'>
}

/** What the reader of each region has to do. */
export function readerRequests(
  state: RecordingState,
  buffers: readonly LiveBuffer[],
  { file, options = {} }: ReaderSettings,
): DrainRequest[] {
  const { keepKb, priority, pinReaders } = options
  return state.regions.map(({ buffer, cpu, offset, room }) => {
    const { tracefs } = buffers.find(({ name }) => name === buffer)!
    const { subBufferBytes } = state.buffers.find(({ name }) => name === buffer)!
    return {
      buffer,
      cpu,
      source: tracefs.resolve(`per_cpu/cpu${cpu}/${file}`),
      target: rawPath(state.output),
      offset,
      room,
      subBufferBytes,
      ...(keepKb === undefined ? {} : { keepBytes: keepKb * 1024 }),
      ...(priority === undefined ? {} : { priority }),
      ...(pinReaders ? { pin: true } : {}),
    }
  })
}

/** The drained segments by buffer, CPUs in order. */
export function arrangeDrained(state: RecordingState, drained: readonly Drained[]): RawBuffer[] {
  return state.buffers.map((buffer) => ({
    ...buffer,
    cpus: drained
      .filter((entry) => entry.buffer === buffer.name)
      .map(({ cpu, segments }) => ({ cpu, segments }))
      .sort((a, b) => a.cpu - b.cpu),
  }))
}

/** How to complete a file. */
export interface Completion {
  /** Where to, other than the recording was going. */
  readonly output?: string
  readonly onProgress?: ((progress: RecordProgress) => void) | undefined
}

/**
 * Makes the trace.dat of a raw file whose pages are all drained, and removes the sidecar; returns
 * the file's bytes. Can be killed and done again. Throws `ERR_RECORD_OUTPUT`.
 */
export async function completeRaw(
  raw: string,
  state: RecordingState,
  buffers: readonly RawBuffer[],
  { output = state.output, onProgress }: Completion = {},
): Promise<number> {
  const codec = makeCodec(state.compression)
  const names = buffers.map(({ name }) => name)
  const layout = makeLayout(state.version, preambleOf(state.metadata), codec, names)
  const fileBytes = await finishFile(raw, output, layout, codec, buffers, onProgress)
  removeState(raw)
  return fileBytes
}

/** The layout of the pages of a recording made here. */
export function pageLayout({ headerPage, pageSize }: Metadata): HeaderPage {
  const text = Buffer.from(headerPage).toString('latin1')
  return parseHeaderPage(text, { userLongSize: 8, pageSize }, DEFAULT_LIMITS)
}
