/** Hands merged records to the tables they belong to. */
import { ID, STRIDE } from '../ring/record-block.ts'
import type { MergedRecords } from './merge.ts'
import type { TableBuilder } from './table-builder.ts'

/** Fills tables, in order of time. */
export interface Distributor {
  /**
   * Goes on until a table is full and decoded, which it returns, or else: `decoded` when rows of any tables
   * were decoded because the arena's slots are used again, `ended` after the last record.
   */
  next(): TableBuilder | 'decoded' | 'ended'
}

/** Tables by event id; undefined for events of none. */
export type Routes = readonly (TableBuilder | undefined)[]

/** Goes from run to run. */
export class RunDistributor implements Distributor {
  readonly #merged: MergedRecords
  readonly #routes: Routes
  #cursor = 0
  #end = 0
  /** True when rows were decoded since the last run. */
  #decoded = false

  /** `connect` receives the function to call before the arena is recycled. */
  constructor(
    routes: Routes,
    decodeAll: () => void,
    connect: (beforeRecycle: () => void) => MergedRecords,
  ) {
    this.#routes = routes
    this.#merged = connect(() => {
      this.#decoded = true
      decodeAll()
    })
  }

  next(): TableBuilder | 'decoded' | 'ended' {
    const merged = this.#merged
    for (;;) {
      const full = this.#distribute()
      if (full) return full
      this.#decoded = false
      const ended = !merged.next()
      this.#cursor = merged.from
      this.#end = merged.to
      if (ended) {
        this.#cursor = this.#end
        return 'ended'
      }
      if (this.#decoded) return 'decoded'
    }
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
}
