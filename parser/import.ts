/** Imports traces into one DuckDB database file: all of it or nothing. */
import { statSync } from 'node:fs'
import type { Relation, TableSchema } from './batch/column-batch.ts'
import { EVENTS_TABLE } from './batch/event-table.ts'
import { rowRelation } from './batch/row-relation.ts'
import { columnsByTable, eventTables, type ObjectsOf } from './catalogue.ts'
import type { Diagnostic } from './diagnostics.ts'
import { type FailedObject, makeObjects } from './import-objects.ts'
import { type CpuLoss, type LoadProgress, loadTables, lossesOf } from './load-tables.ts'
import { SCHEMA_VERSION } from './meta.ts'
import { openTrace } from './open.ts'
import type { EventFilter } from './read.ts'
import { quoteName, quoteText } from './sink/duckdb/binding.ts'
import { createDuckDBSink } from './sink/duckdb/import-sink.ts'
import type { LazyObject } from './sink/duckdb/relations.ts'
import type { Trace } from './trace.ts'

/** What to import and how. */
export interface ImportOptions extends EventFilter {
  /** Database file to make; it appears when it is complete. */
  readonly out: string
  /** Damage that could be salvaged fails the import (default false). */
  readonly strict?: boolean | undefined
  /** Replace an existing file (default false: ERR_OUTPUT_EXISTS). */
  readonly force?: boolean | undefined
  /** Bytes of memory for DuckDB. */
  readonly memory?: number | undefined
  /** Macros and views to make over the tables, in an order in which they can be made. */
  readonly objects?: ObjectsOf | undefined
  /** Called after every batch. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** What an import did. */
export interface ImportSummary {
  readonly out: string
  readonly events: number
  readonly tables: number
  /** Trouble met in any of the files. */
  readonly diagnostics: readonly Diagnostic[]
  /** Macros and views that could not be made, and why. */
  readonly failedObjects: readonly FailedObject[]
  /** Known lost events and gaps of unknown length, by source and CPU. */
  readonly lost: readonly CpuLoss[]
}

/** Imports `paths`, in that order, numbering their buffers as sources from 0. */
export async function importTraces(
  paths: readonly string[],
  options: ImportOptions,
): Promise<ImportSummary> {
  const traces: Trace[] = []
  try {
    for (const path of paths) {
      const firstSource = traces.reduce((sum, trace) => sum + trace.sources.length, 0)
      traces.push(await openTrace(path, { strict: options.strict, firstSource }))
    }
    return await importOpened(traces, paths, options)
  } finally {
    for (const trace of traces) trace.close()
  }
}

async function importOpened(
  traces: readonly Trace[],
  paths: readonly string[],
  options: ImportOptions,
): Promise<ImportSummary> {
  // Names first: they and the index come from one pass.
  for (const trace of traces) trace.tasks()
  const tables = eventTables(traces, options)
  let count = 0
  let failedObjects: readonly FailedObject[] = []
  const { force, memory } = options
  const sink = await createDuckDBSink(options.out, { force, memory, tables: tables.length })
  try {
    count = await loadTables(traces, tables, sink, options)
    await sink.insertRelation(filesRelation(paths, options))
    const events: LazyObject = {
      ...EVENTS_TABLE,
      create: () => eventsView(tables.map(({ layout }) => layout.table)),
    }
    const objects = options.objects?.(columnsByTable(tables)) ?? []
    failedObjects = await makeObjects(sink, [events, ...objects])
    await sink.close()
  } catch (error) {
    await sink.abort()
    throw error
  }
  return {
    out: options.out,
    events: count,
    tables: tables.length,
    diagnostics: traces.flatMap((trace) => trace.diagnostics.list()),
    failedObjects,
    lost: lossesOf(traces),
  }
}

/** What tells whether a database still stands for its files. */
function filesRelation(
  paths: readonly string[],
  { events, cpus, from, to }: ImportOptions,
): Relation {
  const whole = events === undefined && cpus === undefined && from === undefined && to === undefined
  return rowRelation(
    'meta',
    'files',
    [
      { name: 'file', type: 'VARCHAR' },
      { name: 'size', type: 'BIGINT' },
      { name: 'mtime_ns', type: 'BIGINT' },
      { name: 'schema_version', type: 'INTEGER' },
      { name: 'whole', type: 'BOOLEAN' },
    ],
    () =>
      paths.map((path) => {
        const stat = path === '-' ? undefined : statSync(path, { bigint: true })
        return [path, stat?.size, stat?.mtimeNs, SCHEMA_VERSION, whole]
      }),
    paths.length,
  )
}

/** The view `events` over all event tables, names shortened. */
export function eventsView(tables: readonly Pick<TableSchema, 'schema' | 'name'>[]): string {
  const selects = tables.map(({ schema, name }) => {
    const from = `${quoteName(schema)}.${quoteName(name)}`
    return `select ts, common_cpu as cpu, common_pid as pid, common_comm as comm, ${quoteText(schema)} as system, ${quoteText(name)} as event, common_source as source, common_flags as flags, common_preempt_count as preempt_count from ${from}`
  })
  const none = `select null::bigint as ts, null::usmallint as cpu, null::integer as pid, null::varchar as comm, null::varchar as system, null::varchar as event, null::usmallint as source, null::utinyint as flags, null::utinyint as preempt_count where false`
  return `create or replace view events as ${selects.length > 0 ? selects.join(' union all ') : none}`
}
