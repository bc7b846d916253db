/** Counts chunks in WebAssembly for the index; what is rare in them is noted for it to look at. */
import type { CpuStream } from './ring/cpu-stream.ts'
import { ID, OFFSET, SIZE, STRIDE } from './ring/record-block.ts'
import { NO_ID } from './ring/walk-layout.ts'
import { type LoopMemory, roundUp } from './wasm/loops.ts'

const IDS = NO_ID
/** TASK_COMM_LEN. */
const COMM_BYTES = 16
/** Threads that are remembered while a stream is counted, see `wasm/count.ts`. */
const SEEN = 1 << 12
/** Events with lessons at most, threads whose names are remembered, and the words of either. */
const LESSONS = 64
const LESSON_WORDS = 5
const NAMES = 1 << 10
const NAME_WORDS = 8
/** Places in the words of a name. */
const LAST_LO = 6
const LAST_HI = 7
/** Value of an event's byte in `observed` that stands for its first lesson. */
const FIRST_LESSON = 2
/** Kinds of an entry that is noted, beside its number times 4. */
export const IS_OBSERVED = 1
/** The first of its thread in the stream, or not seen for long. */
export const IS_NEW_THREAD = 2
const NOTE_SHIFT = 2
/** What is known of an event's stacks. */
export const HAS_KERNEL_STACK = 1
export const HAS_USER_STACK = 2

/** Where an event has a thread and its name, 16 bytes of text. */
export interface PlainLesson {
  readonly pidOffset: number
  readonly textOffset: number
}

/** What the counter is told once. */
export interface CountLayout {
  /** By event id, the bit that stands for it in a chunk's row. */
  readonly bitOf: Int32Array
  /** Bytes of a chunk's row. */
  readonly stride: number
  /** 1 for events whose entries are to be noted. */
  readonly observed: Uint8Array
  /** Of those, events that name up to two threads: only entries that say anything new are noted. */
  readonly lessons: ReadonlyMap<number, readonly PlainLesson[]>
  readonly pidOffset: number
}

/** Bytes of memory that a counter takes, for blocks of so many entries. */
export function fastCountBytes(stride: number, entries: number): number {
  const tables = IDS * (8 + 4 + 4 + 1 + 1) + SEEN * 4
  return (
    tables +
    LESSONS * LESSON_WORDS * 4 +
    NAMES * NAME_WORDS * 4 +
    roundUp(stride) +
    roundUp(entries * 4) +
    256
  )
}

/** Told that a thread still had the name last learned, at a time in two halves. */
export type Extend = (pid: number, lo: number, hi: number) => void

/** Counters in the memory of a pass. */
export class FastCount {
  /** Events of the source so far, by id; and which of them had stacks, in all sources. */
  readonly counts: Float64Array
  readonly stacks: Uint8Array
  /** Of the chunk counted last, the entries noted, see `entryOf`, and the bits of its events. */
  readonly notes: Int32Array
  readonly bits: Uint8Array
  readonly #memory: LoopMemory
  readonly #view: DataView
  readonly #at: number
  readonly #seen: Int32Array
  readonly #names: Int32Array
  readonly #observed: Uint8Array
  readonly #lessons: (readonly PlainLesson[])[] = []
  /** Number of the chunk counted last, and its index in its stream. */
  #chunk = 0
  #index = -1

  constructor(memory: LoopMemory, layout: CountLayout, entries: number) {
    this.#memory = memory
    const { buffer } = memory
    this.#view = new DataView(buffer)
    const take = (bytes: number): number => memory.take(bytes)
    this.counts = new Float64Array(buffer, take(IDS * 8), IDS)
    const lastChunk = take(IDS * 4)
    const bitOf = new Int32Array(buffer, take(IDS * 4), IDS)
    bitOf.set(layout.bitOf)
    this.bits = new Uint8Array(buffer, take(layout.stride), layout.stride)
    this.stacks = new Uint8Array(buffer, take(IDS), IDS)
    this.#observed = new Uint8Array(buffer, take(IDS), IDS)
    this.#observed.set(layout.observed)
    const lessons = new Int32Array(buffer, take(LESSONS * LESSON_WORDS * 4), LESSONS * LESSON_WORDS)
    for (const [id, lesson] of layout.lessons) {
      const number = this.#lessons.length
      if (number === LESSONS) break
      this.#lessons.push(lesson)
      this.#observed[id] = FIRST_LESSON + number
      const words = lesson.flatMap(({ pidOffset, textOffset }) => [pidOffset, textOffset])
      lessons.set([lesson.length, ...words], number * LESSON_WORDS)
    }
    this.#names = new Int32Array(buffer, take(NAMES * NAME_WORDS * 4), NAMES * NAME_WORDS)
    this.#seen = new Int32Array(buffer, take(SEEN * 4), SEEN)
    this.notes = new Int32Array(buffer, take(entries * 4), entries)
    this.#at = take(11 * 4)
    // In the order of `wasm/layout.ts`.
    new Uint32Array(buffer, this.#at, 11).set([
      this.counts.byteOffset,
      lastChunk,
      bitOf.byteOffset,
      this.bits.byteOffset,
      this.stacks.byteOffset,
      this.#observed.byteOffset,
      this.#seen.byteOffset,
      layout.pidOffset,
      this.notes.byteOffset,
      lessons.byteOffset,
      this.#names.byteOffset,
    ])
  }

  /** Starts another stream: all threads are new. */
  begin(): void {
    this.#index = -1
    this.#seen.fill(-1)
    this.#names.fill(-1)
  }

  /**
   * Remembers the names that an entry gives, so that it need not be noted when they are given again.
   * `extend` is told until when those were given that are forgotten for it; it must be called before
   * the entry is looked at.
   */
  learn({ block }: CpuStream, entry: number, extend: Extend): void {
    const number = this.#observed[block.words[entry * STRIDE + ID]!]! - FIRST_LESSON
    if (number < 0) return
    const at = block.words[entry * STRIDE + OFFSET]!
    const size = block.words[entry * STRIDE + SIZE]!
    const lesson = this.#lessons[number]!
    // What is cut off is looked at, and not remembered.
    if (
      lesson.some(
        ({ textOffset, pidOffset }) => Math.max(textOffset + COMM_BYTES, pidOffset + 4) > size,
      )
    )
      return
    for (const { pidOffset } of lesson)
      this.#forget(this.#view.getInt32(at + pidOffset, true) & (NAMES - 1), extend)
    this.#memory.loops.learn(this.#at, number, block.address + entry * STRIDE * 4)
  }

  /** Ends a stream: tells until when the names that are remembered were given. */
  end(extend: Extend): void {
    for (let place = 0; place < NAMES; place++) this.#forget(place, extend)
  }

  #forget(place: number, extend: Extend): void {
    const names = this.#names
    const at = place * NAME_WORDS
    const pid = names[at]!
    if (pid > 0) extend(pid, names[at + LAST_LO]! >>> 0, names[at + LAST_HI]! >>> 0)
  }

  /** Counts the stream's visible entries as those of the chunk loaded last; returns how many it noted. */
  count({ block, visible, chunkIndex }: CpuStream): number {
    this.bits.fill(0)
    if (chunkIndex !== this.#index) this.#chunk++
    this.#index = chunkIndex
    return this.#memory.loops.count(this.#at, block.address, visible, this.#chunk)
  }

  /** Number of the entry that is note `i`. */
  entryOf(i: number): number {
    return this.notes[i]! >>> NOTE_SHIFT
  }
}
