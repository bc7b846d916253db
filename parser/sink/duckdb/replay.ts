/**
 * Tables that SQL cannot make in reasonable time, because each row depends on all before it: the
 * rows of a `select` go through JavaScript, which keeps the state and gives rows when they are done.
 */
import type { Column, ColumnBatch, TableSchema } from '../../batch/column-batch.ts'
import { type Cell, RowBatches } from '../../batch/row-relation.ts'
import type { QueryChunk } from './database.ts'

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

/** Replays chunks; `write` gets the rows of the table in batches, each lent until its promise is kept. */
export async function replayInto(
  table: TableSchema,
  begin: ReplaySpec['begin'],
  chunks: AsyncIterable<QueryChunk>,
  write: (batch: ColumnBatch) => void | Promise<void>,
): Promise<void> {
  const replay = begin()
  const batches = new RowBatches(
    table,
    table.columns.map((_, i) => i),
  )
  const flush = async (): Promise<void> => {
    const batch = batches.take()
    if (batch) await write(batch)
  }
  const add = async (rows: Iterable<readonly Cell[]>): Promise<void> => {
    for (const row of rows) {
      batches.add(row)
      if (batches.isFull) await flush()
    }
  }
  for await (const chunk of chunks) await add(replay.add(chunk.columns, chunk.rowCount))
  await add(replay.end())
  await flush()
}
