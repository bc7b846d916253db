/**
 * One pass over a trace that decodes nothing: which events occur how often and where, what was
 * lost, who ran. It makes the planner's row counts exact and lets later passes skip chunks.
 */

import { ChunkEvents, mostRowsFor } from './chunk-events.ts'
import type { TraceFile } from './container/types.ts'
import type { Diagnostics } from './diagnostics.ts'
import type { EventFormat } from './event/types.ts'
import {
  type Extend,
  FastCount,
  HAS_KERNEL_STACK,
  HAS_USER_STACK,
  IS_NEW_THREAD,
  IS_OBSERVED,
  type PlainLesson,
} from './fast-count.ts'
import { FirstSeen, type TaskSeen } from './first-seen.ts'
import type { Arena } from './ring/arena.ts'
import { createClock } from './ring/clock.ts'
import { type CpuStream, entriesFor } from './ring/cpu-stream.ts'
import type { LostList } from './ring/lost-list.ts'
import { ID, OFFSET, RecordBlock, STACK_SIZES, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import { openStreams, type PassRequest, streamKey } from './streams.ts'

/** What one CPU of one buffer holds. */
export interface CpuSummary {
  readonly source: number
  readonly cpu: number
  readonly events: number
  /** Committed data bytes, record headers included. */
  readonly bytes: number
  readonly firstTs: bigint | undefined
  readonly lastTs: bigint | undefined
  /** Sum of the counts in the sub-buffers' marks, and how many marks had no count. */
  readonly lostEvents: number
  readonly lostUnknown: number
}

/** A gap in a CPU's records, times corrected. */
export interface Gap {
  readonly source: number
  readonly cpu: number
  /** First record after the gap. */
  readonly ts: bigint
  /** Last record before it. */
  readonly gapStart: bigint | undefined
  /** Undefined when the kernel did not say. */
  readonly count: number | undefined
}

/** Signed 64-bit time of two halves after the file's corrections. */
type TimeOf = (lo: number, hi: number) => bigint

/** What a stream lost, in times as recorded. */
interface LostOfStream {
  readonly source: number
  readonly cpu: number
  readonly list: LostList
  readonly time: TimeOf
}

/** Told of every record, stream by stream, while the index is made. */
export interface RecordObserver {
  /** 1 for the ids of events that it must see; others it may be spared. */
  readonly events: Uint8Array
  /** Of those, events that only name threads: entries that name them as before it may be spared too. */
  readonly lessons: ReadonlyMap<number, readonly PlainLesson[]>
  /** Another stream begins. */
  beginStream(): void
  /** A thread still had the name that it was given last in this stream. */
  extend: Extend
  /** Entries `from … to` of a block's words, with the arena they refer to. */
  see(words: Uint32Array, from: number, to: number, view: DataView, bytes: Uint8Array): void
}

const IDS = 0x10000
/** The result of the pass. */
export class TraceIndex {
  readonly cpus: CpuSummary[] = []
  /** Gaps, by stream. */
  readonly #lost: LostOfStream[] = []
  readonly #seen = new FirstSeen()
  /** Ids of events that had a stack record attached. */
  readonly stackOwners: Set<number> = new Set()
  readonly userStackOwners: Set<number> = new Set()
  /** Records by source and event id. */
  readonly #counts = new Map<number, Float64Array>()
  /** Ids of events that occur, when they were asked for. */
  readonly #present = new Set<number>()
  /** Per stream, which events (by position in the file's formats) its chunks hold. */
  readonly #chunks = new Map<string, ChunkEvents>()
  readonly #bitOf: Int32Array
  /** By event id, the chunk that it was marked in last. */
  readonly #lastChunk = new Int32Array(IDS)
  readonly #stride: number
  readonly #mostRows: number

  constructor(
    file: TraceFile,
    formats: readonly EventFormat[],
    request: PassRequest,
    observer: RecordObserver,
    diagnostics: Diagnostics,
  ) {
    this.#bitOf = new Int32Array(IDS).fill(formats.length)
    formats.forEach(({ id }, i) => {
      if (id < IDS) this.#bitOf[id] = i
    })
    this.#stride = (formats.length >>> 3) + 1
    const { arena, streams, memory } = openStreams(file, request, diagnostics)
    this.#mostRows = mostRowsFor(streams.length, this.#stride)
    const slots = Array.from({ length: 4 }, () => arena.take())
    const pids = this.#seen
    const layout = {
      bitOf: this.#bitOf,
      stride: this.#stride,
      observed: observer.events,
      lessons: observer.lessons,
      pidOffset: request.pidOffset,
    }
    const fast = memory && new FastCount(memory, layout, entriesFor(arena.slotBytes))
    streams.forEach((stream, i) => {
      if (fast) this.#countStream(stream, slots, pids, fast, request.pidOffset, arena, observer)
      else
        this.#indexStream(
          stream,
          slots,
          pids,
          request.pidOffset,
          file.littleEndian,
          arena,
          observer,
        )
      this.#summarise(stream, file)
      reportOddities(stream, diagnostics)
      const { source } = stream.layout
      if (fast && streams[i + 1]?.layout.source !== source) this.#takeCounts(source, fast)
    })
    pids.end()
    if (pids.missed > 0)
      diagnostics.report('TASKS', 'data_loss', 'too many threads to list', { count: pids.missed })
  }

  /** Records of an event id in one source. */
  countOf(source: number, id: number): number {
    return this.#counts.get(source)?.[id] ?? 0
  }

  /** Event ids that occur in any source. */
  idsPresent(): ReadonlySet<number> {
    if (this.#present.size === 0)
      for (const counts of this.#counts.values())
        counts.forEach((count, id) => {
          if (count > 0) this.#present.add(id)
        })
    return this.#present
  }

  /** A test for chunks that hold none of the given events. */
  skipperFor(ids: Iterable<number>): (stream: string, index: number) => boolean {
    const mask = new Uint8Array(this.#stride)
    for (const id of ids) {
      const bit = this.#bitOf[id]!
      mask[bit >>> 3]! |= 1 << (bit & 7)
    }
    return (stream, index) => this.#chunks.get(stream)?.lacks(index, mask) ?? false
  }

  #chunksOf(source: number, cpu: number): ChunkEvents {
    const chunks = new ChunkEvents(this.#stride, this.#bitOf, this.#mostRows)
    this.#chunks.set(streamKey(source, cpu), chunks)
    return chunks
  }

  #indexStream(
    stream: CpuStream,
    slots: number[],
    pids: FirstSeen,
    pidOffset: number,
    le: boolean,
    { view, bytes }: Arena,
    observer: RecordObserver,
  ): void {
    const { source, cpu } = stream.layout
    observer.beginStream()
    const counts = this.#counts.get(source) ?? new Float64Array(IDS)
    this.#counts.set(source, counts)
    const chunks = this.#chunksOf(source, cpu)
    this.#lastChunk.fill(-1)
    pids.begin()
    let turn = 0
    while (stream.load(slots[turn++ % slots.length]!) !== 'ended') {
      const { position, visible, block } = stream
      observer.see(block.words, position, visible, view, bytes)
      const row = chunks.rowOf(stream.chunkIndex)
      this.#countChunk(stream, counts, chunks, row)
      // An event held back belongs to this chunk and, for stacks that may follow, to the next one.
      for (let i = visible; i < block.count; i++) chunks.mark(row, block.words[i * STRIDE + ID]!)
      pids.see(block.words, visible, view, le, pidOffset, source)
      stream.position = visible
    }
  }

  /** The same with loops in WebAssembly. */
  #countStream(
    stream: CpuStream,
    slots: number[],
    pids: FirstSeen,
    fast: FastCount,
    pidOffset: number,
    { view, bytes }: Arena,
    observer: RecordObserver,
  ): void {
    const { source, cpu } = stream.layout
    observer.beginStream()
    const chunks = this.#chunksOf(source, cpu)
    fast.begin()
    let turn = 0
    while (stream.load(slots[turn++ % slots.length]!) !== 'ended') {
      const { visible, block } = stream
      const { words } = block
      const row = chunks.rowOf(stream.chunkIndex)
      const noted = fast.count(stream)
      chunks.markAll(row, fast.bits)
      // An event held back belongs to this chunk and, for stacks that may follow, to the next one.
      for (let i = visible; i < block.count; i++) chunks.mark(row, words[i * STRIDE + ID]!)
      for (let k = 0; k < noted; k++) {
        const note = fast.notes[k]!
        const i = fast.entryOf(k)
        if ((note & IS_OBSERVED) !== 0) {
          fast.learn(stream, i, observer.extend)
          observer.see(words, i, i + 1, view, bytes)
        }
        if ((note & IS_NEW_THREAD) === 0) continue
        const w = i * STRIDE
        const pid = view.getInt32(words[w + OFFSET]! + pidOffset, true)
        pids.note(source, pid, words[w + TS_LO]!, words[w + TS_HI]!)
      }
      stream.position = visible
    }
    fast.end(observer.extend)
  }

  /** Takes over what was counted of a source. */
  #takeCounts(source: number, { counts, stacks }: FastCount): void {
    this.#counts.set(source, counts.slice())
    counts.fill(0)
    for (let id = 0; id < IDS; id++) {
      if (stacks[id] === 0) continue
      if ((stacks[id]! & HAS_KERNEL_STACK) !== 0) this.stackOwners.add(id)
      if ((stacks[id]! & HAS_USER_STACK) !== 0) this.userStackOwners.add(id)
    }
  }

  /** Counts a stream's visible records by event, and marks the events in the chunk's row. */
  #countChunk(
    { block: { words }, visible, chunkIndex }: CpuStream,
    counts: Float64Array,
    chunks: ChunkEvents,
    row: number,
  ): void {
    const lastChunk = this.#lastChunk
    for (let w = 0; w < visible * STRIDE; w += STRIDE) {
      const event = words[w + ID]!
      counts[event]!++
      if (lastChunk[event] !== chunkIndex) {
        lastChunk[event] = chunkIndex
        chunks.mark(row, event)
      }
      const stacks = words[w + STACK_SIZES]!
      if (stacks === 0) continue
      if ((stacks & 0xffff) !== 0) this.stackOwners.add(event)
      if (stacks >>> 16 !== 0) this.userStackOwners.add(event)
    }
  }

  /** Gaps in the records, stream by stream. */
  *gaps(): Generator<Gap> {
    for (const { source, cpu, list, time } of this.#lost)
      for (const { tsLo, tsHi, gapStart, count } of list)
        yield {
          source,
          cpu,
          ts: time(tsLo, tsHi),
          gapStart: gapStart && time(gapStart.lo, gapStart.hi),
          count: count < 0 ? undefined : count,
        }
  }

  /** Threads that wrote records, by source. */
  tasks(): Iterable<TaskSeen> {
    return this.#seen.tasks()
  }

  #summarise({ walker, layout }: CpuStream, file: TraceFile): void {
    const { source, cpu } = layout
    const time = createTimeOf(file, cpu)
    const any = walker.records > 0
    this.cpus.push({
      source,
      cpu,
      events: walker.records,
      bytes: walker.dataBytes,
      firstTs: any ? time(walker.firstLo, walker.firstHi) : undefined,
      lastTs: any ? time(walker.lastLo, walker.lastHi) : undefined,
      lostEvents: walker.lostEvents,
      lostUnknown: walker.lostUnknown,
    })
    this.#lost.push({ source, cpu, list: walker.lost, time })
  }
}

function reportOddities({ walker, layout }: CpuStream, diagnostics: Diagnostics): void {
  const { source, cpu } = layout
  const { discarded, backwards } = walker
  if (discarded > 0)
    diagnostics.report('DISCARDED_EVENTS', 'info', `CPU ${cpu}: events the kernel took back`, {
      source,
      cpu,
      count: discarded,
    })
  if (backwards > 0)
    diagnostics.report('ERR_RING_TIME', 'info', `CPU ${cpu}: sub-buffers that step back in time`, {
      source,
      cpu,
      count: backwards,
    })
}

/** How a CPU's times are corrected. */
function createTimeOf(file: TraceFile, cpu: number): TimeOf {
  const correct = createClock(file.corrections, cpu)
  const block = new RecordBlock(1)
  return (lo, hi) => {
    block.count = 1
    block.words[TS_LO] = lo
    block.words[TS_HI] = hi
    correct?.(block, 0)
    return BigInt.asIntN(64, (BigInt(block.words[TS_HI]!) << 32n) | BigInt(block.words[TS_LO]!))
  }
}
