/** Names of the functions that the function graph traced. */
import type { TraceDatabase } from '../parser/sink/duckdb/database.ts'

const NAMES = `
select source, func, split_part(sym_in(func, source), '+0x', 1)
from (select distinct source, func from function_calls)`

/** Reads them: the function that is returned names an address of a buffer. */
export async function readFunctionNames(
  database: TraceDatabase,
): Promise<(source: unknown, func: unknown) => string> {
  const { rows } = await database.all(NAMES)
  const names = new Map(rows.map(([source, func, name]) => [`${source} ${func}`, String(name)]))
  return (source, func) => names.get(`${source} ${func}`)!
}
