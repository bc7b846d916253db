/** Prints recordings as text; see `commands/report.ts` for the options. */
import { basename } from 'node:path'
import { statistics, statisticsText } from '../parser/container/statistics.ts'
import { TraceError } from '../parser/error.ts'
import {
  openTrace,
  type ReportOptions,
  reportJson,
  reportText,
  type Trace,
} from '../parser/index.ts'
import { hookLines } from '../parser/text/hooks.ts'
import { type Destination, fileDestination, stdoutDestination } from './destination.ts'
import { printDiagnostics } from './diagnostics.ts'
import { say } from './safe-text.ts'

/** Where a report goes. */
export interface ReportOutput {
  readonly output?: string
  readonly force: boolean
  readonly quiet?: boolean
}

/** Prints the events of files, merged by time. */
export async function printReport(
  files: readonly string[],
  options: ReportOptions,
  format: 'text' | 'json' | 'ndjson',
  output: ReportOutput,
): Promise<void> {
  await withTraces(files, async (traces) => {
    const names = files.map((file) => basename(file))
    const pieces =
      format === 'text'
        ? reportText(traces, names, options)
        : reportJson(traces, jsonOptions(options), format === 'json')
    await write(output, pieces)
    if (output.quiet !== true) reportLosses(traces)
    printDiagnostics(traces.flatMap(({ diagnostics }) => diagnostics.list()))
  })
}

/** JSON has its own order and names; what it cannot leave out is refused. Throws `ERR_USAGE`. */
function jsonOptions(options: ReportOptions): ReportOptions {
  if (options.filters?.length || options.noHardIrqs || options.noSoftIrqs)
    throw new TraceError('ERR_USAGE', '-F, -I and -S are for text', {
      hint: 'use -e, --cpu, --from and --to, or ask with traceduck sql',
    })
  return options
}

/** Prints the event formats that files hold. */
export async function printFormats(files: readonly string[], output: ReportOutput): Promise<void> {
  await withTraces(files, async (traces) => {
    const texts = traces.flatMap(({ file }) =>
      file.formats.map(({ text }) => `${text.trimEnd()}\n\n`),
    )
    await write(output, texts)
  })
}

/** Prints what the kernel counted and where the data is; JSON has an object for each file. */
export async function printStatistics(
  files: readonly string[],
  format: 'text' | 'json' | 'ndjson',
  output: ReportOutput,
): Promise<void> {
  await withTraces(files, async (traces) => {
    const found = traces.map(({ file, diagnostics }) => statistics(file, diagnostics))
    const pieces =
      format === 'json'
        ? [`${JSON.stringify(found, null, 2)}\n`]
        : traces.flatMap(({ file }, i) =>
            format === 'ndjson'
              ? [`${JSON.stringify(found[i])}\n`]
              : [hookLines(file.options), statisticsText(file, found[i]!)],
          )
    await write(output, pieces)
    printDiagnostics(traces.flatMap(({ diagnostics }) => diagnostics.list()))
  })
}

async function withTraces(
  files: readonly string[],
  use: (traces: readonly Trace[]) => Promise<void>,
): Promise<void> {
  const traces: Trace[] = []
  try {
    for (const file of files)
      traces.push(await openTrace(file, { firstSource: sourcesOf(traces), startsThread: false }))
    await use(traces)
  } finally {
    for (const trace of traces) trace.close()
  }
}

function sourcesOf(traces: readonly Trace[]): number {
  return traces.reduce((sum, { sources }) => sum + sources.length, 0)
}

async function write(
  { output, force }: ReportOutput,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const destination: Destination =
    output === undefined || output === '-' ? stdoutDestination() : fileDestination(output, force)
  try {
    for await (const piece of pieces) await destination.write(piece)
    await destination.finish()
  } finally {
    destination.discard()
  }
}

/** A line on stderr for each CPU of which events were lost. */
function reportLosses(traces: readonly Trace[]): void {
  for (const { diagnostics } of traces)
    for (const { code, sample } of diagnostics.list())
      if (code === 'LOST_EVENTS') say(`warning: ${sample}\n`)
}
