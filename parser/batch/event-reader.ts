/** Reads events as column batches: merged records, sorted into tables, decoded in bulk. */

import type { BatchReader, ColumnBatch } from './column-batch.ts'
import type { Distributor, Routes } from './distribute.ts'
import type { StringPool } from './string-pool.ts'
import type { TableBuilder } from './table-builder.ts'

/** Pulls batches; rows of one table come in time order, tables interleave as they fill. */
export class EventReader implements BatchReader {
  readonly #distributor: Distributor
  readonly #end: () => void
  readonly #builders: readonly TableBuilder[]
  readonly #pool: StringPool
  #lent: TableBuilder | undefined
  /** Builders to hand out before anything else is read. */
  #queue: TableBuilder[] = []
  #resetPool = false
  #heavy = false
  #ended = false

  /** `connect` receives the function that decodes all rows that tables were given; `end` is called when the reader is closed. */
  constructor(
    routes: Routes,
    pool: StringPool,
    connect: (decodeAll: () => void) => Distributor,
    end: () => void = () => {},
  ) {
    this.#end = end
    const builders = new Set<TableBuilder>()
    for (const route of routes) if (route) builders.add(route)
    this.#builders = [...builders]
    this.#pool = pool
    this.#distributor = connect(() => this.#decodeAll())
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
      const full = this.#distributor.next()
      if (typeof full !== 'string') return this.#lend(full)
      if (full === 'ended') this.#ended = true
      // The pool grows, and batches get heavy, only where rows are decoded.
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
    this.#end()
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
