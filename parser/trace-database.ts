/** SQL straight over a trace.dat: the same tables as after an import, decoded as a query asks. */
import type { Column } from './batch/column-batch.ts'
import {
  columnsByTable,
  eventRelation,
  eventsRelation,
  eventTables,
  type ObjectsOf,
} from './catalogue.ts'
import { eventTextRelation } from './event-text-relation.ts'
import { metaRelations } from './meta.ts'
import { type OpenOptions, openTrace } from './open.ts'
import { type DuckDB, type DuckDBOptions, openDuckDB } from './sink/duckdb/database.ts'
import { registerRelations } from './sink/duckdb/relations.ts'
import { syscallRecords } from './syscall-records.ts'
import type { Trace } from './trace.ts'

/** A trace that answers SQL. Closing the database leaves the trace open: close both. */
export interface TraceWithDatabase {
  readonly database: DuckDB
  readonly trace: Trace
  /** Columns of the event tables, by `system.event`. */
  readonly tables: ReadonlyMap<string, readonly Column[]>
}

/** Opens a trace.dat and an in-memory database over it, `objects` included; nothing is written. */
export async function openTraceDatabase(
  path: string,
  options: OpenOptions & DuckDBOptions & { readonly objects?: ObjectsOf } = {},
): Promise<TraceWithDatabase> {
  const trace = await openTrace(path, options)
  try {
    const tables = eventTables([trace])
    const syscalls = syscallRecords(tables)
    const relations = [
      ...tables.map((table) => eventRelation(table)),
      eventsRelation([trace], tables),
      eventTextRelation([trace], tables),
      ...(syscalls ? [syscalls] : []),
      ...metaRelations([trace]),
    ]
    const columns = columnsByTable(tables)
    if (syscalls) columns.set(`${syscalls.schema}.${syscalls.name}`, syscalls.columns)
    const database = await openDuckDB(':memory:', options)
    registerRelations(database, relations, options.objects?.(columns))
    return { database, trace, tables: columns }
  } catch (error) {
    trace.close()
    throw error
  }
}
