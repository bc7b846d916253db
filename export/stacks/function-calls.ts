/** Calls of the function graph in the order in which they began, thread by thread. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { readFunctionNames } from '../function-names.ts'

/** A call; it is lent until the next one is asked for. */
export interface FunctionCall {
  readonly ts: bigint
  /** When it returned; null if that is not known. */
  readonly end: bigint | null
  /** Time it took, ns: 0 if that is not known. */
  readonly time: bigint
  readonly depth: number
  readonly name: string
  /** Thread, and CPU for the idle threads: calls of one lie inside each other. */
  readonly thread: string
  readonly comm: string
}

/** At one time the outer call is the first, and at one depth only the last one takes time. */
const CALLS = `
select ts, end_ts, cpu, tid, source, func, depth, coalesce(comm, ''), coalesce(dur, 0) from function_calls
order by source, tid, case when tid = 0 then cpu end, ts, depth, end_ts`

/** Reads the calls. */
export async function* readFunctionCalls(database: TraceDatabase): AsyncGenerator<FunctionCall> {
  const nameOf = await readFunctionNames(database)
  for await (const { columns, rowCount } of (await database.query(CALLS)).chunks) {
    for (let row = 0; row < rowCount; row++) {
      const [ts, end, cpu, tid, source, func, depth, comm, time] = columns.map((c) => c[row])
      yield {
        ts: ts as bigint,
        end: end as bigint | null,
        depth: depth as number,
        name: nameOf(source, func),
        thread: tid === 0 ? `${comm} on CPU ${cpu}` : `${comm} ${tid}`,
        comm: String(comm),
        time: time as bigint,
      }
    }
  }
}
