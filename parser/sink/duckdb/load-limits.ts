/** What a load into files or a database may take of the machine. */
import { availableParallelism } from 'node:os'

const DEFAULT_MEMORY = 700e6
const LEAST_MEMORY = 400e6
/** What Node, the decoder and allocators take of it. */
const OTHER_MEMORY = 220e6
/** More statements at once find no free thread among libuv's four. */
const MOST_STATEMENTS = 3

/** What inserts that run hold, and what one table holds that waits for more rows. */
const RUNNING_BYTES = 64e6
const TABLE_BYTES = 5e6
/** With less, sorting all calls of a recording by their threads may fail. */
const LEAST_LOADED = 135e6

/** Bytes for DuckDB and for rows that wait, of all that the process may take. */
export function loadMemory(processBytes: number = DEFAULT_MEMORY): number {
  return Math.max(processBytes, LEAST_MEMORY) - OTHER_MEMORY
}

/** How an import divides `memory`. */
export interface ImportShares {
  /** Rows that wait in this process. */
  readonly stashBytes: number
  /** Rows that DuckDB holds and has not written. */
  readonly unwrittenBytes: number
  /**
   * All of DuckDB's while rows come in: no more than it needs, as it keeps what it has written until the memory is
   * full, however long that takes.
   */
  readonly loading: number
  /** All of DuckDB's afterwards, when no rows wait. */
  readonly loaded: number
}

/** Shares of what `loadMemory` leaves, for so many tables. */
export function importShares(memory: number, tables: number): ImportShares {
  const quarter = memory / 4
  const loading = Math.min(memory / 2, RUNNING_BYTES + Math.min(quarter, tables * TABLE_BYTES))
  const loaded = Math.max(LEAST_LOADED, memory / 2)
  return { stashBytes: quarter, unwrittenBytes: quarter, loading, loaded }
}

/** How many statements take rows at once. */
export function statementsAtOnce(): number {
  return Math.min(availableParallelism(), MOST_STATEMENTS)
}
