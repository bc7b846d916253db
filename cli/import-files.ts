/** Imports traces while keeping the user informed, and leaves nothing half done on a signal. */
import { statSync } from 'node:fs'
import { analysisObjects } from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import { type ImportOptions, type ImportSummary, importTraces } from '../parser/import.ts'
import { refuseExisting } from './destination.ts'
import { lossLine, printDiagnostics } from './diagnostics.ts'
import { endBySignal, onSignal, type SignalName } from './exit.ts'
import { ProgressLine } from './progress.ts'

/** What to import, and whether to talk about it. */
export interface ImportFilesOptions extends Omit<ImportOptions, 'onProgress'> {
  readonly quiet: boolean
}

/** Imports `files`; warnings and the summary go to stderr. Throws what `importTraces` throws. */
export async function importFiles(
  files: readonly string[],
  options: ImportFilesOptions,
): Promise<void> {
  refuseExisting(options.out, options.force === true)
  const line = new ProgressLine(options.quiet)
  const totalBytes = files.reduce((sum, file) => sum + fileBytes(file), 0)
  const start = performance.now()
  let caught: SignalName | undefined
  const release = onSignal((signal) => {
    if (caught) return false
    caught = signal
    return true
  })
  try {
    const summary = await importTraces(files, {
      ...options,
      objects: analysisObjects,
      onProgress({ events, totalEvents }) {
        if (caught) throw new TraceError('ERR_INTERRUPTED', 'the import was interrupted')
        line.update({
          bytes: (totalBytes * events) / Math.max(1, totalEvents),
          events,
          totalEvents,
        })
      },
    })
    line.done()
    report(summary, options.quiet, (performance.now() - start) / 1000)
  } catch (error) {
    line.done()
    if (caught && error instanceof TraceError && error.code === 'ERR_INTERRUPTED')
      endBySignal(caught)
    throw error
  } finally {
    release()
  }
}

function fileBytes(file: string): number {
  return file === '-' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
}

function report(
  { out, events, tables, diagnostics, failedObjects, lost }: ImportSummary,
  quiet: boolean,
  seconds: number,
): void {
  for (const loss of lost) process.stderr.write(`${lossLine(loss)}\n`)
  printDiagnostics(diagnostics)
  for (const { name, message } of failedObjects)
    process.stderr.write(`warning: ${name} could not be made: ${message}\n`)
  if (quiet) return
  process.stderr.write(`${out}: ${events} events in ${tables} tables, ${seconds.toFixed(1)} s\n`)
}
