/**
 * traceduck as a library: the parser, and what stands on it. DuckDB is loaded when a function needs it.
 *
 * ```ts
 * const database = await openDatabase('trace.dat')
 * console.log(await database.all('select event, count(*) as n from events group by all'))
 * await database.close()
 * ```
 */
import type { ExportSummary } from '../parser/export.ts'
import type { ImportOptions, ImportSummary } from '../parser/import.ts'
import type { RecordingDatabase, ReportParams, ReportResult } from './database.ts'
import type { ExportTraceOptions } from './export-folder.ts'

/**
 * Opens a trace.dat, a `.duckdb` that an import made, or a folder that an export made, to be asked in
 * SQL; nothing is written. Fails with `ERR_TRACE_OPEN` and what opening the trace fails with.
 */
export async function openDatabase(path: string): Promise<RecordingDatabase> {
  return (await import('./database.ts')).openDatabase(path)
}

/** Runs a report on a file, or on a database that is open. Fails as `RecordingDatabase.run` does. */
export async function runReport(
  on: string | RecordingDatabase,
  name: string,
  params: ReportParams = {},
): Promise<ReportResult> {
  if (typeof on !== 'string') return on.run(name, params)
  const database = await openDatabase(on)
  try {
    return await database.run(name, params)
  } finally {
    await database.close()
  }
}

/**
 * Imports traces into one DuckDB file, `options.out`, which appears when it is complete. Fails with
 * `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE` and what opening the traces fails with.
 */
export async function importTrace(
  paths: string | readonly string[],
  options: Omit<ImportOptions, 'objects'>,
): Promise<ImportSummary> {
  const [{ importTraces }, { analysisObjects }] = await Promise.all([
    import('../parser/import.ts'),
    import('../analysis/index.ts'),
  ])
  return importTraces(listed(paths), { ...options, objects: analysisObjects })
}

/**
 * Exports traces into a folder: a file or more for each table, those of several traces below
 * `host=…/trace=…/`. Fails with `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE` and what opening the traces
 * fails with.
 */
export async function exportTrace(
  paths: string | readonly string[],
  options: ExportTraceOptions,
): Promise<ExportSummary> {
  return (await import('./export-folder.ts')).exportFolder(listed(paths), options)
}

function listed(paths: string | readonly string[]): readonly string[] {
  return typeof paths === 'string' ? [paths] : paths
}

export type { CatalogueColumn } from '../analysis/relations.ts'
export type { ExportSummary } from '../parser/export.ts'
export type { ImportOptions, ImportSummary } from '../parser/import.ts'
export * from '../parser/index.ts'
export type { CpuLoss, LoadProgress } from '../parser/load-tables.ts'
export type { QueryParam, QueryParams } from '../parser/sink/duckdb/database.ts'
export type {
  RecordingDatabase,
  ReportParams,
  ReportResult,
  ReportSummary,
} from './database.ts'
export type { ExportFormat, ExportTraceOptions } from './export-folder.ts'
export type { ResultColumn, Row } from './plain-rows.ts'
