/** What a load into files or a database may take of the machine. */
import { availableParallelism } from 'node:os'

const DEFAULT_MEMORY = 700e6
const LEAST_MEMORY = 400e6
/** What Node, the decoder and allocators take of it. */
const OTHER_MEMORY = 220e6
/** More statements at once find no free thread among libuv's four. */
const MOST_STATEMENTS = 3

/** Bytes for DuckDB and for rows that wait, of all that the process may take. */
export function loadMemory(processBytes: number = DEFAULT_MEMORY): number {
  return Math.max(processBytes, LEAST_MEMORY) - OTHER_MEMORY
}

/** How many statements take rows at once. */
export function statementsAtOnce(): number {
  return Math.min(availableParallelism(), MOST_STATEMENTS)
}
