/** A table whose rows are decoded in WebAssembly, as far as its columns allow. */
import { STRIDE, TS_HI, TS_LO } from '../ring/record-block.ts'
import { type LoopMemory, roundUp } from '../wasm/loops.ts'
import { BATCH_ROWS } from './column-batch.ts'
import { type ColumnBuilder, INTEGER_BYTES, storageType } from './column-builder.ts'
import { createColumnReader } from './column-reader.ts'
import type { CommonContext } from './common-reader.ts'
import type { ReadColumn, Rows } from './decode-context.ts'
import type { ColumnSource, TableLayout } from './event-table.ts'
import type { StringPool } from './string-pool.ts'
import type { TaskNames } from './task-names.ts'
import type { ColumnType, ReadSpec } from './types.ts'

/** Places of a table's words, and how many, see `wasm/layout.ts`. */
const COUNT = 0
const MISSES = 9
const TABLE_WORDS = 10
const STEP_WORDS = 5
/** Kinds of steps, see `wasm/decode.ts`. */
const NUMBER = 64
const TIME = 0
const STREAM_FACT = 1
const NAME = 2
const FIXED_TEXT = 3
const LOCATED_TEXT = 4
const FLAG = 5
/** By sizes of the field and, log2, of the column: integers that are widened; the signed one is one more. */
const WIDENING: Readonly<Record<string, number>> = {
  '1 1': 4,
  '1 2': 6,
  '1 3': 8,
  '2 2': 10,
  '2 3': 12,
  '4 3': 14,
}
const MOST_TEXT = 32
const TEXT_SLOTS = 256
const TEXT_SLOT_WORDS = 10
const NAME_SLOTS = 4096
const NAME_SLOT_WORDS = 6
/** -1 in a column of ids. */
const NOT_KNOWN = 0xffffffff

/** What the tables of a pass share. */
export interface FastContext {
  readonly memory: LoopMemory
  readonly texts: FastTexts
  /** Undefined where no name is asked for. */
  readonly names: FastNames | undefined
}

/** Bytes of memory that a table takes for `most` rows at a time. */
export function fastTableBytes(
  { table }: TableLayout,
  projection: readonly number[],
  most: number,
): number {
  let bytes = roundUp(TABLE_WORDS * 4) + roundUp(most * STRIDE * 4)
  bytes += roundUp(projection.length * STEP_WORDS * 4)
  for (const i of projection) bytes += columnBytes(table.columns[i]!.type, most)
  return bytes
}

function columnBytes(type: ColumnType, rows: number): number {
  return type.endsWith('[]') ? 0 : roundUp(rows * INTEGER_BYTES[storageType(type)])
}

/** Bytes of memory that the tables of a pass share. */
export function fastContextBytes(): number {
  const tables = TEXT_SLOTS * TEXT_SLOT_WORDS + NAME_SLOTS * NAME_SLOT_WORDS
  return tables * 4 + BATCH_ROWS * 8 + 64
}

/** Ids of texts met lately, found by the words they consist of. */
export class FastTexts {
  readonly address: number
  readonly #memory: LoopMemory
  readonly #pool: StringPool
  readonly #words: Int32Array
  #generation = -1

  constructor(memory: LoopMemory, pool: StringPool) {
    this.#memory = memory
    this.#pool = pool
    const words = TEXT_SLOTS * TEXT_SLOT_WORDS
    this.address = memory.take(words * 4)
    this.#words = new Int32Array(memory.buffer, this.address, words)
  }

  /** Forgets ids that are void. */
  renew(): void {
    if (this.#generation === this.#pool.generation) return
    this.#generation = this.#pool.generation
    this.#words.fill(-1)
  }

  /** Remembers the id of the text at a place. */
  remember(place: number, bytes: number, id: number): void {
    this.#memory.loops.remember(this.address, place, bytes, id)
  }
}

/** Ids of the names of threads met lately, each for as long as it is called so. */
export class FastNames {
  readonly address: number
  readonly #words: Int32Array
  readonly #tasks: TaskNames
  readonly #pool: StringPool
  #generation = -1

  constructor(memory: LoopMemory, tasks: TaskNames, pool: StringPool) {
    const words = NAME_SLOTS * NAME_SLOT_WORDS
    this.address = memory.take(words * 4)
    this.#words = new Int32Array(memory.buffer, this.address, words)
    this.#tasks = tasks
    this.#pool = pool
  }

  /** Forgets ids that are void. */
  renew(): void {
    if (this.#generation === this.#pool.generation) return
    this.#generation = this.#pool.generation
    this.#words.fill(-1)
  }

  /** Id of a thread's name at a time. */
  idAt(pid: number, lo: number, hi: number): number {
    const id = this.#tasks.poolIdAt(pid, lo, hi, this.#pool)
    const slot = (pid & (NAME_SLOTS - 1)) * NAME_SLOT_WORDS
    this.#words[slot] = pid
    this.#words[slot + 1] = id
    this.#tasks.spanAt(pid, lo, hi, this.#words, slot + 2)
    return id
  }
}

/** Rows of a table in memory, and the steps that decode them. */
export class FastTable {
  /** Where the table is in memory. */
  readonly address: number
  readonly entries: Int32Array
  readonly #state: Int32Array
  readonly #memory: LoopMemory
  readonly #texts: FastTexts
  readonly #names: FastNames | undefined
  /** Columns that are not decoded in steps. */
  readonly #others: ReadColumn[] = []
  /** What fills in the ids that a step did not know. */
  readonly #fixes: ReadColumn[] = []

  /** `otherReader` makes the reader of a column that cannot be decoded in a step. */
  constructor(
    layout: TableLayout,
    sources: readonly ColumnSource[],
    columns: readonly ColumnBuilder[],
    context: CommonContext,
    { memory, texts, names }: FastContext,
    rows: Pick<Rows, 'at' | 'size'>,
    most: number,
    needed: number,
    withStacks: boolean,
    otherReader: (column: number) => ReadColumn,
  ) {
    this.#memory = memory
    this.#texts = texts
    this.#names = names
    this.address = memory.take(TABLE_WORDS * 4)
    this.#state = new Int32Array(memory.buffer, this.address, TABLE_WORDS)
    const words = most * STRIDE
    this.entries = new Int32Array(memory.buffer, memory.take(words * 4), words)
    const pid = layout.sources[2]
    const pidRead = pid?.from === 'record' ? pid.read : undefined
    const maker = new StepMaker(context, { memory, texts, names }, pidRead)
    const steps: number[] = []
    sources.forEach((source, i) => {
      const step = maker.stepOf(source, columns[i]!)
      if (!step) {
        this.#others.push(otherReader(i))
        return
      }
      steps.push(...step.words)
      if (step.fix) this.#fixes.push(step.fix)
    })
    const place = memory.take(steps.length * 4)
    new Int32Array(memory.buffer, place, steps.length).set(steps)
    const count = steps.length / STEP_WORDS
    const all = Math.max(needed, maker.needed)
    const { at, size } = rows
    const places = [at.byteOffset, size.byteOffset]
    this.#state.set([0, most, this.entries.byteOffset, withStacks ? 1 : 0, place, count, all])
    this.#state.set([...places, 0], MISSES - 2)
  }

  /** Rows in the table. */
  get count(): number {
    return this.#state[COUNT]!
  }

  set count(count: number) {
    this.#state[COUNT] = count
  }

  /** Decodes rows; false, and nothing done, when any of them lack fields. */
  decode(rows: Rows, from: number, to: number): boolean {
    this.#texts.renew()
    this.#names?.renew()
    if (this.#memory.loops.decode(this.address, from, to) > 0) return false
    if (this.#state[MISSES]! > 0) for (const fix of this.#fixes) fix(rows, from, to)
    for (const read of this.#others) read(rows, from, to)
    return true
  }
}

/** A column's step, and what fills in ids it did not know. */
interface Step {
  readonly words: readonly number[]
  readonly fix?: ReadColumn
}

/** Makes the steps of a table's columns. */
class StepMaker {
  readonly #context: CommonContext
  readonly #fast: FastContext
  readonly #pidRead: ReadSpec | undefined
  /** Bytes that records must have for columns that are not read from a field of their own. */
  needed = 0

  constructor(context: CommonContext, fast: FastContext, pidRead: ReadSpec | undefined) {
    this.#context = context
    this.#fast = fast
    this.#pidRead = pidRead
  }

  /** Undefined for a column that takes more than a step. */
  stepOf(source: ColumnSource, out: ColumnBuilder): Step | undefined {
    if (out.offsets) return undefined
    const { streamCpu, streamSource } = this.#context
    const to = out.u8.byteOffset
    switch (source.from) {
      case 'ts':
        return { words: [TIME, 0, to, 0, 0] }
      case 'cpu':
        return { words: [STREAM_FACT, 0, to, streamCpu.byteOffset, 0] }
      case 'source':
        return { words: [STREAM_FACT, 0, to, streamSource.byteOffset, 0] }
      case 'comm':
        return this.#nameStep(out)
      case 'record':
        return this.#readStep(source.read, out)
      default:
        return undefined
    }
  }

  #nameStep(out: ColumnBuilder): Step | undefined {
    const read = this.#pidRead
    const { names } = this.#fast
    if (!names || read?.op !== 'int' || read.size !== 4) return undefined
    const { offset } = read
    this.needed = Math.max(this.needed, offset + 4)
    const { view } = this.#context
    const fix: ReadColumn = ({ at, entries }, from, to) => {
      const ids = out.u32
      for (let i = from; i < to; i++) {
        if (ids[i] !== NOT_KNOWN) continue
        const w = i * STRIDE
        const lo = entries[w + TS_LO]! >>> 0
        ids[i] = names.idAt(view.getInt32(at[i]! + offset, true), lo, entries[w + TS_HI]! >>> 0)
      }
    }
    return { words: [NAME, offset, out.u8.byteOffset, names.address, 0], fix }
  }

  #readStep(read: ReadSpec, out: ColumnBuilder): Step | undefined {
    const to = out.u8.byteOffset
    switch (read.op) {
      case 'int': {
        const kind = numberKind(read.size, out.width, read.signed)
        return kind === undefined ? undefined : { words: [NUMBER + kind, read.offset, to, 0, 0] }
      }
      case 'bool':
        return read.size === 1 ? { words: [FLAG, read.offset, to, 0, 0] } : undefined
      case 'text':
        return read.trimNewline ? undefined : this.#textStep(read, out)
      default:
        return undefined
    }
  }

  #textStep(read: ReadSpec & { op: 'text' }, out: ColumnBuilder): Step | undefined {
    const { extent } = read
    const { texts } = this.#fast
    const { offset } = extent
    if (extent.at === 'rest' || (extent.at === 'fixed' && extent.size > MOST_TEXT)) return undefined
    if (extent.at === 'fixed' ? extent.size < 1 : extent.size !== 4) return undefined
    const { view } = this.#context
    const readOne = createColumnReader(read, out, this.#context)
    const base = extent.at === 'relLoc' ? offset + 4 : 0
    const fix: ReadColumn = (rows, from, to) => {
      const ids = out.u32
      for (let i = from; i < to; i++) {
        if (ids[i] !== NOT_KNOWN) continue
        readOne(rows, i, i + 1)
        const record = rows.at[i]!
        if (extent.at === 'fixed') {
          texts.remember(record + offset, extent.size, ids[i]!)
          continue
        }
        const word = view.getUint32(record + offset, true)
        const place = (word & 0xffff) + base
        const bytes = word >>> 16
        if (bytes > 0 && bytes <= MOST_TEXT && place + bytes <= rows.size[i]!)
          texts.remember(record + place, bytes, ids[i]!)
      }
    }
    const kind = extent.at === 'fixed' ? FIXED_TEXT : LOCATED_TEXT
    const extra = extent.at === 'fixed' ? extent.size : base
    return { words: [kind, offset, out.u8.byteOffset, texts.address, extra], fix }
  }
}

/** How an integer of `size` bytes becomes one of `width`. */
function numberKind(size: number, width: number, signed: boolean): number | undefined {
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined
  const log = Math.log2(width)
  if (size >= width) return log
  return WIDENING[`${size} ${log}`]! + (signed ? 1 : 0)
}
