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
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { TraceError } from '../parser/error.ts'
import type { Codec, Layout, PlacedBuffer } from './layout.ts'
import { collapseRange, punchHole, seekData } from './syscalls.ts'
import type { CpuSegments, Segment } from './types.ts'

/** A buffer whose pages are in the raw file. */
export interface RawBuffer {
  readonly name: string
  readonly clock: string
  readonly subBufferBytes: number
  /** In order of CPU. */
  readonly cpus: readonly CpuSegments[]
}

/** Uncompressed bytes of a chunk, as far as whole sub-buffers allow. */
const CHUNK = 65536
/** Bytes packed between two chances for signals to be seen. */
const SLICE = 4 * 2 ** 20

/** Turns the raw file into the trace.dat at `output`; returns its bytes. */
export async function finishFile(
  raw: string,
  output: string,
  layout: Layout,
  codec: Codec,
  buffers: readonly RawBuffer[],
): Promise<number> {
  const placed = codec.compress === undefined ? tryCutting(raw, layout, buffers) : undefined
  if (placed === undefined) await packInto(packingPath(raw), raw, layout, codec, buffers)
  renameSync(placed === undefined ? packingPath(raw) : raw, output)
  if (placed === undefined) rmSync(raw)
  return statSync(output).size
}

/** Where pages are packed to before they have their final name. */
export function packingPath(raw: string): string {
  return `${raw}.packing`
}

/** Bytes of a CPU's segments. */
export function segmentBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0)
}

function align(at: number, size: number): number {
  return Math.ceil(at / size) * size
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

/** Everything but the pages. */
function writeAround(fd: number, layout: Layout, placed: readonly PlacedBuffer[]): void {
  const end = placed.at(-1)?.end ?? layout.front.length
  const tail = layout.close(placed, end)
  for (const buffer of placed) writeAll(fd, layout.header(buffer), buffer.headerAt)
  writeAll(fd, layout.front, 0)
  writeAll(fd, tail, end)
  ftruncateSync(fd, end + tail.length)
  fsyncSync(fd)
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position + at)
  }
}

async function packInto(
  path: string,
  raw: string,
  layout: Layout,
  codec: Codec,
  buffers: readonly RawBuffer[],
): Promise<void> {
  const from = openSync(raw, 'r+')
  const to = openSync(path, constants.O_RDWR | constants.O_CREAT)
  try {
    const placed: PlacedBuffer[] = []
    let at = layout.front.length
    for (const buffer of buffers) {
      const headerAt = at
      at += layout.headerBytes(buffer.clock)
      const cpus: { cpu: number; offset: number; size: number }[] = []
      for (const { cpu, segments } of buffer.cpus) {
        const offset = align(at, buffer.subBufferBytes)
        const packer = new CpuPacker(to, offset, codec, buffer.subBufferBytes)
        for (const segment of segments) await packSegment(from, segment, packer)
        const size = packer.close()
        cpus.push({ cpu, offset, size })
        at = offset + size
      }
      const { name, clock, subBufferBytes } = buffer
      placed.push({ name, clock, subBufferBytes, headerAt, end: at, cpus })
    }
    writeAround(to, layout, placed)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

async function packSegment(from: number, segment: Segment, packer: CpuPacker): Promise<void> {
  const { chunkBytes } = packer
  const slice = Buffer.allocUnsafe(Math.max(chunkBytes, SLICE - (SLICE % chunkBytes)))
  const end = segment.offset + segment.size
  const begin = Math.min(seekData(from, segment.offset) ?? end, end)
  packer.skip(begin - segment.offset)
  for (let at = begin; at < end; ) {
    const size = readFully(from, slice.subarray(0, Math.min(slice.length, end - at)), at)
    if (size === 0) break
    packer.add(slice.subarray(0, size))
    punchHole(from, at, size)
    at += size
    await setImmediate()
  }
}

function readFully(fd: number, target: Buffer, position: number): number {
  let at = 0
  while (at < target.length) {
    const got = readSync(fd, target, at, target.length - at, position + at)
    if (got === 0) break
    at += got
  }
  return at
}

/** Writes one CPU's pages: as they are, or a count and chunks. */
class CpuPacker {
  /** Bytes of a full chunk. */
  readonly chunkBytes: number
  readonly #fd: number
  readonly #codec: Codec
  readonly #start: number
  readonly #packed: Buffer
  #at: number
  #chunks = 0

  constructor(fd: number, start: number, codec: Codec, subBufferBytes: number) {
    this.#fd = fd
    this.#codec = codec
    this.#start = start
    this.#at = start + (codec.compress ? 4 : 0)
    this.chunkBytes = subBufferBytes * Math.max(1, Math.floor(CHUNK / subBufferBytes))
    const most = Math.ceil(SLICE / this.chunkBytes) * (this.chunkBytes + 1024) + 1024
    this.#packed = Buffer.allocUnsafe(codec.compress ? Math.max(most, 2 * this.chunkBytes) : 0)
  }

  /** Passes by what an earlier attempt has packed of so many bytes of pages. */
  skip(pageBytes: number): void {
    if (!this.#codec.compress) {
      this.#at += pageBytes
      return
    }
    const head = Buffer.alloc(8)
    for (let left = pageBytes; left > 0; ) {
      readFully(this.#fd, head, this.#at)
      const plain = head.readUInt32LE(4)
      if (plain === 0 || plain > left) {
        throw new TraceError('ERR_TRACE_TRUNCATED', `chunk ${this.#chunks} is not in the file`, {
          hint: 'its pages are lost; nothing can bring them back',
          where: { offset: this.#at },
        })
      }
      this.#at += 8 + head.readUInt32LE(0)
      this.#chunks++
      left -= plain
    }
  }

  add(pages: Uint8Array): void {
    if (!this.#codec.compress) {
      this.#write(pages)
      return
    }
    let filled = 0
    for (let at = 0; at < pages.length; at += this.chunkBytes) {
      const plain = pages.subarray(at, at + this.chunkBytes)
      const size = this.#codec.compress(plain, this.#packed.subarray(filled + 8))
      if (size === undefined) throw new Error('a chunk grew by compression beyond all bounds')
      this.#packed.writeUInt32LE(size, filled)
      this.#packed.writeUInt32LE(plain.length, filled + 4)
      filled += 8 + size
      this.#chunks++
    }
    this.#write(this.#packed.subarray(0, filled))
  }

  #write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes, this.#at)
    this.#at += bytes.length
  }

  /** Bytes in the file; 0 for a CPU without pages. */
  close(): number {
    if (!this.#codec.compress) return this.#at - this.#start
    if (this.#chunks === 0) return 0
    const count = Buffer.alloc(4)
    count.writeUInt32LE(this.#chunks)
    writeAll(this.#fd, count, this.#start)
    return this.#at - this.#start
  }
}
