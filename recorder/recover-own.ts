/** A whole trace.dat from what a recording of ours left that was killed. */
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { emptyTally } from '../writer/sound-pages.ts'
import { countSegments } from './counts.ts'
import { packingPath, type RawBuffer, segmentBytes } from './finish.ts'
import { statePath } from './raw-file.ts'
import { findPages } from './raw-pages.ts'
import { completeRaw, pageLayout, refuseOutput, saveDrained } from './raw-recording.ts'
import { nothingToRecover, type Recovered, tallyText } from './recovered.ts'
import { isRunning } from './runtime-dir.ts'
import { type RecordingState, readState, removeState } from './state.ts'
import { seekData } from './syscalls.ts'

/**
 * The raw file that `path` means: itself, or that of the recording to `path`. Throws
 * `ERR_RECOVER_NOTHING` for one that was killed before it could record anything.
 */
export function findRawFile(path: string): string | undefined {
  const candidates = [path, `${path}.partial`, path.replace(/\.json(\.new)?$/, '')]
  const raws = candidates.filter((raw) => raw.endsWith('.partial'))
  const found = raws.find((raw) => existsSync(statePath(raw)))
  if (found !== undefined) return found
  const early = raws.find((raw) => existsSync(raw))
  if (early === undefined) return undefined
  throw nothingToRecover(`${early} was killed before its first event`, `remove ${early}`)
}

/**
 * Completes the recording whose raw file is `raw` into `output`, by default where it was going; the
 * raw file becomes it or is gone afterwards. Can be killed and done again. Throws `ERR_TRACE_OPEN`
 * when its sidecar is no good, `ERR_TRACER_BUSY` while it is being recorded, `ERR_OUTPUT_EXISTS`,
 * `ERR_RECORD_OUTPUT`.
 */
export async function recoverOwn(
  raw: string,
  options: { readonly output?: string; readonly force?: boolean } = {},
): Promise<Recovered> {
  const state = readState(raw)
  refuseRunning(raw, state)
  const wanted = raw.replace(/\.partial$/, '')
  if (isCompleted(raw, state, wanted)) return cleanUp(raw, wanted)
  const output = options.output ?? wanted
  refuseOutput({ ...options, output })
  const buffers = state.drained ?? findPages(raw, state)
  if (state.drained === undefined) saveDrained(raw, { ...state, drained: buffers })
  const lines = tallyText(tally(raw, state, buffers), [])
  const fileBytes = await completeRaw(raw, state, buffers, { output })
  return { output, fileBytes, lines, notices: [] }
}

function refuseRunning(raw: string, { owner }: RecordingState): void {
  if (owner === undefined || !isRunning(owner)) return
  throw new TraceError('ERR_TRACER_BUSY', `process ${owner.pid} is still recording ${raw}`, {
    hint: 'end it with Ctrl-C or kill; it completes the file by itself',
  })
}

/** Killed between giving the file its name and removing what it was made of. */
function isCompleted(raw: string, { drained }: RecordingState, output: string): boolean {
  if (!existsSync(raw)) return true
  if (drained === undefined || !existsSync(output) || existsSync(packingPath(raw))) return false
  const segments = drained.flatMap(({ cpus }) => cpus.flatMap((cpu) => cpu.segments))
  const fd = openSync(raw, 'r')
  try {
    const left = segments.filter(
      ({ offset, size }) => (seekData(fd, offset) ?? Infinity) < offset + size,
    )
    return segments.length > 0 && left.length === 0
  } finally {
    closeSync(fd)
  }
}

function cleanUp(raw: string, output: string): Recovered {
  rmSync(raw, { force: true })
  removeState(raw)
  if (!existsSync(output)) throw nothingToRecover(`${raw} is gone, and so is ${output}`)
  const lines = ['the recording was complete already']
  return { output, fileBytes: statSync(output).size, lines, notices: [] }
}

/** Events are counted unless a part of the pages is packed already. */
function tally(raw: string, state: RecordingState, buffers: readonly RawBuffer[]) {
  const untouched = !existsSync(packingPath(raw))
  const page = pageLayout(state.metadata)
  return buffers.flatMap(({ name, subBufferBytes, cpus }) =>
    cpus.map(({ cpu, segments }) => ({
      ...emptyTally(),
      buffer: name,
      cpu,
      subBuffers: segmentBytes(segments) / subBufferBytes,
      events: untouched ? countSegments(raw, segments, subBufferBytes, page) : Number.NaN,
    })),
  )
}
