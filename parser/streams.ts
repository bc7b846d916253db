/** Opens the CPU streams of a file for one pass over its records. */

import { startAhead } from './container/ahead.ts'
import { openChunkReader } from './container/chunk-reader.ts'
import type { BufferInstance, CpuData, TraceFile } from './container/types.ts'
import type { Diagnostics } from './diagnostics.ts'
import { Arena } from './ring/arena.ts'
import { createClock } from './ring/clock.ts'
import { CpuStream, entriesFor, type SplitTime, streamLoopBytes } from './ring/cpu-stream.ts'
import { placeKept } from './ring/fast-walk.ts'
import type { WalkLayout } from './ring/walk-layout.ts'
import { isOnWords } from './ring/words.ts'
import { type LoopMemory, openLoops, roundUp } from './wasm/loops.ts'

/** Which records a pass is about; everything else costs as little as possible. */
export interface Selection {
  /** CPUs to read; all when undefined. */
  readonly cpus?: ReadonlySet<number> | undefined
  /** First and last time stamp wanted, inclusive, on the corrected trace clock. */
  readonly from?: bigint | undefined
  readonly to?: bigint | undefined
}

/** What a pass needs beyond the file. */
export interface PassRequest {
  readonly selection: Selection
  /** wanted[id] = 1 for events to keep; null keeps all. */
  readonly wanted: Uint8Array | null
  /** Event ids of stack records to attach to the event before them, or NO_ID. */
  readonly kernelStackId: number
  readonly userStackId: number
  readonly pidOffset: number
  /** `meta.sources.source` of the file's first buffer. */
  readonly firstSource: number
  /** True for chunks without wanted events, by stream key. */
  readonly skipChunk: ((stream: string, index: number) => boolean) | undefined
  /** True when the streams are merged, so that all of them hold slots at a time. */
  readonly merged: boolean
  /** Bytes that the caller wants of the memory of the fast loops, where blocks have so many entries. */
  readonly loopBytes: (entries: number) => number
  /** True when the streams are moved about, so that nothing can be read ahead of them. */
  readonly isMoved?: boolean
}

/** Arena bytes beyond what the streams pin: more slots, fewer but longer runs of decoding, of what is in the CPU's cache. */
const SPARE_BYTES = 512 << 10
const PLAIN_CHUNK = 128 << 10
/** Bytes of records below which making memory for the fast loops takes longer than they save. */
const LEAST_LOOP_BYTES = 2 << 20
/** How many times as large records are when they are no longer compressed. */
const PACKED = 8
const LARGEST_SLOT = 1 << 20
/** trace-cmd compresses ten sub-buffers at a time. */
const CHUNK_SUB_BUFFERS = 10

/** Names a stream within its file. */
export function streamKey(source: number, cpu: number): string {
  return `${source}/${cpu}`
}

/** What a pass works with. */
export interface OpenedStreams {
  readonly arena: Arena
  readonly streams: CpuStream[]
  /** Where the fast loops work; undefined where they cannot. */
  readonly memory: LoopMemory | undefined
  /** Ends what goes on ahead of the streams; they need not be read to their ends. */
  close(): void
}

/** Opens one stream for each CPU of each buffer that the selection includes. */
export function openStreams(
  file: TraceFile,
  request: PassRequest,
  diagnostics: Diagnostics,
): OpenedStreams {
  const places = file.buffers.flatMap((buffer, i) =>
    buffer.cpus
      .filter(({ cpu, size }) => size > 0 && (request.selection.cpus?.has(cpu) ?? true))
      .map((data) => ({ buffer, data, source: request.firstSource + i })),
  )
  const slotBytes = Math.max(8, ...places.map(({ buffer }) => slotBytesOf(buffer)))
  // An event held back for its stacks may refer to the slots of several chunks.
  const pinned = request.merged ? places.length * 4 : 4
  const spare = Math.min(64, Math.max(4, Math.ceil(SPARE_BYTES / slotBytes)))
  const memory = openMemory(file, places, request, slotBytes, pinned + spare)
  const arena = new Arena(slotBytes, pinned + spare, memory)
  const loops = memory && { memory, kept: placeKept(memory, request.wanted) }
  const from = splitTime(request.selection.from, 0n)
  const to = splitTime(request.selection.to, 0xffffffffffffffffn)
  const skipperOf = (source: number, cpu: number): ((index: number) => boolean) | undefined => {
    const key = streamKey(source, cpu)
    const skip = request.skipChunk
    return skip && ((index) => skip(key, index))
  }
  const aheadPlaces = places.map(({ buffer, data, source }) => ({
    data,
    codec: buffer.compression,
    skip: skipperOf(source, data.cpu),
  }))
  const ahead = request.isMoved ? undefined : startAhead(file, aheadPlaces, slotBytes)
  const streams = places.map(({ buffer, data, source }, i) => {
    const layout: WalkLayout = {
      littleEndian: file.littleEndian,
      headerPage: file.headerPage,
      subBufferSize: buffer.subBufferSize,
      kernelStackId: request.kernelStackId,
      userStackId: request.userStackId,
      pidOffset: request.pidOffset,
      source,
      cpu: data.cpu,
    }
    const options = {
      wanted: request.wanted,
      from,
      to,
      correctTimes: createClock(file.corrections, data.cpu),
      skipChunk: skipperOf(source, data.cpu),
    }
    const chunks = ahead?.chunksOf(i)
    const reader = openChunkReader(file, buffer, data, diagnostics, undefined, source, chunks)
    return new CpuStream(layout, reader, arena, options, diagnostics, loops)
  })
  return { arena, streams, memory, close: () => ahead?.close() }
}

/** Room for the fast loops of a pass, where its records are such as they take. */
function openMemory(
  file: TraceFile,
  places: readonly { readonly buffer: BufferInstance; readonly data: CpuData }[],
  request: PassRequest,
  slotBytes: number,
  slots: number,
): LoopMemory | undefined {
  const { littleEndian, headerPage } = file
  const fits = places.every(({ buffer }) =>
    isOnWords(littleEndian, headerPage.dataOffset, buffer.subBufferSize),
  )
  const records = places.reduce(
    (sum, { buffer, data }) => sum + data.size * (buffer.compression === 'none' ? 1 : PACKED),
    0,
  )
  if (!fits || (records < LEAST_LOOP_BYTES && process.env.TRACEDUCK_LOOPS !== 'wasm'))
    return undefined
  const bytes = roundUp(((slotBytes + 7) & ~7) * slots) + streamLoopBytes(places.length, slotBytes)
  return openLoops(bytes + request.loopBytes(entriesFor(slotBytes)))
}

function slotBytesOf(buffer: BufferInstance): number {
  const { subBufferSize } = buffer
  const wish = buffer.compression === 'none' ? PLAIN_CHUNK : subBufferSize * CHUNK_SUB_BUFFERS
  const most = Math.min(wish, LARGEST_SLOT)
  return Math.max(subBufferSize, most - (most % subBufferSize))
}

/**
 * Halves of a bound, clamped to what a time stamp can be; undefined stays undefined, and so does a
 * bound that excludes nothing.
 */
export function splitTime(time: bigint | undefined, ignored: bigint): SplitTime | undefined {
  if (time === undefined || time === ignored) return undefined
  const clamped = time < 0n ? 0n : time > 0xffffffffffffffffn ? 0xffffffffffffffffn : time
  return { lo: Number(clamped & 0xffffffffn), hi: Number(clamped >> 32n) }
}
