/** Collects references to one table's records and decodes them, in bulk, into a batch. */

import {
  ID,
  OFFSET,
  SIZE,
  STACK,
  STACK_SIZES,
  STRIDE,
  TS_HI,
  TS_LO,
  USER_STACK,
} from '../ring/record-block.ts'
import { BATCH_ROWS, type ColumnBatch, type TableSchema } from './column-batch.ts'
import { ColumnBuilder } from './column-builder.ts'
import { bytesNeeded, createColumnReader } from './column-reader.ts'
import {
  COMMON_COLUMNS,
  type CommonContext,
  createCommonReader,
  createCommReader,
  createStreamReader,
  createTimeReader,
} from './common-reader.ts'
import type { ReadColumn, Rows } from './decode-context.ts'
import type { ColumnSource, TableLayout } from './event-table.ts'
import { type FastContext, FastTable } from './fast-table.ts'
import type { ReadSpec } from './types.ts'

const FIRST_CAPACITY = 64
/** Places of stack records while a row's is read; one for all builders, which work in turn. */
const STACK_ROWS: Rows = {
  entries: new Int32Array(0),
  at: new Uint32Array(BATCH_ROWS),
  size: new Uint32Array(BATCH_ROWS),
}
/** Bytes that all builders of a pass may take together, and what a row takes of it, its reference included. */
const BUILDER_BYTES = 64e6
const ROW_BYTES = 180
const LEAST_ROWS = 1024

/** Rows of a batch so that a pass over so many tables is bounded: fewer where there are thousands. */
export function batchRowsFor(tables: number): number {
  const rows = BUILDER_BYTES / ROW_BYTES / Math.max(1, tables)
  return Math.max(LEAST_ROWS, Math.min(BATCH_ROWS, 2 ** Math.floor(Math.log2(rows))))
}
/** Rows whose columns are decoded one after the other: so many that what they read stays in the CPU's first cache. */
const RUN_ROWS = 128
const HEAVY_ELEMENTS = 1 << 20

/** What all builders of one reader share. */
export interface RowContext extends CommonContext {
  /** The places of the rows that are decoded at the moment, for BATCH_ROWS of them. */
  readonly at: Uint32Array
  readonly size: Uint32Array
  /** Pool ids of an event id's names. */
  readonly systemName: (id: number) => number
  readonly eventName: (id: number) => number
  /** Pool id of the system call that `sys_enter_…` or `sys_exit_…` is about. */
  readonly callName: (id: number) => number
  /** What fast loops take; undefined where they cannot be had. */
  readonly fast: FastContext | undefined
  /** How stack records are read; undefined where the file has no such event. */
  readonly stackRead: ReadSpec | undefined
  readonly userStackRead: ReadSpec | undefined
}

/** Rows of one table on their way from record references to columns. */
export class TableBuilder {
  readonly table: TableSchema
  readonly projection: readonly number[]
  /** Rows at which the batch is to be handed out. */
  readonly most: number
  /** Rows handed out in all batches. */
  total = 0
  readonly #columns: ColumnBuilder[]
  readonly #lists: ColumnBuilder[]
  /** One a column. */
  readonly #readers: readonly ReadColumn[]
  /** The same for rows that lack nothing: common columns together. */
  readonly #wholeReaders: readonly ReadColumn[]
  /** Rows are added and decoded by WebAssembly where there is memory for it. */
  readonly #fast: FastTable | undefined
  #count = 0
  readonly #needs: readonly number[]
  readonly #needed: number
  readonly #context: RowContext
  readonly #withStacks: boolean
  /** Entries as in RecordBlock, entry i for row i of the batch, and its place where it is decoded. */
  readonly #rows: Rows & { entries: Int32Array }
  #capacity = FIRST_CAPACITY
  #decoded = 0

  /** Decodes only the columns of `projection` (indexes into the layout's table), `most` rows at a time. */
  constructor(
    layout: TableLayout,
    projection: readonly number[],
    context: RowContext,
    withStacks: boolean,
    most: number = BATCH_ROWS,
  ) {
    this.table = layout.table
    this.most = most
    this.projection = projection
    this.#context = context
    this.#withStacks = withStacks
    const { at, size, fast } = context
    if (fast) this.#capacity = most
    this.#columns = projection.map(
      (i) => new ColumnBuilder(layout.table.columns[i]!.type, this.#capacity, fast?.memory),
    )
    this.#lists = this.#columns.filter((column) => column.offsets)
    const sources = projection.map((i) => layout.sources[i]!)
    this.#readers = sources.map((source, i) => this.#reader(source, this.#columns[i]!, layout))
    const common = createCommonReader(sources, this.#columns, context)
    this.#wholeReaders = common ? [common, ...this.#readers.slice(COMMON_COLUMNS)] : this.#readers
    this.#needs = sources.map((source) => (source.from === 'record' ? bytesNeeded(source.read) : 0))
    this.#needed = Math.max(0, ...this.#needs)
    this.#fast =
      fast &&
      new FastTable(
        layout,
        sources,
        this.#columns,
        context,
        fast,
        context,
        most,
        this.#needed,
        withStacks,
        (i) => this.#readers[i]!,
      )
    const entries = this.#fast?.entries ?? new Int32Array(FIRST_CAPACITY * STRIDE)
    this.#rows = { entries, at, size }
  }

  /** Where the table is in the memory of the fast loops. */
  get address(): number {
    return this.#fast?.address ?? 0
  }

  /** Rows added to the batch so far, decoded or not. */
  get count(): number {
    return this.#fast ? this.#fast.count : this.#count
  }

  /** Adds entry `i` of a block's words; the caller decodes when `count` reaches `most`. */
  add(words: Uint32Array, i: number, stream: number): void {
    const n = this.#count
    if (n === this.#capacity) this.#grow()
    const to = this.#rows.entries
    const w = n * STRIDE
    const v = i * STRIDE
    to[w + OFFSET] = words[v + OFFSET]!
    to[w + SIZE] = words[v + SIZE]!
    to[w + TS_LO] = words[v + TS_LO]!
    to[w + TS_HI] = words[v + TS_HI]!
    to[w + ID] = words[v + ID]! | (stream << 16)
    if (this.#withStacks) {
      to[w + STACK] = words[v + STACK]!
      to[w + USER_STACK] = words[v + USER_STACK]!
      to[w + STACK_SIZES] = words[v + STACK_SIZES]!
    }
    this.#count = n + 1
  }

  /** Decodes what was added since the last call. */
  decode(): void {
    const from = this.#decoded
    const to = this.count
    if (from === to) return
    this.#decoded = to
    if (this.#fast?.decode(this.#rows, from, to)) return
    for (let i = from; i < to; i += RUN_ROWS) this.#decodeRun(i, Math.min(i + RUN_ROWS, to))
  }

  #decodeRun(from: number, to: number): void {
    const rows = this.#rows
    const { entries, at, size } = rows
    const needed = this.#needed
    let short = 0
    for (let i = from; i < to; i++) {
      at[i] = entries[i * STRIDE + OFFSET]!
      const bytes = entries[i * STRIDE + SIZE]!
      size[i] = bytes
      if (bytes < needed) short++
    }
    if (short === 0) for (const read of this.#wholeReaders) read(rows, from, to)
    else this.#decodeShort(from, to)
  }

  /** Row by row: fields beyond a record's end are NULL. */
  #decodeShort(from: number, to: number): void {
    const rows = this.#rows
    this.#readers.forEach((read, k) => {
      for (let i = from; i < to; i++) {
        if (rows.size[i]! >= this.#needs[k]!) read(rows, i, i + 1)
        else {
          this.#columns[k]!.setNull(i)
          this.#context.outOfBounds()
        }
      }
    })
  }

  /** True when lists or masks made the batch so large that it should go before it is full. */
  get isHeavy(): boolean {
    for (const list of this.#lists) if (list.elements > HEAVY_ELEMENTS) return true
    return false
  }

  /** The decoded rows as a batch, lent until `reset`. */
  batch(): ColumnBatch {
    this.total += this.count
    return {
      table: this.table,
      projection: this.projection,
      rows: this.count,
      columns: this.#columns,
      pool: this.#context.pool,
    }
  }

  /** Begins the next batch. */
  reset(): void {
    this.#count = 0
    if (this.#fast) this.#fast.count = 0
    this.#decoded = 0
    for (const column of this.#columns) column.reset()
  }

  #grow(): void {
    this.#capacity = Math.min(this.most, this.#capacity * 4)
    const entries = new Int32Array(this.#capacity * STRIDE)
    entries.set(this.#rows.entries)
    this.#rows.entries = entries
    for (const column of this.#columns) column.growRows(this.#capacity)
  }

  #reader(source: ColumnSource, out: ColumnBuilder, layout: TableLayout): ReadColumn {
    const context = this.#context
    switch (source.from) {
      case 'record':
        return createColumnReader(source.read, out, context)
      case 'ts':
        return createTimeReader(out)
      case 'cpu':
        return createStreamReader(context.streamCpu, out)
      case 'source':
        return createStreamReader(context.streamSource, out)
      case 'comm':
        return createCommReader(layout.sources[2]!, out, context)
      case 'system':
      case 'event':
      case 'call': {
        const names = {
          system: context.systemName,
          event: context.eventName,
          call: context.callName,
        }
        const name = names[source.from]
        return ({ entries }, from, to) => {
          for (let i = from; i < to; i++) out.u32[i] = name(entries[i * STRIDE + ID]! & 0xffff)
        }
      }
      case 'absent':
        return (_, from, to) => {
          for (let i = from; i < to; i++) out.setNull(i)
        }
      case 'stack':
        return this.#stackReader(context.stackRead, STACK, 0, out)
      case 'userStack':
        return this.#stackReader(context.userStackRead, USER_STACK, 16, out)
    }
  }

  /** Reads the stack record attached to a row; NULL when it has none. */
  #stackReader(
    read: ReadSpec | undefined,
    place: number,
    sizeShift: number,
    out: ColumnBuilder,
  ): ReadColumn {
    if (!read)
      return (_, from, to) => {
        for (let i = from; i < to; i++) out.setNull(i)
      }
    const readStack = createColumnReader(read, out, this.#context)
    const needed = bytesNeeded(read)
    const stack = STACK_ROWS
    return ({ entries }, from, to) => {
      for (let i = from; i < to; i++) {
        const w = i * STRIDE
        const size = (entries[w + STACK_SIZES]! >>> sizeShift) & 0xffff
        if (size === 0 || size < needed) {
          out.setNull(i)
          continue
        }
        stack.at[i] = entries[w + place]!
        stack.size[i] = size
        readStack(stack, i, i + 1)
        if (read.op === 'list') trimZeros(out, i)
      }
    }
  }
}

/** user_stack has eight slots; those beyond the stack's end are 0. */
function trimZeros(out: ColumnBuilder, row: number): void {
  const start = out.offsets![row]!
  while (out.elements > start) {
    const last = 2 * (out.elements - 1)
    if (out.u32[last] !== 0 || out.u32[last + 1] !== 0) break
    out.elements--
  }
  out.offsets![row + 1] = out.elements
}
