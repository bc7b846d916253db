/**
 * From the raw file of a recording (see `raw-file.ts`) to a trace.dat, without ever holding the
 * pages on disk twice:
 *
 * - uncompressed, where the file system can cut ranges out of a file (ext4, xfs): the holes between
 *   the regions are cut out and the raw file becomes the trace.dat; no page is copied;
 * - otherwise pages are packed into a new file, and their space in the raw file is given back.
 *
 * Either way can be killed at any moment and done again: what is cut shows in the size of the file,
 * and what is packed is a hole in the raw file.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { TraceError } from '../parser/error.ts'
import type { CpuPacker } from '../writer/cpu-packer.ts'
import { moveFile, outputError, readFully } from '../writer/file-io.ts'
import type { Codec, Layout, PlacedBuffer } from '../writer/layout.ts'
import { align, packFile, writeAround } from '../writer/pack.ts'
import { collapseRange, punchHole, seekData } from './syscalls.ts'
import type { CpuSegments, RecordProgress, Segment } from './types.ts'

/** A buffer whose pages are in the raw file. */
export interface RawBuffer {
  readonly name: string
  readonly clock: string
  readonly subBufferBytes: number
  /** In order of CPU. */
  readonly cpus: readonly CpuSegments[]
}

/**
 * Turns the raw file into the trace.dat at `output`; returns its bytes. Throws
 * `ERR_RECORD_OUTPUT`, and leaves what can be done again.
 */
export async function finishFile(
  raw: string,
  output: string,
  layout: Layout,
  codec: Codec,
  buffers: readonly RawBuffer[],
  onProgress?: (progress: RecordProgress) => void,
): Promise<number> {
  try {
    const placed = codec.compress === undefined ? tryCutting(raw, layout, buffers) : undefined
    if (placed === undefined)
      await packInto(packingPath(raw), raw, layout, codec, buffers, onProgress)
    moveFile(placed === undefined ? packingPath(raw) : raw, output)
    if (placed === undefined) rmSync(raw)
    return statSync(output).size
  } catch (error) {
    throw outputError(output, error, `all that was recorded is there: traceduck recover ${raw}`)
  }
}

/** Where pages are packed to before they have their final name. */
export function packingPath(raw: string): string {
  return `${raw}.packing`
}

/** Bytes of a CPU's segments. */
export function segmentBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0)
}

/** Where everything stands in the finished file when pages are stored as they are. */
export function placeBuffers(layout: Layout, buffers: readonly RawBuffer[]): PlacedBuffer[] {
  let at = layout.front.length
  return buffers.map(({ name, clock, subBufferBytes, cpus }) => {
    const headerAt = at
    at = align(at + layout.headerBytes(clock), subBufferBytes)
    const entries = cpus.map(({ cpu, segments }) => {
      const entry = { cpu, offset: at, size: segmentBytes(segments) }
      at += entry.size
      return entry
    })
    return { name, clock, subBufferBytes, headerAt, end: at, cpus: entries }
  })
}

interface Cut {
  readonly offset: number
  readonly size: number
}

/** The ranges between the regions that are not in the finished file, in order. */
function findCuts(
  buffers: readonly RawBuffer[],
  placed: readonly PlacedBuffer[],
): Cut[] | undefined {
  const cuts: Cut[] = []
  let rawEnd = 0
  let fileEnd = 0
  for (const [index, buffer] of buffers.entries()) {
    for (const [order, { segments }] of buffer.cpus.entries()) {
      if (segments.length === 0) continue
      const [segment] = segments
      if (segments.length > 1 || segment === undefined || segment.offset < rawEnd) return undefined
      const target = placed[index]!.cpus[order]!
      const keep = target.offset - fileEnd
      cuts.push({ offset: rawEnd + keep, size: segment.offset - rawEnd - keep })
      rawEnd = segment.offset + segment.size
      fileEnd = target.offset + target.size
    }
  }
  return cuts.every(({ size }) => size >= 0) ? cuts : undefined
}

function tryCutting(
  raw: string,
  layout: Layout,
  buffers: readonly RawBuffer[],
): PlacedBuffer[] | undefined {
  const placed = placeBuffers(layout, buffers)
  const cuts = findCuts(buffers, placed)
  if (cuts === undefined || cuts.length === 0) return undefined
  const fd = openSync(raw, 'r+')
  try {
    const end = placed.at(-1)!.end
    const done = countCuts(fd, buffers, cuts, end)
    if (!cutAll(fd, cuts.slice(0, cuts.length - done), done > 0)) return undefined
    writeAround(fd, layout, placed)
    return placed
  } finally {
    closeSync(fd)
  }
}

/** How many of the cuts, from the last one, have been made already; cuts the end off otherwise. */
function countCuts(
  fd: number,
  buffers: readonly RawBuffer[],
  cuts: readonly Cut[],
  end: number,
): number {
  const segments = buffers.flatMap(({ cpus }) => cpus.flatMap((cpu) => cpu.segments))
  const { size } = fstatSync(fd)
  let left = Math.max(...segments.map((segment) => segment.offset + segment.size))
  if (size > left) ftruncateSync(fd, left)
  if (size >= left) return 0
  let done = 0
  for (; done < cuts.length && left > size && left > end; done++) {
    left -= cuts[cuts.length - 1 - done]!.size
  }
  return done
}

/** Cuts from the end, so that what is before stays in place; the first one tells whether it works. */
function cutAll(fd: number, cuts: readonly Cut[], begun: boolean): boolean {
  for (const [index, { offset, size }] of cuts.toReversed().entries()) {
    if (size === 0 || collapseRange(fd, offset, size)) continue
    if (index === 0 && !begun) return false
    throw new TraceError('ERR_RECORD_OUTPUT', `cannot cut ${size} bytes at ${offset} any more`, {
      hint: 'bring the file back to where it was recorded',
    })
  }
  return true
}

async function packInto(
  path: string,
  raw: string,
  layout: Layout,
  codec: Codec,
  buffers: readonly RawBuffer[],
  onProgress?: (progress: RecordProgress) => void,
): Promise<void> {
  const all = buffers.flatMap(({ cpus }) => cpus.flatMap(({ segments }) => segments))
  const total = segmentBytes(all)
  let done = 0
  const packed = (bytes: number): void => {
    done += bytes
    onProgress?.({ kind: 'packing', done, total })
  }
  const from = openSync(raw, 'r+')
  const to = openSync(path, constants.O_RDWR | constants.O_CREAT)
  try {
    await packFile(to, layout, codec, buffers, async ({ segments }, packer) => {
      for (const segment of segments) await packSegment(from, segment, packer, packed)
    })
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

/** Signals are seen between slices. */
async function packSegment(
  from: number,
  segment: Segment,
  packer: CpuPacker,
  packed: (bytes: number) => void,
): Promise<void> {
  const slice = Buffer.allocUnsafe(packer.sliceBytes)
  const end = segment.offset + segment.size
  const begin = Math.min(seekData(from, segment.offset) ?? end, end)
  packer.skip(begin - segment.offset)
  for (let at = begin; at < end; ) {
    const size = readFully(from, slice.subarray(0, Math.min(slice.length, end - at)), at)
    if (size === 0) break
    packer.add(slice.subarray(0, size))
    punchHole(from, at, size)
    at += size
    packed(size)
    await setImmediate()
  }
}
