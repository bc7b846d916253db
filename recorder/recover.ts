/** A whole trace.dat from what a recording left that was killed, or lost with the machine. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { type RawBuffer, segmentBytes } from './finish.ts'
import { type Region, statePath } from './raw-file.ts'
import { completeRaw, refuseOutput } from './raw-recording.ts'
import { type RecordingState, readState, writeState } from './state.ts'
import { seekData } from './syscalls.ts'
import type { Segment } from './types.ts'

/** What was recovered. */
export interface Recovered {
  readonly output: string
  readonly fileBytes: number
  /** Raw bytes of sub-buffers. */
  readonly bytes: number
}

/** The raw file that `path` means: itself, or that of the recording to `path`. */
export function findRawFile(path: string): string | undefined {
  for (const raw of [path, `${path}.partial`, path.replace(/\.json$/, '')]) {
    if (raw.endsWith('.partial') && existsSync(statePath(raw))) return raw
  }
  return undefined
}

/**
 * Completes the recording whose raw file is `raw` into `output` (by default where it was going).
 * Throws `ERR_TRACE_OPEN` when its sidecar is missing, `ERR_OUTPUT_EXISTS`, `ERR_RECORD_OUTPUT`.
 */
export async function recoverRecording(
  raw: string,
  options: { readonly output?: string; readonly force?: boolean } = {},
): Promise<Recovered> {
  const state = readState(raw)
  const output = options.output ?? raw.replace(/\.partial$/, '')
  if (!existsSync(raw)) {
    throw new TraceError('ERR_TRACE_OPEN', `${raw} is gone: the recording was completed`, {
      hint: `remove ${statePath(raw)}`,
    })
  }
  refuseOutput({ ...options, output })
  const buffers = state.drained ?? findPages(raw, state)
  if (state.drained === undefined) writeState(raw, { ...state, drained: buffers })
  const fileBytes = await completeRaw(raw, state, buffers, output)
  const cpus = buffers.flatMap((buffer) => buffer.cpus)
  const bytes = cpus.reduce((sum, { segments }) => sum + segmentBytes(segments), 0)
  return { output, fileBytes, bytes }
}

/** The pages that readers had written when the recording was killed. */
function findPages(raw: string, state: RecordingState): RawBuffer[] {
  const fd = openSync(raw, 'r')
  try {
    return state.buffers.map((buffer) => ({
      ...buffer,
      cpus: state.regions
        .filter((region) => region.buffer === buffer.name)
        .map((region) => ({
          cpu: region.cpu,
          segments: findSegments(fd, region, buffer.subBufferBytes),
        })),
    }))
  } finally {
    closeSync(fd)
  }
}

/** Pages stand without gaps from the first that was kept; no page begins with a time of 0. */
function findSegments(fd: number, region: Region, pageBytes: number): Segment[] {
  const limit = region.offset + region.room
  const first = seekData(fd, region.offset) ?? limit
  if (first >= limit) return []
  const start = first - ((first - region.offset) % pageBytes)
  let low = 0
  let high = Math.floor((limit - start) / pageBytes)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (hasPage(fd, start + middle * pageBytes)) low = middle + 1
    else high = middle
  }
  return low === 0 ? [] : [{ offset: start, size: low * pageBytes }]
}

function hasPage(fd: number, offset: number): boolean {
  const head = Buffer.alloc(16)
  return readSync(fd, head, 0, head.length, offset) === 16 && head.readBigUInt64LE(0) !== 0n
}
