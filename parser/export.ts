/** Exports recordings: all their tables into a folder, straight from a trace.dat or from a database. */
import { join } from 'node:path'
import type { Column, Relation, TableSink } from './batch/column-batch.ts'
import { rowRelation } from './batch/row-relation.ts'
import { type EventTable, eventTables } from './catalogue.ts'
import type { Diagnostic } from './diagnostics.ts'
import { openTrace } from './index.ts'
import { type CpuLoss, type LoadProgress, loadTables, lossesOf } from './load-tables.ts'
import { metaRelations } from './meta.ts'
import type { EventFilter } from './read.ts'
import { quoteText } from './sink/duckdb/binding.ts'
import type { StoredTable } from './sink/duckdb/copy-tables.ts'
import { MANIFEST, traceFolder } from './sink/duckdb/hive-folder.ts'
import { type Labels, labelsOfTraces } from './source-labels.ts'
import type { Trace } from './trace.ts'

/** Opens a sink for a folder that it makes; `labels` are for the files' schemas. */
export type OpenSink = (folder: string, labels: Labels) => Promise<TableSink>

/** What to export and how. */
export interface ExportOptions extends EventFilter {
  /** Damage that could be salvaged fails the export (default false). */
  readonly strict?: boolean | undefined
  /** Called after every batch. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** What an export did. */
export interface ExportSummary {
  readonly events: number
  readonly tables: number
  /** Trouble met in any of the files. */
  readonly diagnostics: readonly Diagnostic[]
  readonly lost: readonly CpuLoss[]
}

/**
 * Writes all tables of traces into `folder`, which does not exist yet; those of several each below
 * `host=…/trace=…/`, their buffers numbered as sources from 0 in the order given.
 */
export async function exportTraces(
  paths: readonly string[],
  folder: string,
  openSink: OpenSink,
  options: ExportOptions = {},
): Promise<ExportSummary> {
  const traces: Trace[] = []
  try {
    for (const path of paths) {
      const firstSource = traces.reduce((sum, trace) => sum + trace.sources.length, 0)
      traces.push(await openTrace(path, { strict: options.strict, firstSource }))
    }
    // Names first: they and the index come from one pass.
    for (const trace of traces) trace.tasks()
    const tables = eventTables(traces, options)
    const folders = traceFolders(traces)
    const totalEvents = traces.reduce(
      (sum, trace) => sum + trace.index().cpus.reduce((n, cpu) => n + cpu.events, 0),
      0,
    )
    let events = 0
    const onProgress = (progress: LoadProgress): void =>
      options.onProgress?.({ events: events + progress.events, totalEvents })
    for (const [i, trace] of traces.entries()) {
      const own = tables.filter(({ parts }) => parts.some((part) => part.trace === trace))
      const target = traces.length === 1 ? folder : join(folder, folders[i]!)
      const sink = await openSink(target, labelsOfTraces([trace]))
      try {
        events += await loadTables([trace], own, sink, { ...options, onProgress })
        await sink.insertRelation(manifestOf(own))
        await sink.close()
      } catch (error) {
        await sink.abort()
        throw error
      }
    }
    return {
      events,
      tables: tables.length,
      diagnostics: traces.flatMap((trace) => trace.diagnostics.list()),
      lost: lossesOf(traces),
    }
  } finally {
    for (const trace of traces) trace.close()
  }
}

/** A folder for each trace: by its host, and by its file's name, numbered where that repeats. */
function traceFolders(traces: readonly Trace[]): string[] {
  const taken = new Set<string>()
  return traces.map(({ file }) => {
    const host = file.uname.split(' ')[1] ?? ''
    const name = file.source.name.replace(/^.*[/\\]/, '').replace(/\.dat$/i, '')
    for (let n = 1; ; n++) {
      const folder = traceFolder(host, n === 1 ? name : `${name}-${n}`)
      if (taken.size < taken.add(folder.toLowerCase()).size) return folder
    }
  })
}

const MANIFEST_COLUMNS: readonly Column[] = [
  { name: 'table_schema', type: 'VARCHAR' },
  { name: 'table_name', type: 'VARCHAR' },
  { name: 'position', type: 'USMALLINT' },
  { name: 'column_name', type: 'VARCHAR' },
  { name: 'column_type', type: 'VARCHAR' },
]

function manifestOf(tables: readonly EventTable[]): Relation {
  const rows = manifestRows(tables.map(({ layout }) => layout.table))
  return rowRelation('meta', MANIFEST, MANIFEST_COLUMNS, () => rows, rows.length)
}

type ManifestRow = readonly [string, string, number, string, string]

function manifestRows(tables: readonly StoredTable[]): ManifestRow[] {
  const key = ({ schema, name }: StoredTable): string => `${schema}\0${name}`
  return [...tables]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .flatMap(({ schema, name, columns }) =>
      columns.map((column, i): ManifestRow => [schema, name, i, column.name, column.type]),
    )
}

/** The tables that an export of a database has, by the columns of its event tables. */
export function storedTables(tables: ReadonlyMap<string, StoredTable['columns']>): {
  readonly events: readonly StoredTable[]
  readonly meta: readonly StoredTable[]
} {
  const events = [...tables].flatMap(([full, columns]) => {
    const dot = full.indexOf('.')
    const schema = full.slice(0, dot)
    // Relations over several events stand in `main` where a trace.dat answers itself.
    return schema === 'main' ? [] : [{ schema, name: full.slice(dot + 1), columns }]
  })
  return { events, meta: [...metaRelations([]), manifestTable(events)] }
}

/** The table that lists the tables of a folder, and their columns. */
export function manifestTable(tables: readonly StoredTable[]): StoredTable {
  const rows = manifestRows(tables).map(
    ([schema, name, position, column, type]) =>
      `(${[schema, name].map(quoteText).join(', ')}, ${position}::usmallint, ${[column, type].map(quoteText).join(', ')})`,
  )
  const names = MANIFEST_COLUMNS.map(({ name }) => name).join(', ')
  const values = `(values ${rows.join(', ') || "('', '', 0::usmallint, '', '')"}) as t(${names})`
  return {
    schema: 'meta',
    name: MANIFEST,
    columns: MANIFEST_COLUMNS,
    rows: rows.length > 0 ? values : `(from ${values} where false)`,
  }
}
