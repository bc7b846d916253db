/** Imports traces while keeping the user informed, and leaves nothing half done on a signal. */
import { analysisObjects } from '../analysis/index.ts'
import { type ImportOptions, type ImportSummary, importTraces } from '../parser/import.ts'
import { refuseExisting } from '../parser/part-file.ts'
import { whileDecoding } from './decoding.ts'
import { lossLine, printDiagnostics } from './diagnostics.ts'
import { say } from './safe-text.ts'

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
  const start = performance.now()
  const summary = await whileDecoding(files, options.quiet, (onProgress) =>
    importTraces(files, { ...options, objects: analysisObjects, onProgress }),
  )
  report(summary, options.quiet, (performance.now() - start) / 1000)
}

function report(
  { out, events, tables, diagnostics, failedObjects, lost }: ImportSummary,
  quiet: boolean,
  seconds: number,
): void {
  for (const loss of lost) say(`${lossLine(loss)}\n`)
  printDiagnostics(diagnostics)
  for (const { name, message } of failedObjects)
    say(`warning: ${name} could not be made: ${message}\n`)
  if (quiet) return
  say(`${out}: ${events} events in ${tables} tables, ${seconds.toFixed(1)} s\n`)
}
