/** Reads events as column batches: merged records, sorted into tables, decoded in bulk. */
import type { BatchReader, ColumnBatch } from './column-batch.ts'
import { BATCH_ROWS } from './column-batch.ts'
import type { MergedRecords } from './merge.ts'
import type { StringPool } from './string-pool.ts'
import type { TableBuilder } from './table-builder.ts'

/** Pulls batches; rows of one table come in time order, tables interleave as they fill. */
export class EventReader implements BatchReader {
  readonly #merged: MergedRecords
  readonly #routes: readonly (TableBuilder | undefined)[]
  readonly #builders: readonly TableBuilder[]
  readonly #pool: StringPool
  #count = 0
  #cursor = 0
  #lent: TableBuilder | undefined
  /** Builders to hand out before anything else is read. */
  #queue: TableBuilder[] = []
  #resetPool = false
  #ended = false

  /** `routes` by event id: the table a record goes to. `connect` receives the function to call before the arena is recycled. */
  constructor(
    routes: readonly (TableBuilder | undefined)[],
    pool: StringPool,
    connect: (beforeRecycle: () => void) => MergedRecords,
  ) {
    this.#routes = routes
    this.#builders = [...new Set(routes.flatMap((route) => route ?? []))]
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
      this.#count = this.#merged.fill()
      this.#cursor = 0
      if (this.#count === 0) this.#ended = true
      if (this.#ended || this.#pool.isFull) {
        this.#decodeAll()
        this.#queue = this.#builders.filter((builder) => builder.count > 0)
        this.#resetPool = this.#pool.isFull
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
    const { run } = this.#merged
    const { id } = run
    const routes = this.#routes
    const count = this.#count
    let i = this.#cursor
    while (i < count) {
      const builder = routes[id[i]!]
      if (builder === undefined) {
        i++
        continue
      }
      builder.add(run, i++)
      if (builder.count === BATCH_ROWS) {
        this.#cursor = i
        builder.decode()
        return builder
      }
    }
    this.#cursor = i
    return undefined
  }

  #decodeAll(): void {
    for (const builder of this.#builders) builder.decode()
  }

  #lend(builder: TableBuilder): ColumnBatch {
    this.#lent = builder
    return builder.batch()
  }
}
