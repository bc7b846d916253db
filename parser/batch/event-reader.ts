/** Reads events as column batches: merged records, sorted into tables, decoded in bulk. */

import { ID, STRIDE } from '../ring/record-block.ts'
import type { BatchReader, ColumnBatch } from './column-batch.ts'
import type { MergedRecords } from './merge.ts'
import type { StringPool } from './string-pool.ts'
import type { TableBuilder } from './table-builder.ts'

/** Pulls batches; rows of one table come in time order, tables interleave as they fill. */
export class EventReader implements BatchReader {
  readonly #merged: MergedRecords
  readonly #routes: readonly (TableBuilder | undefined)[]
  readonly #builders: readonly TableBuilder[]
  readonly #pool: StringPool
  #cursor = 0
  #end = 0
  #lent: TableBuilder | undefined
  /** Builders to hand out before anything else is read. */
  #queue: TableBuilder[] = []
  #resetPool = false
  #heavy = false
  #ended = false

  /** `routes` by event id: the table a record goes to. `connect` receives the function to call before the arena is recycled. */
  constructor(
    routes: readonly (TableBuilder | undefined)[],
    pool: StringPool,
    connect: (beforeRecycle: () => void) => MergedRecords,
  ) {
    this.#routes = routes
    const builders = new Set<TableBuilder>()
    for (const route of routes) if (route) builders.add(route)
    this.#builders = [...builders]
    this.#pool = pool
    this.#merged = connect(() => this.#decodeAll())
  }

  next(): ColumnBatch | null {
    this.#lent?.reset()
    this.#lent = undefined
    for (;;) {
      const queued = this.#queue.shift()
      if (queued) return this.#lend(queued)
      if (this.#resetPool) {
        this.#pool.reset()
        this.#resetPool = false
      }
      if (this.#ended) return null
      const full = this.#distribute()
      if (full) return this.#lend(full)
      if (!this.#merged.next()) this.#ended = true
      this.#cursor = this.#merged.from
      this.#end = this.#merged.to
      if (this.#ended || this.#pool.isFull) {
        this.#decodeAll()
        this.#queue = this.#builders.filter((builder) => builder.count > 0)
        this.#resetPool = this.#pool.isFull
      } else if (this.#heavy) {
        this.#queue = this.#builders.filter((builder) => builder.isHeavy)
        for (const builder of this.#queue) builder.decode()
        this.#heavy = false
      }
    }
  }

  /** Gives nothing more; a reader need not be read to its end. */
  close(): void {
    this.#ended = true
    this.#queue = []
  }

  /** Gives the run's records to their tables; stops at a table that is full. */
  #distribute(): TableBuilder | undefined {
    const { block, stream } = this.#merged
    const { words } = block
    const routes = this.#routes
    const end = this.#end
    for (let i = this.#cursor; i < end; i++) {
      const builder = routes[words[i * STRIDE + ID]!]
      if (builder === undefined) continue
      builder.add(words, i, stream)
      if (builder.count === builder.most) {
        this.#cursor = i + 1
        builder.decode()
        return builder
      }
    }
    this.#cursor = end
    return undefined
  }

  #decodeAll(): void {
    for (const builder of this.#builders) {
      builder.decode()
      if (builder.isHeavy) this.#heavy = true
    }
  }

  #lend(builder: TableBuilder): ColumnBatch {
    this.#lent = builder
    return builder.batch()
  }
}
