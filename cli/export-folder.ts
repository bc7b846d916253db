/** Writes a recording as a folder of Parquet files, which appears when it is complete. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { TraceError } from '../parser/error.ts'
import { exportParquet, manifestPath } from '../parser/parquet.ts'
import { onAbort } from './exit.ts'
import { openStored } from './open-database.ts'

/** How to export. */
export interface ExportFolderOptions {
  /** Replace a folder that an export made. */
  readonly force: boolean
  readonly quiet: boolean
}

/**
 * Writes the tables of a trace.dat or `.duckdb` into a new folder. Throws `ERR_OUTPUT_EXISTS`,
 * `ERR_SINK_WRITE` and what opening the file throws.
 */
export async function exportFolder(
  file: string,
  output: string,
  { force, quiet }: ExportFolderOptions,
): Promise<void> {
  const target = resolve(output)
  refuseOther(target, output, force)
  const part = join(dirname(target), `.${basename(target)}.${process.pid}.part`)
  const discard = (): void => rmSync(part, { recursive: true, force: true })
  const release = onAbort(discard)
  try {
    makeFolder(part, output)
    const opened = await openStored(file, part)
    try {
      const { catalogue, isEmpty } = await opened.recording()
      const { reportFindings } = await import('./findings.ts')
      if (isEmpty) process.stderr.write('no events recorded: the recording is empty\n')
      await reportFindings(opened.database)
      await exportParquet(opened.database, catalogue.tables, join(part, 'tables'))
      if (!quiet) process.stderr.write(`${output}: ${catalogue.tables.size} event tables\n`)
    } finally {
      await opened.close()
    }
    moveInto(target, join(part, 'tables'), part, output)
  } finally {
    release()
    discard()
  }
}

function refuseOther(target: string, output: string, force: boolean): void {
  if (!existsSync(target)) return
  if (force && existsSync(manifestPath(target))) return
  throw new TraceError('ERR_OUTPUT_EXISTS', `${output} exists`, {
    hint: force
      ? 'it was not made by export: remove it yourself, or name another folder with -o'
      : 'name another folder with -o, or replace it with --force',
  })
}

function makeFolder(path: string, output: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    throw writeError(output, error)
  }
}

/** What was there goes only when the new folder can take its place. */
function moveInto(target: string, made: string, part: string, output: string): void {
  try {
    if (existsSync(target)) renameSync(target, join(part, 'old'))
    renameSync(made, target)
  } catch (error) {
    throw writeError(output, error)
  }
}

function writeError(output: string, error: unknown): TraceError {
  return new TraceError('ERR_SINK_WRITE', `cannot write ${output}: ${(error as Error).message}`, {
    hint: 'check that the folder around it exists, is writable and has space',
    cause: error,
  })
}
