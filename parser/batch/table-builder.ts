/** Collects references to one table's records and decodes them, in bulk, into a batch. */

import { BATCH_ROWS, type ColumnBatch, type TableSchema } from './column-batch.ts'
import { ColumnBuilder } from './column-builder.ts'
import {
  bytesNeeded,
  createColumnReader,
  type DecodeContext,
  type PendingRows,
  type ReadColumn,
} from './column-reader.ts'
import type { ColumnSource, TableLayout } from './event-table.ts'
import type { RecordRun } from './merge.ts'
import type { TaskNames } from './task-names.ts'
import type { ReadSpec } from './types.ts'

const FIRST_CAPACITY = 64

/** What the streams and the trace add to a record. */
export interface RowContext extends DecodeContext {
  /** CPU and `meta.sources.source` of each stream. */
  readonly streamCpu: Uint16Array
  readonly streamSource: Uint16Array
  /** Needed only where a name is asked for. */
  readonly tasks: TaskNames | undefined
  /** Pool ids of an event id's names. */
  readonly systemName: (id: number) => number
  readonly eventName: (id: number) => number
  /** How stack records are read; undefined where the file has no such event. */
  readonly stackRead: ReadSpec | undefined
  readonly userStackRead: ReadSpec | undefined
}

/** References to a table's rows, entry i for row i of the batch. */
class RowReferences implements PendingRows {
  offset: Uint32Array
  size: Uint32Array
  tsLo: Uint32Array
  tsHi: Uint32Array
  id: Uint16Array
  stream: Uint16Array
  stackOffset: Uint32Array
  stackSize: Uint32Array
  userStackOffset: Uint32Array
  userStackSize: Uint32Array

  constructor(capacity: number, withStacks: boolean) {
    const stacks = withStacks ? capacity : 0
    this.offset = new Uint32Array(capacity)
    this.size = new Uint32Array(capacity)
    this.tsLo = new Uint32Array(capacity)
    this.tsHi = new Uint32Array(capacity)
    this.id = new Uint16Array(capacity)
    this.stream = new Uint16Array(capacity)
    this.stackOffset = new Uint32Array(stacks)
    this.stackSize = new Uint32Array(stacks)
    this.userStackOffset = new Uint32Array(stacks)
    this.userStackSize = new Uint32Array(stacks)
  }

  /** Takes over all entries of a smaller one. */
  takeOver(from: RowReferences): void {
    for (const key of Object.keys(from) as (keyof RowReferences & keyof PendingRows)[])
      this[key].set(from[key])
  }
}

/** Rows of one table on their way from record references to columns. */
export class TableBuilder {
  readonly table: TableSchema
  readonly projection: readonly number[]
  /** Rows added to the batch so far, decoded or not. */
  count = 0
  /** Rows handed out in all batches. */
  total = 0
  readonly #columns: ColumnBuilder[]
  readonly #readers: readonly ReadColumn[]
  readonly #needs: readonly number[]
  readonly #needed: number
  readonly #context: RowContext
  readonly #withStacks: boolean
  #rows: RowReferences
  #capacity = FIRST_CAPACITY
  #decoded = 0

  /** Decodes only the columns of `projection` (indexes into the layout's table). */
  constructor(
    layout: TableLayout,
    projection: readonly number[],
    context: RowContext,
    withStacks: boolean,
  ) {
    this.table = layout.table
    this.projection = projection
    this.#context = context
    this.#withStacks = withStacks
    this.#rows = new RowReferences(FIRST_CAPACITY, withStacks)
    this.#columns = projection.map(
      (i) => new ColumnBuilder(layout.table.columns[i]!.type, FIRST_CAPACITY),
    )
    const sources = projection.map((i) => layout.sources[i]!)
    this.#readers = sources.map((source, i) => this.#reader(source, this.#columns[i]!, layout))
    this.#needs = sources.map((source) => (source.from === 'record' ? bytesNeeded(source.read) : 0))
    this.#needed = Math.max(0, ...this.#needs)
  }

  /** Adds record `i` of the run; the caller decodes when `count` reaches BATCH_ROWS. */
  add(run: RecordRun, i: number): void {
    const n = this.count
    if (n === this.#capacity) this.#grow()
    const rows = this.#rows
    rows.offset[n] = run.offset[i]!
    rows.size[n] = run.size[i]!
    rows.tsLo[n] = run.tsLo[i]!
    rows.tsHi[n] = run.tsHi[i]!
    rows.id[n] = run.id[i]!
    rows.stream[n] = run.stream[i]!
    if (this.#withStacks) {
      rows.stackOffset[n] = run.stackOffset[i]!
      rows.stackSize[n] = run.stackSize[i]!
      rows.userStackOffset[n] = run.userStackOffset[i]!
      rows.userStackSize[n] = run.userStackSize[i]!
    }
    this.count = n + 1
  }

  /** Decodes what was added since the last call. */
  decode(): void {
    const from = this.#decoded
    const to = this.count
    if (from === to) return
    this.#decoded = to
    const { size } = this.#rows
    const needed = this.#needed
    let short = 0
    for (let i = from; i < to; i++) if (size[i]! < needed) short++
    if (short === 0) for (const read of this.#readers) read(this.#rows, from, to)
    else this.#decodeShort(from, to)
  }

  /** Row by row: fields beyond a record's end are NULL. */
  #decodeShort(from: number, to: number): void {
    const { size } = this.#rows
    this.#readers.forEach((read, k) => {
      for (let i = from; i < to; i++) {
        if (size[i]! >= this.#needs[k]!) read(this.#rows, i, i + 1)
        else {
          this.#columns[k]!.setNull(i)
          this.#context.outOfBounds()
        }
      }
    })
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
    this.count = 0
    this.#decoded = 0
    for (const column of this.#columns) column.reset()
  }

  #grow(): void {
    this.#capacity = Math.min(BATCH_ROWS, this.#capacity * 4)
    const rows = new RowReferences(this.#capacity, this.#withStacks)
    rows.takeOver(this.#rows)
    this.#rows = rows
    for (const column of this.#columns) column.growRows(this.#capacity)
  }

  #reader(source: ColumnSource, out: ColumnBuilder, layout: TableLayout): ReadColumn {
    const context = this.#context
    switch (source.from) {
      case 'record':
        return createColumnReader(source.read, out, context)
      case 'ts':
        return (_, from, to) => {
          const target = out.u32
          const { tsLo, tsHi } = this.#rows
          for (let i = from; i < to; i++) {
            target[2 * i] = tsLo[i]!
            target[2 * i + 1] = tsHi[i]!
          }
        }
      case 'cpu':
      case 'source': {
        const values = source.from === 'cpu' ? context.streamCpu : context.streamSource
        return (_, from, to) => {
          const { stream } = this.#rows
          for (let i = from; i < to; i++) out.u16[i] = values[stream[i]!]!
        }
      }
      case 'comm':
        return this.#commReader(layout, out)
      case 'system':
      case 'event': {
        const name = source.from === 'system' ? context.systemName : context.eventName
        return (_, from, to) => {
          const { id } = this.#rows
          for (let i = from; i < to; i++) out.u32[i] = name(id[i]!)
        }
      }
      case 'absent':
        return (_, from, to) => {
          for (let i = from; i < to; i++) out.setNull(i)
        }
      case 'stack':
        return this.#stackReader(
          context.stackRead,
          () => ({ offset: this.#rows.stackOffset, size: this.#rows.stackSize }),
          out,
        )
      case 'userStack':
        return this.#stackReader(
          context.userStackRead,
          () => ({ offset: this.#rows.userStackOffset, size: this.#rows.userStackSize }),
          out,
        )
    }
  }

  #commReader(layout: TableLayout, out: ColumnBuilder): ReadColumn {
    const { view, littleEndian, tasks, pool } = this.#context
    if (!tasks) throw new TypeError('common_comm asked for without task names')
    const pidAt = layout.sources[2]!
    if (pidAt.from !== 'record' || pidAt.read.op !== 'int') throw new TypeError('no common_pid')
    const { offset: at, size } = pidAt.read
    return ({ offset, size: sizes }, from, to) => {
      const { tsLo, tsHi } = this.#rows
      for (let i = from; i < to; i++) {
        const known = size === 4 && sizes[i]! >= at + 4
        const pid = known ? view.getInt32(offset[i]! + at, littleEndian) : -1
        out.u32[i] = tasks.poolIdAt(pid, tsLo[i]!, tsHi[i]!, pool)
      }
    }
  }

  /** Reads the stack record attached to a row; NULL when it has none. */
  #stackReader(
    read: ReadSpec | undefined,
    stackRows: () => PendingRows,
    out: ColumnBuilder,
  ): ReadColumn {
    if (!read)
      return (_, from, to) => {
        for (let i = from; i < to; i++) out.setNull(i)
      }
    const readStack = createColumnReader(read, out, this.#context)
    const needed = bytesNeeded(read)
    const trim = read.op === 'list'
    return (_, from, to) => {
      const stacks = stackRows()
      for (let i = from; i < to; i++) {
        if (stacks.size[i] === 0 || stacks.size[i]! < needed) {
          out.setNull(i)
          continue
        }
        readStack(stacks, i, i + 1)
        // user_stack has eight slots; those beyond the stack's end are 0.
        if (!trim) continue
        while (
          out.elements > out.offsets![i]! &&
          out.u32[2 * out.elements - 2] === 0 &&
          out.u32[2 * out.elements - 1] === 0
        )
          out.elements--
        out.offsets![i + 1] = out.elements
      }
    }
  }
}
