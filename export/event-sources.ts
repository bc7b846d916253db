/** Which events occur in which buffers. */
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'

const ROWS = `
select system || '.' || event, source from meta.events where rows > 0 group by all order by all`

/** Sources that have rows of an event, lowest first, by `system.event`; silent events are left out. */
export async function readEventSources(
  database: TraceDatabase,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const sources = new Map<string, number[]>()
  for (const [table, source] of (await database.all(ROWS)).rows) {
    const known = sources.get(String(table))
    if (known) known.push(Number(source))
    else sources.set(String(table), [Number(source)])
  }
  return sources
}
