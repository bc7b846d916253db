/** Writes a recording that another file holds, or a part of it, as a new trace.dat. */
import { OPTION, parseClock, payloadText } from '../parser/container/options.ts'
import type { TraceFile } from '../parser/container/types.ts'
import type { Diagnostics } from '../parser/diagnostics.ts'
import { makeCodec } from './codec.ts'
import { writeAll } from './file-io.ts'
import { makeLayout } from './layout.ts'
import { packFile } from './pack.ts'
import { fillPacker, GIVE_WAY, type OnRead, type SavedBuffer, savedBuffer } from './saved.ts'
import { type Target, type TargetPreamble, targetPreamble } from './target.ts'

/** The sub-buffers of one CPU that are to be written. */
export type PagesOf = (
  buffer: SavedBuffer,
  cpu: SavedBuffer['cpus'][number],
) => Iterable<Uint8Array>

/** What to write. */
export interface TraceCopy {
  readonly file: TraceFile
  readonly target: Target
  /** Buffers and CPUs to write; the top-level buffer comes first and is there in any case. */
  readonly buffers: readonly SavedBuffer[]
  readonly pagesOf: PagesOf
  /** Gets what the target cannot hold. */
  readonly notices: string[]
  /** Changes what describes the recording where only a part of it is written. */
  readonly adjust?: (described: TargetPreamble) => TargetPreamble
}

/**
 * Writes the file to `fd`, which is open for reading and writing and empty. Throws
 * `ERR_RECORD_UNSUPPORTED` where the codec cannot be loaded, and what reading the file throws.
 */
export async function writeTrace(fd: number, copy: TraceCopy): Promise<void> {
  const { file, target, notices, pagesOf } = copy
  const codec = makeCodec(target.version === 6 ? 'none' : target.codec)
  const read = targetPreamble(file, target, notices)
  const { preamble, subBufferBytes } = copy.adjust?.(read) ?? read
  const buffers = topFirst(file, copy.buffers).map((buffer) => ({
    name: buffer.name,
    clock: buffer.clock,
    subBufferBytes: subBufferBytes ?? buffer.shape.bytes,
    cpus: buffer.cpus.map((cpu) => ({ cpu: cpu.cpu, saved: cpu, buffer })),
  }))
  const names = buffers.map(({ name }) => name)
  const layout = makeLayout(target.version, preamble, codec, names)
  await packFile(fd, layout, codec, buffers, async ({ saved, buffer }, packer) => {
    const pages = pagesOf(buffer, saved)
    await fillPacker(widened(pages, subBufferBytes ?? buffer.shape.bytes), packer)
  })
}

/** Writes the text of a latency tracer, which is all that `file` holds. Throws as `writeTrace`. */
export function writeText(fd: number, file: TraceFile, target: Target, notices: string[]): void {
  const codec = makeCodec(target.version === 6 ? 'none' : target.codec)
  const { preamble } = targetPreamble(file, target, notices)
  const layout = makeLayout(target.version, preamble, codec, [])
  const text = file.readLatencyText()
  const clocks = file.options.find(({ id }) => id === OPTION.traceClock)
  const clock = clocks ? parseClock(payloadText(clocks)) : 'local'
  const tail = layout.closeText(text, clock)
  writeAll(fd, layout.front, 0)
  writeAll(fd, tail, layout.front.length)
}

/** All buffers of a file; damage is reported when their sub-buffers are read. */
export function savedBuffers(
  file: TraceFile,
  diagnostics: Diagnostics,
  onRead?: OnRead,
): SavedBuffer[] {
  return file.buffers.map((buffer) => savedBuffer(file, buffer, diagnostics, onRead))
}

function topFirst(file: TraceFile, buffers: readonly SavedBuffer[]): SavedBuffer[] {
  const top = buffers.find(({ name }) => name === '') ?? emptyTop(file)
  return [top, ...buffers.filter((buffer) => buffer !== top)]
}

function emptyTop(file: TraceFile): SavedBuffer {
  const { headerPage: page, littleEndian, buffers } = file
  const bytes = page.dataOffset + page.dataSize
  const clock = (buffers.find(({ name }) => name === '') ?? buffers[0])?.clock ?? 'local'
  return { name: '', clock, shape: { littleEndian, page, bytes }, cpus: [] }
}

/** Sub-buffers at a larger size: what is behind the records means nothing. */
function* widened(pages: Iterable<Uint8Array>, size: number): Iterable<Uint8Array> {
  let wide: Uint8Array | undefined
  for (const page of pages) {
    if (page.length === size || page === GIVE_WAY) {
      yield page
      continue
    }
    wide ??= new Uint8Array(size)
    wide.set(page)
    yield wide
  }
}
