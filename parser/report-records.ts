/**
 * The records of one recording in the order and with the choices of a report: which are shown, which
 * calls of the function graph are leaves, which stacks follow a record that is shown.
 */
import type { MergedRecords } from './batch/merge.ts'
import type { Diagnostics } from './diagnostics.ts'
import { LineLoops, lineLoopBytes } from './report-loops.ts'
import { ID, OFFSET, type RecordBlock, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import { NO_ID } from './ring/walk-layout.ts'
import type { Selection } from './streams.ts'
import type { LineStream, ReportLine } from './text/report-line.ts'
import type { TextSink } from './text/text-sink.ts'
import type { MovableRecords, Trace } from './trace.ts'

/** What a filter says of a record; a kernel stack that it has no opinion on goes with its event. */
export const SHOW = 1
export const HIDE = 0
export const NO_OPINION = -1

/** Decides whether a record is shown: one of the three above. */
export type RecordFilter = (
  id: number,
  high: number,
  low: number,
  cpu: number,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  size: number,
) => number

/** A CPU of a buffer while its records are shown. */
interface Lane {
  readonly line: LineStream
  readonly source: number
  /** The next record was shown as part of a call. */
  skipNext: boolean
  /** The last record that is no stack was shown. */
  shown: boolean
  /** Events that the kernel says were lost, and marks without a number. */
  lost: number
  lostUnknown: number
}

/** Records before the text is handed on, at most. */
const SLICE = 4096

/** Walks a recording's records and writes their lines. */
export class ReportRecords {
  readonly #line: ReportLine
  /** The streams, for going elsewhere in them. */
  readonly movable: MovableRecords
  #merged: MergedRecords
  /** Writes most lines; undefined where it cannot, or is not worth it. */
  #loops: LineLoops | undefined
  readonly #view: DataView
  readonly #bytes: Uint8Array
  readonly #lanes: Lane[]
  readonly #filter: RecordFilter | undefined
  readonly #stackId: number
  readonly #unknown = new Map<number, number>()
  /** The current run: entries `#i … #to`. */
  #block: RecordBlock
  #i = 0
  #to = 0
  #lane: Lane
  #ended = false
  /** The record after a call on the call's CPU; `#nextLane` -1: none. */
  #nextLane = -1
  #nextWords: Uint32Array = new Uint32Array(0)
  #nextAt = 0

  /**
   * `laneOf` tells what lines of a CPU share. Records that `filter` refuses are left out; stacks
   * go with the record before them. `isMoved`: the streams will be moved. Without an index, damage goes to `diagnostics`.
   */
  constructor(
    trace: Trace,
    line: ReportLine,
    laneOf: (source: number, cpu: number) => LineStream,
    selection: Selection,
    filter: RecordFilter | undefined,
    isMoved: boolean,
    diagnostics: Diagnostics,
  ) {
    const isPlain = line.isPlain && filter === undefined
    const cpus = trace.file.buffers.reduce((sum, buffer) => sum + buffer.cpus.length, 0)
    const loopBytes = isPlain ? lineLoopBytes(cpus) : 0
    this.movable = trace.movableRecords(selection, isMoved, diagnostics, loopBytes)
    this.#line = line
    this.#merged = this.movable.merge()
    this.#view = this.movable.view
    this.#bytes = this.movable.bytes
    this.#filter = filter
    this.#stackId = trace.formatNamed('ftrace', 'kernel_stack')?.id ?? NO_ID
    this.#lanes = this.movable.streams.map(({ layout }) => ({
      line: laneOf(layout.source, layout.cpu),
      source: layout.source,
      skipNext: false,
      shown: false,
      lost: 0,
      lostUnknown: 0,
    }))
    this.#block = this.#merged.block
    this.#lane = this.#lanes[0]!
    const { memory } = this.movable
    if (!memory || !isPlain) return
    const lines = this.#lanes.map((lane) => lane.line)
    this.#loops = new LineLoops(memory, line, this.movable, lines)
  }

  /** Whether most lines are written by loops. */
  get hasLoops(): boolean {
    return this.#loops !== undefined
  }

  /** Goes on where the streams were put; nothing is known of what was before. */
  restart(): void {
    this.#merged = this.movable.merge()
    this.#block = this.#merged.block
    this.#i = 0
    this.#to = 0
    this.#ended = false
    this.#unknown.clear()
    for (const lane of this.#lanes) {
      lane.skipNext = false
      lane.shown = false
      lane.lost = 0
      lane.lostUnknown = 0
    }
  }

  /**
   * Where each stream is, for comparing: the next record's number in its chunk, and how many events the
   * first of the chunk says were lost before it.
   */
  places(): string {
    const any = this.#load()
    const { streams, stream } = this.#merged
    return streams
      .map(({ block, chunkIndex, position, visible }, s) => {
        const next = any && s === stream ? this.#i : position
        if (!any || (next >= visible && s !== stream)) return 'end'
        return `${chunkIndex}:${next}:${block.missed.get(block.words[OFFSET]!) ?? 0}`
      })
      .join(' ')
  }

  /** Time of the next record, upper half; -1 at the end. */
  get high(): number {
    return this.#load() ? this.#block.words[this.#i * STRIDE + TS_HI]! : -1
  }

  /** Lower half. */
  get low(): number {
    return this.#block.words[this.#i * STRIDE + TS_LO]!
  }

  /**
   * Writes lines of records up to the time `high:low`, that one included or not, until there is
   * about as much text as `most` bytes; false when none are left.
   */
  write(high: number, low: number, included: boolean, most: number, sink: TextSink): boolean {
    while (sink.length < most) {
      if (this.#i >= this.#to && !this.#ended)
        this.#loops?.run(this.#merged, high, low, included, most, sink)
      if (!this.#load()) return false
      const { words } = this.#block
      const end = Math.min(this.#to, this.#i + SLICE)
      let moved = false
      while (this.#i < end && !moved) {
        const w = this.#i * STRIDE
        const hi = words[w + TS_HI]!
        if (hi >= high) {
          const lo = words[w + TS_LO]!
          if (hi > high || lo > low || (lo === low && !included)) return true
        }
        this.#i++
        moved = this.#take(words, w, sink)
      }
    }
    return true
  }

  /** Losses by CPU, and unknown events, seen so far. */
  *losses(): Generator<{ source: number; cpu: number; lost: number; unknown: number }> {
    for (const { source, line, lost, lostUnknown } of this.#lanes)
      if (lost > 0 || lostUnknown > 0) yield { source, cpu: line.cpu, lost, unknown: lostUnknown }
  }

  /** Records by ids that have no format. */
  get unknownEvents(): ReadonlyMap<number, number> {
    return this.#unknown
  }

  /** Makes the next record current; false at the end. */
  #load(): boolean {
    if (this.#i < this.#to) return true
    if (this.#ended) return false
    if (!this.#nextRun()) {
      this.#ended = true
      return false
    }
    this.#block = this.#merged.block
    this.#i = this.#merged.from
    this.#to = this.#merged.to
    this.#lane = this.#lanes[this.#merged.stream]!
    return true
  }

  /** The next record by itself where there are loops for those after it. */
  #nextRun(): boolean {
    if (this.#loops?.isWorthwhile === false) this.#loops = undefined
    return this.#loops ? this.#merged.nextOne() : this.#merged.next()
  }

  /** Shows a record or not; true when that made another run current. */
  #take(words: Uint32Array, w: number, sink: TextSink): boolean {
    const lane = this.#lane
    const at = words[w + OFFSET]!
    const size = words[w + SIZE]!
    const id = words[w + ID]! & 0xffff
    const { missed } = this.#block
    const lost = missed.size === 0 ? 0 : (missed.get(at) ?? 0)
    if (lost < 0) lane.lostUnknown++
    else lane.lost += lost
    if (lane.skipNext) {
      lane.skipNext = false
      return false
    }
    const high = words[w + TS_HI]!
    // Signed, it is a small integer to V8, and no object when it is handed on.
    const low = words[w + TS_LO]! | 0
    if (this.#filter && !this.#isShown(lane, id, high, low, at, size)) return false
    const { texts } = this.#line
    if (id === texts.graph.entryId && texts.foldsCalls)
      return this.#takeCall(lane, id, high, low, lost, at, size, sink)
    const known = this.#line.write(
      lane.line,
      id,
      high,
      low,
      lost,
      this.#bytes,
      this.#view,
      at,
      size,
      sink,
    )
    this.#loops?.learn(this.#merged.stream, lane.line, id, at, size)
    if (!known) this.#unknown.set(id, (this.#unknown.get(id) ?? 0) + 1)
    return false
  }

  #isShown(lane: Lane, id: number, high: number, low: number, at: number, size: number): boolean {
    const { cpu } = lane.line
    const opinion = this.#filter!(id, high, low >>> 0, cpu, this.#bytes, this.#view, at, size)
    if (id === this.#stackId) return opinion === SHOW || (opinion === NO_OPINION && lane.shown)
    lane.shown = opinion === SHOW
    return lane.shown
  }

  /** A call: one line with its return when that is what comes next on its CPU. */
  #takeCall(
    lane: Lane,
    id: number,
    high: number,
    low: number,
    lost: number,
    at: number,
    size: number,
    sink: TextSink,
  ): boolean {
    let bytes = this.#bytes
    let view = this.#view
    let place = at
    let moved = false
    const { stream } = this.#merged
    if (!this.#findNext(stream)) {
      // What comes next must be read first, perhaps over this record.
      bytes = this.#bytes.slice(at, at + size)
      view = new DataView(bytes.buffer)
      place = 0
      this.#load()
      moved = true
      this.#findNext(stream)
    }
    const { graph } = this.#line.texts
    graph.openNext()
    if (this.#nextLane >= 0 && this.#isReturn(view, place, size)) {
      this.#lanes[this.#nextLane]!.skipNext = true
      graph.closeNext(this.#view, this.#nextWords[this.#nextAt + OFFSET]!)
    }
    this.#line.write(lane.line, id, high, low, lost, bytes, view, place, size, sink)
    this.#loops?.passOver()
    return moved
  }

  /** Whether the next record returns from the call at `at`. */
  #isReturn(view: DataView, at: number, size: number): boolean {
    const { graph } = this.#line.texts
    const words = this.#nextWords
    const next = words[this.#nextAt + OFFSET]!
    const nextSize = words[this.#nextAt + SIZE]!
    return (
      (words[this.#nextAt + ID]! & 0xffff) === graph.exitId &&
      nextSize >= graph.exitSize &&
      size >= graph.entrySize &&
      this.#line.pidOf(view, at, size) === this.#line.pidOf(this.#view, next, nextSize) &&
      graph.sameFunction(view, at, this.#view, next)
    )
  }

  /**
   * Finds what a lane's buffer holds next if it is the lane's; false when more must be read to
   * know it.
   */
  #findNext(lane: number): boolean {
    const { streams, stream } = this.#merged
    this.#nextLane = -1
    if (this.#i < this.#to && lane === stream) {
      this.#nextLane = lane
      this.#nextWords = this.#block.words
      this.#nextAt = this.#i * STRIDE
      return true
    }
    const { block, position, visible } = streams[lane]!
    if (position >= visible) return lane !== stream || this.#ended
    this.#nextWords = block.words
    this.#nextAt = position * STRIDE
    if (!this.#hasEarlierRival(lane)) this.#nextLane = lane
    return true
  }

  /** Whether another CPU of the lane's buffer has a record before the lane's next one. */
  #hasEarlierRival(lane: number): boolean {
    const { streams, stream } = this.#merged
    const { source } = this.#lanes[lane]!
    for (let s = 0; s < streams.length; s++) {
      if (s === lane || this.#lanes[s]!.source !== source) continue
      // What is left of the current run is earlier than all heads.
      if (s === stream && this.#i < this.#to) return true
      const { block, position, visible } = streams[s]!
      if (position < visible && this.#precedesNext(s < lane, block.words, position * STRIDE))
        return true
    }
    return false
  }

  #precedesNext(winsTie: boolean, words: Uint32Array, at: number): boolean {
    const high = words[at + TS_HI]! - this.#nextWords[this.#nextAt + TS_HI]!
    const low = words[at + TS_LO]! - this.#nextWords[this.#nextAt + TS_LO]!
    return high < 0 || (high === 0 && (low < 0 || (low === 0 && winsTie)))
  }
}
