/**
 * What the loops that write lines know: events' texts as programs, and texts that are remembered for values, in the
 * memory of a pass. Both have fixed room: events that come when it is full have no program, and
 * texts are forgotten all at once.
 */

import type { FixedText } from './text/digits.ts'
import type { EventWriter } from './text/event-texts.ts'
import { plainStep, type Step, StepKind } from './text/steps.ts'
import type { LoopMemory } from './wasm/loops.ts'

/** Of a table of texts; an entry has a value, the address of its text, and bytes. See `wasm/layout.ts`. */
const PLACES = 1024
const PLACES_SHIFT = 22
const ENTRY_WORDS = 4
export const TABLE_BYTES: number = PLACES * ENTRY_WORDS * 4

/** Longer texts are not remembered. */
export const MOST_KNOWN = 256
const WORD = 8
const TEXT_BYTES = 1 << 20
const PROGRAM_BYTES = 4 << 20
/** Programs by event. */
const IDS = 0x10000
/** Threads whose names are final, by their lowest bits: the thread and 1. */
const PIDS = 4096

/** Words of a program and of a step, see `wasm/layout.ts`. */
const PROGRAM_WORDS = 4
const STEP_WORDS = 8
export const STEP_BYTES: number = STEP_WORDS * 4
export const STEP_NUMBER = 7
const END = 14
const LONG_BYTES = 8

/** Longest program. */
const MOST_STEPS = 100
/** Of a line, beside its head and its steps: time, newline, and what is written behind a text's end. */
const LINE_ROOM = 64
const NUMBER_ROOM = 32

/** Bytes that programs and texts take. */
export const PROGRAMS_BYTES: number = TEXT_BYTES + PROGRAM_BYTES + IDS * 4 + PIDS * 4

/** Programs, and texts by value. */
export class LinePrograms {
  /** Where the table of programs by event is, and that of threads. */
  readonly at: number
  readonly pids: number
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #texts: number
  #nextText: number
  #nextProgram: number
  readonly #programsEnd: number
  readonly #tables: number[] = []
  readonly #steps: Step[] = []
  readonly #tried = new Uint8Array(IDS)
  /** By event, where its record has threads that it names. */
  readonly #threads = new Map<number, number[]>()

  constructor(memory: LoopMemory) {
    const { buffer } = memory
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
    this.at = memory.take(IDS * 4)
    this.pids = memory.take(PIDS * 4)
    this.#texts = memory.take(TEXT_BYTES)
    this.#nextText = this.#texts
    this.#nextProgram = memory.take(PROGRAM_BYTES)
    this.#programsEnd = this.#nextProgram + PROGRAM_BYTES
  }

  /** The step of a number. */
  step(number: number): Step {
    return this.#steps[number]!
  }

  /** Bytes that a line of an event may have, a record's bytes given, its head included. */
  roomOf(id: number, size: number): number {
    const program = this.#words[(this.at >>> 2) + id]! >>> 2
    return this.#words[program + 1]! + this.#words[program + 2]! * size
  }

  /** Makes the program of an event, the first time; none where it has no steps, or there is no room. */
  learn(id: number, writer: EventWriter): void {
    if (this.#tried[id] === 1) return
    this.#tried[id] = 1
    const { text, label } = writer
    if (!text || text.steps.length > MOST_STEPS) return
    const steps = text.steps.length > 0 ? text.steps : [plainStep(new Uint8Array(0))]
    const tables = steps.filter(({ kind }) => kind === StepKind.remembered).length
    const plain = steps.reduce((sum, { before }) => sum + before.length + 4 * WORD, label.length)
    const needed =
      (PROGRAM_WORDS + STEP_WORDS * (steps.length + 1)) * 4 + TABLE_BYTES * tables + plain + WORD
    if (this.#nextProgram + needed > this.#programsEnd) return
    const program = this.#take((PROGRAM_WORDS + STEP_WORDS * (steps.length + 1)) * 4)
    let room = LINE_ROOM + MOST_KNOWN
    let dynamic = 0
    steps.forEach((step, i) => {
      const at = program + PROGRAM_WORDS * 4 + i * STEP_BYTES
      room += this.#place(at, step, i === 0 ? label : undefined)
      if (step.kind === StepKind.dynamicText) dynamic++
    })
    this.#words[(program >>> 2) + PROGRAM_WORDS + steps.length * STEP_WORDS] = END
    this.#words.set([Math.max(text.least, 8), room, dynamic], program >>> 2)
    this.#words[(this.at >>> 2) + id] = program
    const threads = steps.filter(({ kind }) => kind === StepKind.comm)
    if (threads.length > 0)
      this.#threads.set(
        id,
        threads.map(({ extra }) => extra.pidOffset!),
      )
  }

  /** Where records of an event have threads that they name. */
  threadsOf(id: number): readonly number[] | undefined {
    return this.#threads.get(id)
  }

  /** A thread's name is final. */
  addThread(pid: number): void {
    this.#words[(this.pids >>> 2) + (pid & (PIDS - 1))] = pid + 1
  }

  /** Whether it is known to be. */
  hasThread(pid: number): boolean {
    return this.#words[(this.pids >>> 2) + (pid & (PIDS - 1))] === pid + 1
  }

  /** Nobody's name is final. */
  forgetThreads(): void {
    this.#words.fill(0, this.pids >>> 2, (this.pids >>> 2) + PIDS)
  }

  /** A table of remembered texts at an address. */
  addTable(at: number): void {
    this.#tables.push(at)
  }

  /** Forgets the texts of a table. */
  clearTable(at: number): void {
    this.#words.fill(0, at >>> 2, (at + TABLE_BYTES) >>> 2)
  }

  /** Whether a table has a text for a value. */
  isKnown(table: number, high: number, low: number): boolean {
    const place = placeOf(high, low)
    return this.#holds(table, place, high, low) || this.#holds(table, place ^ 1, high, low)
  }

  /** Remembers text made ready. */
  keepReady(table: number, high: number, low: number, text: FixedText): void {
    if (text.length > MOST_KNOWN) return
    const at = this.#textRoom(text.length)
    text.put(this.#view, at)
    this.#enter(table, high, low, at, text.length)
  }

  /** Remembers text that is in the memory, from `start` to `end`. */
  keep(table: number, high: number, low: number, start: number, end: number): void {
    if (end - start > MOST_KNOWN) return
    const at = this.#textRoom(end - start)
    this.#bytes.copyWithin(at, start, end)
    this.#enter(table, high, low, at, end - start)
  }

  #take(bytes: number): number {
    const at = this.#nextProgram
    this.#nextProgram += (bytes + WORD - 1) & -WORD
    return at
  }

  /** Puts a step into memory; returns the bytes of its text at most, those left out that the record tells. */
  #place(at: number, step: Step, label: FixedText | undefined): number {
    const { kind, offset, width } = step
    const labelBytes = label?.length ?? 0
    const bytes = labelBytes + step.text.length
    const text = this.#take(bytes + WORD)
    label?.put(this.#view, text)
    step.text.put(this.#view, text + labelBytes)
    const { pidOffset, unless } = step.extra
    let table = pidOffset ?? 0
    if (kind === StepKind.remembered) {
      table = this.#take(TABLE_BYTES)
      this.addTable(table)
    } else if (unless) {
      table = this.#take(2 * LONG_BYTES)
      this.#view.setBigUint64(table, unless.value, true)
      this.#view.setBigUint64(table + LONG_BYTES, unless.instead, true)
    }
    const number = this.#steps.push(step) - 1
    this.#words.set([kind, offset, width, text, bytes, table, PLACES_SHIFT, number], at >>> 2)
    const room = bytes + WORD
    if (kind === StepKind.remembered) return room + MOST_KNOWN
    return room + (kind === StepKind.text || kind === StepKind.comm ? width + WORD : NUMBER_ROOM)
  }

  #holds(table: number, place: number, high: number, low: number): boolean {
    const words = this.#words
    const at = (table >>> 2) + place * ENTRY_WORDS
    return words[at] === (low | 0) && words[at + 1] === (high | 0) && words[at + 2] !== 0
  }

  #enter(table: number, high: number, low: number, text: number, bytes: number): void {
    const place = placeOf(high, low)
    const words = this.#words
    const one = (table >>> 2) + place * ENTRY_WORDS
    const other = (table >>> 2) + (place ^ 1) * ENTRY_WORDS
    words.copyWithin(other, one, one + ENTRY_WORDS)
    words.set([low, high, text, bytes], one)
  }

  /** Room for a text; where there is none left, all are forgotten. */
  #textRoom(bytes: number): number {
    const needed = (bytes + WORD) & -WORD
    if (this.#nextText + needed > this.#texts + TEXT_BYTES) {
      this.#nextText = this.#texts
      for (const table of this.#tables) this.clearTable(table)
    }
    const at = this.#nextText
    this.#nextText = at + needed
    return at
  }
}

function placeOf(high: number, low: number): number {
  return Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> PLACES_SHIFT
}
