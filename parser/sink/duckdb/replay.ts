/**
 * Tables that SQL cannot make in reasonable time, because each row depends on all before it: the
 * rows of a `select` go through JavaScript, which keeps the state and gives rows when they are done.
 */
import { BATCH_ROWS, type Column, type Relation } from '../../batch/column-batch.ts'
import { type Cell, rowRelation } from '../../batch/row-relation.ts'
import type { QueryChunk } from './database.ts'

/** Rows handed to DuckDB at a time: few, so that they are garbage before they are moved. */
const ROWS_AT_A_TIME = BATCH_ROWS

/** A table's columns, scalar ones, and how its rows come about. */
export interface ReplaySpec {
  readonly columns: readonly Column[]
  /** Begins a replay. */
  readonly begin: () => Replay
}

/** A replay under way. */
export interface Replay {
  /** Takes rows of the `select`, column by column; gives the rows that are complete by now. */
  add(columns: readonly (readonly unknown[])[], rows: number): Iterable<readonly Cell[]>
  /** Gives the rows that are left. */
  end(): Iterable<readonly Cell[]>
}

/** Replays chunks; `insert` gets the result as relations of bounded size, one after the other. */
export async function replayInto(
  schema: string,
  name: string,
  { columns, begin }: ReplaySpec,
  chunks: AsyncIterable<QueryChunk>,
  insert: (relation: Relation) => Promise<void>,
): Promise<void> {
  const replay = begin()
  let rows: (readonly Cell[])[] = []
  const flush = async (): Promise<void> => {
    const full = rows
    rows = []
    if (full.length > 0) await insert(rowRelation(schema, name, columns, () => full, full.length))
  }
  for await (const chunk of chunks) {
    for (const row of replay.add(chunk.columns, chunk.rowCount)) rows.push(row)
    if (rows.length >= ROWS_AT_A_TIME) await flush()
  }
  for (const row of replay.end()) {
    rows.push(row)
    if (rows.length >= ROWS_AT_A_TIME) await flush()
  }
  await flush()
}
