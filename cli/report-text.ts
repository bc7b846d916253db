/** Prints recordings as text; see `commands/report.ts` for the options. */
import { basename } from 'node:path'
import { statistics, statisticsText } from '../parser/container/statistics.ts'
import { TraceError } from '../parser/error.ts'
import {
  firstTime,
  openTrace,
  type ReportOptions,
  reportJson,
  reportText,
  type Trace,
} from '../parser/index.ts'
import { type CpuListOptions, cpuList } from '../parser/report-cpus.ts'
import { headerOf } from '../parser/report-open.ts'
import { hookLines } from '../parser/text/hooks.ts'
import { stepsBack } from '../parser/time-check.ts'
import { type Destination, fileDestination, stdoutDestination } from './destination.ts'
import { printDiagnostics } from './diagnostics.ts'
import type { ReportInput } from './report-inputs.ts'
import { say } from './safe-text.ts'

/** A check that was asked for did not hold. */
const EXIT_CHECK = 1

/** Where a report goes. */
export interface ReportOutput {
  readonly output?: string
  readonly force: boolean
  readonly quiet?: boolean
}

/** What is done with times of all files. */
export interface TimeTasks {
  /** Shown times begin with 0. */
  readonly align: boolean
  /** Times that go back are told, and make the exit status 1. */
  readonly check: boolean
}

/** Prints the events of files, merged by time. */
export async function printReport(
  inputs: readonly ReportInput[],
  options: ReportOptions,
  format: 'text' | 'json' | 'ndjson',
  { align, check }: TimeTasks,
  output: ReportOutput,
): Promise<void> {
  await withTraces(inputs, async (traces) => {
    const names = inputs.map(({ file }) => basename(file))
    const events = traces.filter(({ file }) => !file.latencyText)
    if (check) checkTimes(events, names)
    const shown = align ? { ...options, alignTo: firstTime(events) } : options
    const pieces =
      format === 'text'
        ? (latencyText(traces, names) ?? reportText(traces, names, shown))
        : reportJson(traces, jsonOptions(options), format === 'json')
    await write(output, pieces)
    if (output.quiet !== true) reportLosses(traces)
    printDiagnostics(traces.flatMap(({ diagnostics }) => diagnostics.list()))
  })
}

/** The text that a latency tracer's recording is; undefined for others. Throws `ERR_USAGE`. */
function latencyText(
  traces: readonly Trace[],
  names: readonly string[],
): (string | Uint8Array)[] | undefined {
  const text = traces.find(({ file }) => file.latencyText)
  if (!text) return undefined
  if (traces.length > 1)
    throw new TraceError(
      'ERR_USAGE',
      `${text.file.source.name} is a latency trace: text, which cannot be merged`,
      { hint: 'report on it alone' },
    )
  return [headerOf(traces, names), text.file.readLatencyText(), '\n']
}

/** JSON has its own order and names; what it cannot leave out is refused. Throws `ERR_USAGE`. */
function jsonOptions(options: ReportOptions): ReportOptions {
  const { filters, noHardIrqs, noSoftIrqs, rawEvents, pluginless } = options
  if (filters?.length || noHardIrqs || noSoftIrqs || rawEvents || pluginless)
    throw new TraceError('ERR_USAGE', '-F, -I, -S, -r and -n are for text', {
      hint: 'use -e, --cpu, --from and --to, or ask with traceduck sql',
    })
  return options
}

/** Prints the event formats that files hold. */
export async function printFormats(
  inputs: readonly ReportInput[],
  output: ReportOutput,
): Promise<void> {
  await withTraces(inputs, async (traces) => {
    const texts = traces.flatMap(({ file }) =>
      file.formats.map(({ text }) => `${text.trimEnd()}\n\n`),
    )
    await write(output, texts)
  })
}

/** Prints what the kernel counted and where the data is; JSON has an object for each file. */
export async function printStatistics(
  inputs: readonly ReportInput[],
  format: 'text' | 'json' | 'ndjson',
  output: ReportOutput,
): Promise<void> {
  await withTraces(inputs, async (traces) => {
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

/** Prints which CPUs have events, and the times of their first and last ones. */
export async function printCpus(
  inputs: readonly ReportInput[],
  options: CpuListOptions,
  output: ReportOutput,
): Promise<void> {
  await withTraces(inputs, async (traces) => {
    await write(
      output,
      traces.map((trace, i) => cpuList(trace, inputs[i]!.file, options)),
    )
    printDiagnostics(traces.flatMap(({ diagnostics }) => diagnostics.list()))
  })
}

/** Tells of times that go back on a CPU. */
function checkTimes(traces: readonly Trace[], names: readonly string[]): void {
  for (const [i, trace] of traces.entries())
    for (const { buffer, cpu, count, before, after } of stepsBack(trace)) {
      const of = buffer === '' ? '' : `, buffer ${buffer}`
      say(
        `warning: ${names[i]}${of}: times of CPU ${cpu} go back ${count} times, ` +
          `first from ${before} to ${after}\n`,
      )
      process.exitCode = EXIT_CHECK
    }
}

async function withTraces(
  inputs: readonly ReportInput[],
  use: (traces: readonly Trace[]) => Promise<void>,
): Promise<void> {
  const traces: Trace[] = []
  try {
    for (const { file, times } of inputs)
      traces.push(
        await openTrace(file, { firstSource: sourcesOf(traces), startsThread: false, times }),
      )
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
