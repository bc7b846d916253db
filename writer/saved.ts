/** Sub-buffers that are taken from somewhere to be written into another file. */
import { setImmediate } from 'node:timers/promises'
import { openChunkReader } from '../parser/container/chunk-reader.ts'
import type { BufferInstance, CpuData, TraceFile } from '../parser/container/types.ts'
import type { Diagnostics } from '../parser/diagnostics.ts'
import type { CpuPacker } from './cpu-packer.ts'
import type { PageShape } from './sound-pages.ts'

/** One CPU's sub-buffers, wherever they are. */
export interface SavedCpu {
  readonly cpu: number
  /** Yields whole sub-buffers, any number at a time; the end of the last may be cut. */
  readonly pieces: () => Iterable<Uint8Array>
}

/** A buffer of the file to be. */
export interface SavedBuffer {
  readonly name: string
  readonly clock: string
  readonly shape: PageShape
  /** In order of CPU. */
  readonly cpus: readonly SavedCpu[]
}

/** Told of every so many bytes of the file that have been read. */
export type OnRead = (bytes: number) => void

/** A buffer of a file, whose sub-buffers are read when they are written; damage is reported. */
export function savedBuffer(
  file: TraceFile,
  buffer: BufferInstance,
  diagnostics: Diagnostics,
  onRead?: OnRead,
): SavedBuffer {
  const { headerPage, littleEndian } = file
  const bytes = buffer.subBufferSize
  const page = { ...headerPage, dataSize: bytes - headerPage.dataOffset }
  return {
    name: buffer.name,
    clock: buffer.clock,
    shape: { littleEndian, page, bytes },
    cpus: [...buffer.cpus]
      .sort((a, b) => a.cpu - b.cpu)
      .map((data) => ({
        cpu: data.cpu,
        pieces: () => readPieces(file, buffer, data, diagnostics, onRead),
      })),
  }
}

function* readPieces(
  file: TraceFile,
  buffer: BufferInstance,
  data: CpuData,
  diagnostics: Diagnostics,
  onRead?: OnRead,
): Generator<Uint8Array> {
  const reader = openChunkReader(file, buffer, data, diagnostics)
  let target = new Uint8Array(0)
  let at = data.offset
  for (let size = reader.next(); size > 0; size = reader.next()) {
    onRead?.(reader.offset - at)
    at = reader.offset
    if (target.length < size) target = new Uint8Array(size)
    yield target.subarray(0, reader.read(target, 0))
  }
}

/** What a source of sub-buffers yields now and then while it has none, so that signals are seen. */
export const GIVE_WAY: Uint8Array = new Uint8Array(0)

/** Packs whole sub-buffers; signals are seen between slices. */
export async function fillPacker(pages: Iterable<Uint8Array>, packer: CpuPacker): Promise<void> {
  const slice = new Uint8Array(packer.sliceBytes)
  let filled = 0
  for (const page of pages) {
    if (page === GIVE_WAY) await setImmediate()
    slice.set(page, filled)
    filled += page.length
    if (filled < slice.length) continue
    packer.add(slice)
    filled = 0
    await setImmediate()
  }
  if (filled > 0) packer.add(slice.subarray(0, filled))
}
