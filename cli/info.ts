/** What `traceduck info` does: prints what a trace.dat says about itself; no event is read. */
import { openFileSource, spoolStdin } from '../parser/container/source.ts'
import { openContainer } from '../parser/container/trace-file.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { printDiagnostics } from './diagnostics.ts'
import type { OutputOptions } from './output.ts'

/** Options of the command. */
export interface InfoOptions extends OutputOptions {
  /** The same as `--format json`. */
  readonly json?: boolean
  /** Statistics of the buffers instead. */
  readonly stat?: boolean
  /** Damage that could be salvaged ends the command. */
  readonly strict?: boolean
}

/** Most bytes of a latency text that are looked at for its head. */
const LATENCY_HEAD_BYTES = 4096

/**
 * Prints a trace's metadata, or statistics of its buffers: text for people unless a format is asked for. JSON is one object; the
 * formats that hold rows get one row per property. `-` reads standard input.
 * Throws what `openContainer` throws, `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`.
 */
export async function printInfo(path: string, options: InfoOptions): Promise<void> {
  // Metadata is small: plain JavaScript unpacks it before a native library would have loaded.
  process.env.TRACEDUCK_ZSTD ||= 'js'
  const source = path === '-' ? await spoolStdin() : openFileSource(path)
  try {
    const diagnostics = new Diagnostics(options.strict)
    const file = openContainer(source, diagnostics)
    const print = options.stat ? printStatistics : printDescription
    await print(file, diagnostics, options)
    printDiagnostics(diagnostics.list())
  } finally {
    source.close()
  }
}

async function printDescription(
  file: TraceFile,
  diagnostics: Diagnostics,
  options: InfoOptions,
): Promise<void> {
  const { describe } = await import('../parser/container/describe.ts')
  const trace = { ...describe(file), diagnostics: diagnostics.list() }
  if (await printData(trace, options)) return
  const { infoText } = await import('./info-text.ts')
  const head = file.readLatencyText().subarray(0, LATENCY_HEAD_BYTES)
  await printText(infoText(trace, Buffer.from(head).toString('utf8')), options)
}

async function printStatistics(
  file: TraceFile,
  diagnostics: Diagnostics,
  options: InfoOptions,
): Promise<void> {
  const { statistics, statisticsText } = await import('../parser/container/statistics.ts')
  const trace = statistics(file, diagnostics)
  if (await printData({ ...trace, diagnostics: diagnostics.list() }, options)) return
  await printText(statisticsText(file, trace), options)
}

/** Prints facts in a format for programs; false when text is wanted. */
async function printData(facts: object, options: InfoOptions): Promise<boolean> {
  const format = await formatOf(options)
  if (format === 'csv' || format === 'tsv' || format === 'markdown') {
    await printRows(facts, { ...options, format })
  } else if (format === 'json') {
    await printText(`${JSON.stringify(facts, null, 2)}\n`, options)
  } else if (format === 'ndjson') {
    await printText(`${JSON.stringify(facts)}\n`, options)
  } else return false
  return true
}

/** The format asked for, by name or by the output file's extension; undefined is text. */
async function formatOf(options: InfoOptions): Promise<OutputOptions['format']> {
  if (options.json) return 'json'
  const { chooseFormat, outputFile } = await import('./output.ts')
  return outputFile(options) === undefined ? options.format : chooseFormat(options)
}

async function printText(text: string | Uint8Array, options: OutputOptions): Promise<void> {
  const { openDestination } = await import('./output.ts')
  const destination = openDestination(options)
  try {
    await destination.write(text)
    await destination.finish()
  } finally {
    destination.discard()
  }
}

async function printRows(facts: object, options: OutputOptions): Promise<void> {
  const [{ outputRows }, { infoRows }, { rowsInMemory }] = await Promise.all([
    import('./output.ts'),
    import('./info-text.ts'),
    import('../report/rows.ts'),
  ])
  await outputRows(rowsInMemory(['property', 'value'], infoRows(facts)), options)
}
