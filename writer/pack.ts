/** Puts a trace.dat together around sub-buffers that are packed one CPU after the other. */
import { fsyncSync, ftruncateSync } from 'node:fs'
import { CpuPacker } from './cpu-packer.ts'
import { writeAll } from './file-io.ts'
import type { Codec, Layout, PlacedBuffer } from './layout.ts'

/** A buffer to pack; what the sub-buffers of its CPUs come from is the caller's. */
export interface PackableBuffer<Source> {
  readonly name: string
  readonly clock: string
  readonly subBufferBytes: number
  /** In order of CPU. */
  readonly cpus: readonly (Source & { readonly cpu: number })[]
}

/** `at` rounded up to a multiple of `size`. */
export function align(at: number, size: number): number {
  return Math.ceil(at / size) * size
}

/** Writes a whole file to `fd`; `fill` hands one CPU's sub-buffers to a packer. */
export async function packFile<Source>(
  fd: number,
  layout: Layout,
  codec: Codec,
  buffers: readonly PackableBuffer<Source>[],
  fill: (source: Source, packer: CpuPacker) => Promise<void>,
): Promise<void> {
  const placed: PlacedBuffer[] = []
  let at = layout.front.length
  for (const { name, clock, subBufferBytes, cpus } of buffers) {
    const headerAt = at
    // Also without data: trace-cmd looks for more behind a header that ends a file of version 6.
    at = align(at + layout.headerBytes(clock), subBufferBytes)
    const entries: { cpu: number; offset: number; size: number }[] = []
    for (const source of cpus) {
      const offset = align(at, subBufferBytes)
      const packer = new CpuPacker(fd, offset, codec, subBufferBytes, layout.littleEndian)
      await fill(source, packer)
      const size = packer.close()
      entries.push({ cpu: source.cpu, offset, size })
      at = offset + size
    }
    placed.push({ name, clock, subBufferBytes, headerAt, end: at, cpus: entries })
  }
  writeAround(fd, layout, placed)
}

/** Writes everything but the sub-buffers, and makes it last. */
export function writeAround(fd: number, layout: Layout, placed: readonly PlacedBuffer[]): void {
  const end = placed.at(-1)?.end ?? layout.front.length
  const tail = layout.close(placed, end)
  for (const buffer of placed) writeAll(fd, layout.header(buffer), buffer.headerAt)
  writeAll(fd, layout.front, 0)
  writeAll(fd, tail, end)
  ftruncateSync(fd, end + tail.length)
  fsyncSync(fd)
}
