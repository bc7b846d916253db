/**
 * Reads one CPU's page data piece by piece.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4. Compressed data (version 7) is
 *
 *   u32 number of chunks, per chunk { u32 compressed size, u32 size, bytes }
 *
 * and uncompressed data is sub-buffers back to back. The size in a file's table of CPUs is no
 * bound for compressed data: trace-cmd before 3.2 leaves out the four bytes of the chunk count.
 */
import type { Diagnostics } from '../diagnostics.ts'
import { TraceError } from '../error.ts'
import type { ChunksAhead } from './ahead.ts'
import { createDecompressor } from './codec.ts'
import type { Decompressor } from './decompressor.ts'
import { ReadWindow } from './read-window.ts'
import type {
  BufferInstance,
  ChunkPlace,
  ChunkReader,
  ContainerLimits,
  CpuData,
  TraceFile,
} from './types.ts'

const PIECE = 128 * 1024
const MAX_WINDOW = 256 * 1024
const MIN_WINDOW = 32 * 1024
const WINDOWS_TOGETHER = 16 * 1024 * 1024
const CHUNK_HEAD = 8
/** More than any codec adds to bytes that do not shrink. */
const CHUNK_SLACK = 1024 * 1024

/**
 * Opens a reader of `cpuData`, one of `buffer.cpus`; `limits` are the file's unless given. Damage is reported to `diagnostics` under
 * `source` (a `meta.sources.source`) and ends or shortens the data, never throws unless strict.
 */
export function openChunkReader(
  file: TraceFile,
  buffer: BufferInstance,
  cpuData: CpuData,
  diagnostics: Diagnostics,
  limits: ContainerLimits = file.limits,
  source = -1,
  ahead?: ChunksAhead,
): ChunkReader {
  const report: Report = (code, text, offset) =>
    diagnostics.report(code, 'data_loss', text, { cpu: cpuData.cpu, offset, source })
  if (buffer.compression === 'none') return new RawReader(file, buffer, cpuData)
  return new PackedReader(file, buffer, cpuData, report, limits, ahead)
}

type Report = (
  code: 'ERR_TRACE_TRUNCATED' | 'ERR_TRACE_CODEC' | 'ERR_TRACE_LIMIT',
  text: string,
  offset: number,
) => void

/** Uncompressed sub-buffers, as many at a time as fit in 128 KiB, at least one. */
class RawReader implements ChunkReader {
  index = -1
  offset: number
  readonly #file: TraceFile
  readonly #end: number
  readonly #piece: number
  #size = 0

  constructor(file: TraceFile, buffer: BufferInstance, cpuData: CpuData) {
    this.#file = file
    this.offset = cpuData.offset
    this.#end = Math.min(cpuData.offset + cpuData.size, cpuData.end)
    const { subBufferSize } = buffer
    this.#piece = Math.max(1, Math.floor(PIECE / subBufferSize)) * subBufferSize
  }

  place(): ChunkPlace {
    return { index: this.index + 1, offset: this.offset + this.#size, left: 0 }
  }

  seek({ index, offset }: ChunkPlace): void {
    this.index = index - 1
    this.offset = offset
    this.#size = 0
  }

  next(): number {
    this.offset += this.#size
    this.#size = Math.min(this.#piece, Math.max(0, this.#end - this.offset))
    this.index++
    return this.#size
  }

  read(target: Uint8Array, targetOffset: number): number {
    return this.#file.source.readAt(target, targetOffset, this.#size, this.offset)
  }
}

/** Compressed chunks, read through a window of the file. */
class PackedReader implements ChunkReader {
  index = -1
  offset: number
  readonly #cpu: number
  readonly #window: ReadWindow
  readonly #report: Report
  readonly #limits: ContainerLimits
  readonly #subBufferSize: number
  readonly #littleEndian: boolean
  readonly #decompress: Decompressor
  /** Chunks that a thread decompresses ahead. */
  readonly #ahead: ChunksAhead | undefined
  /** One past the last byte that can be this CPU's. */
  readonly #end: number
  /** One past the last byte by the table of CPUs. */
  readonly #listed: number
  #left: number
  #at: number
  #packed = 0
  #size = 0

  constructor(
    file: TraceFile,
    buffer: BufferInstance,
    cpuData: CpuData,
    report: Report,
    limits: ContainerLimits,
    ahead: ChunksAhead | undefined,
  ) {
    const streams = Math.max(1, buffer.cpus.length * file.buffers.length)
    const share = Math.floor(WINDOWS_TOGETHER / streams)
    this.#window = new ReadWindow(file.source, Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, share)))
    this.#cpu = cpuData.cpu
    this.#ahead = ahead
    this.#report = report
    this.#limits = limits
    this.#subBufferSize = buffer.subBufferSize
    this.#littleEndian = file.littleEndian
    this.#decompress = createDecompressor(buffer.compression)
    this.offset = cpuData.offset
    this.#at = cpuData.offset
    this.#end = cpuData.end
    this.#listed = Math.min(cpuData.end, cpuData.offset + cpuData.size)
    this.#left = this.#readCount()
  }

  place(): ChunkPlace {
    return { index: this.index + 1, offset: this.#at + this.#packed, left: this.#left }
  }

  seek({ index, offset, left }: ChunkPlace): void {
    this.index = index - 1
    this.#at = offset
    this.#packed = 0
    this.#left = left
  }

  next(): number {
    const size = this.#findNext()
    if (size === 0) this.#ahead?.finish()
    else this.#ahead?.moveTo(this.index)
    return size
  }

  #findNext(): number {
    this.#at += this.#packed
    this.#packed = 0
    this.#size = 0
    if (this.#left <= 0 || (this.#left === Number.POSITIVE_INFINITY && this.#at >= this.#listed))
      return 0
    this.offset = this.#at
    const at = this.#window.find(this.#at, CHUNK_HEAD)
    if (at < 0 || this.#at + CHUNK_HEAD > this.#end)
      return this.#stop('ERR_TRACE_TRUNCATED', 'the data ends')
    const packed = this.#u32(at)
    const size = this.#u32(at + 4)
    if (size > this.#limits.maxChunkBytes) {
      return this.#stop('ERR_TRACE_LIMIT', `a chunk of ${size} bytes`)
    }
    if (size === 0 || packed === 0) {
      return this.#stop('ERR_TRACE_CODEC', `a chunk of ${packed} bytes for ${size}`)
    }
    if (packed > size + CHUNK_SLACK) {
      return this.#stop('ERR_TRACE_CODEC', `${packed} compressed bytes for ${size}`)
    }
    if (this.#at + CHUNK_HEAD + packed > this.#end) {
      return this.#stop('ERR_TRACE_TRUNCATED', `data ends within a chunk of ${packed} bytes`)
    }
    this.#at += CHUNK_HEAD
    this.#packed = packed
    this.#size = size
    this.#left--
    this.index++
    return size
  }

  read(target: Uint8Array, targetOffset: number): number {
    if (this.#ahead?.take(this.index, this.#size, target, targetOffset)) return this.#whole()
    const at = this.#window.find(this.#at, this.#packed)
    if (at < 0) return this.#lost('ERR_TRACE_TRUNCATED', 'the data ends within a chunk')
    const input = this.#window.bytes.subarray(at, at + this.#packed)
    try {
      this.#decompress(input, target.subarray(targetOffset, targetOffset + this.#size))
    } catch (cause) {
      if (!(cause instanceof TraceError)) throw cause
      return this.#lost('ERR_TRACE_CODEC', cause.message)
    }
    return this.#whole()
  }

  /** Bytes of the chunk that are whole sub-buffers. */
  #whole(): number {
    const odd = this.#size % this.#subBufferSize
    if (odd > 0) this.#lost('ERR_TRACE_CODEC', `${odd} bytes of a chunk are no whole sub-buffer`)
    return this.#size - odd
  }

  #readCount(): number {
    const at = this.#window.find(this.#at, 4)
    if (at < 0) {
      this.#stop('ERR_TRACE_TRUNCATED', 'the data ends')
      return 0
    }
    this.#at += 4
    const count = this.#u32(at)
    // A count that was never filled in leaves only the table's size to say where chunks end.
    return count === 0 ? Number.POSITIVE_INFINITY : count
  }

  #u32(at: number): number {
    const { bytes } = this.#window
    return this.#littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }

  #stop(code: Parameters<Report>[0], text: string): 0 {
    this.#left = 0
    return this.#lost(code, text)
  }

  #lost(code: Parameters<Report>[0], text: string): 0 {
    this.#report(code, `CPU ${this.#cpu}, chunk at ${this.offset}: ${text}`, this.offset)
    return 0
  }
}
