/**
 * Writes lines in WebAssembly: it merges the streams, and writes what programs say of the records, up to one that needs
 * more: the first of an event or of a thread, one that follows a loss, one whose text is no steps. A step
 * without a loop of its own, and a text that is not remembered, are done here in the middle of a line.
 */
import type { MergedRecords } from './batch/merge.ts'
import {
  LinePrograms,
  PROGRAMS_BYTES,
  STEP_BYTES,
  STEP_NUMBER,
  TABLE_BYTES,
} from './report-programs.ts'
import { ID, OFFSET, SIZE, STRIDE } from './ring/record-block.ts'
import { PAIRS } from './text/digits.ts'
import { TRIPLES } from './text/line-time.ts'
import { RecordCursor } from './text/record-cursor.ts'
import type { LineStream, ReportLine } from './text/report-line.ts'
import { StepKind } from './text/steps.ts'
import { TextSink } from './text/text-sink.ts'
import type { MovableRecords } from './trace.ts'
import {
  BLOCK,
  HEAP_SIZE,
  type LoopMemory,
  POSITION,
  RANK,
  roundUp,
  STREAM_WORDS,
  VISIBLE,
} from './wasm/loops.ts'

/** Bytes of lines before they are handed on; what the CPU has in a near cache is copied cheaply. */
const ROOM = 256 << 10
/** Flags and thread of a record that has both. */
const FLAGS = 2
const PID = 4
const HEAD_BYTES = 8

/** Words of the state, see `wasm/layout.ts`. */
const OUT = 2
const LIMIT = 3
const UNTIL = 4
const STEP = 6
const START = 7
const LINES = 11
const STATE_WORDS = 13
/** Of a lane. */
const LANE_WORDS = 16
const HEADS = 0
const LOST = 1
const MODE = 2
const SHIFT = 6
/** Of the merge. */
const MERGER_WORDS = 3

/** Why the loop returned. */
const LOAD = 0
const FULL = 3
const CALL = 4

/** How times are shown. */
const MICROSECONDS = 0
const NANOSECONDS = 1
const COUNT = 2

const ALL = 0xffffffff
/** So many records for others are looked at together; less than so many lines for each is not worth it. */
const WINDOW = 2048
const LEAST_LINES = 4

/** Bytes of memory for so many streams. */
export function lineLoopBytes(streams: number): number {
  const each = roundUp(TABLE_BYTES) + (LANE_WORDS + STREAM_WORDS + 1) * 4
  return PROGRAMS_BYTES + ROOM + TRIPLES.byteLength + streams * each + 1024
}

/** The loop's side of a report's records. */
export class LineLoops {
  readonly #memory: LoopMemory
  readonly #line: ReportLine
  readonly #records: MovableRecords
  readonly #programs: LinePrograms
  readonly #words: Int32Array
  readonly #state: Uint32Array
  readonly #merger: Uint32Array
  readonly #heap: Uint32Array
  readonly #streams: Uint32Array
  readonly #lanes: Int32Array
  readonly #room: Uint8Array
  /** Over the room, for steps that are done here. */
  readonly #sink = new TextSink(0)
  readonly #cursor = new RecordCursor()
  #version = -1
  #others = 0
  #linesBefore = 0

  /** `lanes` are what lines of each stream share. */
  constructor(
    memory: LoopMemory,
    line: ReportLine,
    records: MovableRecords,
    lanes: readonly LineStream[],
  ) {
    const take = (words: number): Uint32Array =>
      new Uint32Array(memory.buffer, memory.take(words * 4), words)
    this.#memory = memory
    this.#line = line
    this.#records = records
    this.#programs = new LinePrograms(memory)
    this.#words = new Int32Array(memory.buffer)
    this.#heap = take(lanes.length)
    this.#streams = take(lanes.length * STREAM_WORDS)
    const laneWords = take(lanes.length * LANE_WORDS)
    this.#lanes = new Int32Array(memory.buffer, laneWords.byteOffset, laneWords.length)
    this.#merger = take(MERGER_WORDS)
    this.#merger.set([this.#heap.byteOffset, 0, this.#streams.byteOffset])
    const room = memory.take(ROOM)
    this.#room = new Uint8Array(memory.buffer, room, ROOM)
    this.#sink.moveTo(this.#room)
    const pairs = memory.take(PAIRS.byteLength)
    new Uint16Array(memory.buffer, pairs, PAIRS.length).set(PAIRS)
    const triples = memory.take(TRIPLES.byteLength)
    new Int32Array(memory.buffer, triples, TRIPLES.length).set(TRIPLES)
    this.#state = take(STATE_WORDS)
    const { at, pids } = this.#programs
    const limit = room + ROOM
    const lanesAt = laneWords.byteOffset
    this.#state.set([at, lanesAt, room, limit, 0, 0, 0, room, pids, pairs, triples, 0, room])
    for (const [i, lane] of lanes.entries()) this.#placeLane(i, lane)
  }

  /** Whether it writes enough of the lines. */
  get isWorthwhile(): boolean {
    if (this.#others < WINDOW) return true
    const lines = (this.#state[LINES]! - this.#linesBefore) >>> 0
    this.#others = 0
    this.#linesBefore = this.#state[LINES]!
    return lines >= WINDOW * LEAST_LINES
  }

  /**
   * Writes lines from where the streams are, up to the time `high:low`, that one included or not, or until there are
   * about `most` bytes: as many as it can.
   */
  run(
    merged: MergedRecords,
    high: number,
    low: number,
    included: boolean,
    most: number,
    sink: TextSink,
  ): void {
    const state = this.#state
    if (!included && high === 0 && low === 0) return
    state[UNTIL] = included ? low : low - 1
    state[UNTIL + 1] = included || low > 0 ? high : high - 1
    if (this.#version !== this.#line.version) this.#forgetNames()
    while (sink.length < most && merged.ready()) {
      this.#enter(merged)
      const why = this.#write(sink, most)
      this.#leave(merged)
      this.#handOn(sink)
      if (why !== LOAD) break
    }
  }

  /** A record was written elsewhere. */
  passOver(): void {
    this.#others++
  }

  /** What a record that was written elsewhere has to teach: its event, its thread, and those it names. */
  learn(stream: number, lane: LineStream, id: number, at: number, size: number): void {
    this.passOver()
    const { texts, names } = this.#line
    const { view } = this.#records
    const programs = this.#programs
    programs.learn(id, texts.writer(id))
    if (size < HEAD_BYTES) return
    if (this.#version !== this.#line.version) this.#forgetNames()
    const flags = view.getUint16(at + FLAGS, true)
    const pid = view.getInt32(at + PID, true)
    const heads = this.#lanes[stream * LANE_WORDS + HEADS]!
    const start = lane.heads.starts.find(flags, pid)
    if (start && !programs.isKnown(heads, flags, pid)) programs.keepReady(heads, flags, pid, start)
    for (const offset of programs.threadsOf(id) ?? []) {
      if (offset + 4 > size) continue
      const thread = view.getInt32(at + offset, true)
      if (names.isFinal(thread)) programs.addThread(thread)
    }
  }

  #placeLane(i: number, { time }: LineStream): void {
    const { nanoseconds, seconds, offset } = time.options
    const at = this.#memory.take(TABLE_BYTES)
    this.#programs.addTable(at)
    const words = this.#lanes.subarray(i * LANE_WORDS, (i + 1) * LANE_WORDS)
    words[HEADS] = at
    words[MODE] = seconds ? (nanoseconds ? NANOSECONDS : MICROSECONDS) : COUNT
    const shift = offset + (words[MODE] === MICROSECONDS ? 500n : 0n)
    words[SHIFT] = Number(BigInt.asIntN(32, shift))
    words[SHIFT + 1] = Number(BigInt.asIntN(32, shift >> 32n))
  }

  #forgetNames(): void {
    this.#version = this.#line.version
    for (let i = HEADS; i < this.#lanes.length; i += LANE_WORDS)
      this.#programs.clearTable(this.#lanes[i]!)
  }

  /** Tells the loop where the streams are. */
  #enter({ streams, heap, ranks }: MergedRecords): void {
    for (let s = 0; s < streams.length; s++) {
      const { position, visible, block } = streams[s]!
      const at = s * STREAM_WORDS
      this.#streams[at + POSITION] = position
      this.#streams[at + VISIBLE] = visible
      this.#streams[at + BLOCK] = block.address
      this.#streams[at + RANK] = ranks[s]!
      let lost = ALL
      if (block.missed.size > 0 && position < visible) {
        const from = block.words[position * STRIDE + OFFSET]!
        for (const offset of block.missed.keys()) if (offset >= from && offset < lost) lost = offset
      }
      this.#lanes[s * LANE_WORDS + LOST] = lost
    }
    this.#merger[HEAP_SIZE] = heap.length
    for (let i = 0; i < heap.length; i++) this.#heap[i] = heap[i]!
  }

  /** Tells the streams how far the loop got. */
  #leave({ streams, heap }: MergedRecords): void {
    for (let s = 0; s < streams.length; s++)
      streams[s]!.position = this.#streams[s * STREAM_WORDS + POSITION]!
    for (let i = 0; i < heap.length; i++) heap[i] = this.#heap[i]!
  }

  #write(sink: TextSink, most: number): number {
    const { loops } = this.#memory
    for (;;) {
      const why = loops.lines(this.#state.byteOffset, this.#merger.byteOffset)
      if (why === CALL) {
        if (!this.#takeStep()) return why
      } else if (why === FULL) {
        this.#handOn(sink)
        if (sink.length >= most) return why
      } else return why
    }
  }

  /** Does the step that the loop is at; false where the record is too large, and its line taken back. */
  #takeStep(): boolean {
    const state = this.#state
    const words = this.#words
    const stream = this.#heap[0]! * STREAM_WORDS
    const entry =
      (this.#streams[stream + BLOCK]! >>> 2) + this.#streams[stream + POSITION]! * STRIDE
    const size = words[entry + SIZE]!
    const programs = this.#programs
    const at = state[STEP]! >>> 2
    const step = programs.step(words[at + STEP_NUMBER]!)
    const sink = this.#sink
    const begin = this.#room.byteOffset
    const from = state[OUT]! - begin
    sink.length = from
    const { bytes, view } = this.#records
    const cursor = this.#cursor
    cursor.point(bytes, view, words[entry + OFFSET]!, size, sink)
    step.write(cursor)
    const room = programs.roomOf(words[entry + ID]! & 0xffff, size)
    if (sink.bytes !== this.#room || begin + sink.length + room > state[LIMIT]!) {
      sink.moveTo(this.#room)
      state[OUT] = state[START]!
      state[STEP] = 0
      return false
    }
    if (step.kind === StepKind.remembered) this.#remember(at, step.width, step.offset, from)
    state[OUT] = begin + sink.length
    state[STEP] = state[STEP]! + STEP_BYTES
    return true
  }

  /** Remembers the text since `from` for the value of the field of the record that the cursor is at. */
  #remember(step: number, width: number, offset: number, from: number): void {
    const { view, at, sink } = this.#cursor
    const place = at + offset
    const high = width === 8 ? view.getInt32(place + 4, true) : 0
    let low: number
    if (width >= 4) low = view.getInt32(place, true)
    else low = width === 2 ? view.getUint16(place, true) : view.getUint8(place)
    const begin = this.#room.byteOffset
    this.#programs.keep(this.#words[step + 5]!, high, low, begin + from, begin + sink.length)
  }

  #handOn(sink: TextSink): void {
    const begin = this.#room.byteOffset
    const bytes = this.#state[OUT]! - begin
    if (bytes === 0) return
    sink.raw(this.#room, 0, bytes)
    this.#state[OUT] = begin
  }
}
