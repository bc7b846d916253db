/**
 * Recordings as text, line for line as `trace-cmd report` 3.4 prints them. Text is made a piece at a
 * time, so memory does not grow with the recording.
 */
import { recordFilterOf } from './report-filter.ts'
import type { ReportOptions } from './report-options.ts'
import { ReportRecords } from './report-records.ts'
import { hookLines } from './text/hooks.ts'
import { taskHead } from './text/line-head.ts'
import { DEFAULT_PLUGIN_OPTIONS } from './text/plugins/plugin.ts'
import { type HeadOf, type LineOptions, ReportLine } from './text/report-line.ts'
import { type FixedText } from './text/digits.ts'
import { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

/** Names by thread and time that are kept as bytes, at most. */
const MAX_HEADS = 1 << 16
const PID_LIMIT = 1 << 22

/** Makes the text of recordings, merged by time. */
export class Report {
  readonly #traces: readonly Trace[]
  readonly #records: ReportRecords[]
  readonly #header: string

  /**
   * `names` are the recordings' file names, shown in front of lines where there are several. Throws
   * `ERR_TRACE_LATENCY` for recordings without events, `ERR_FILTER_SYNTAX` for a filter.
   */
  constructor(traces: readonly Trace[], names: readonly string[], options: ReportOptions = {}) {
    this.#traces = traces
    const prefixes = prefixesOf(traces, names)
    this.#header = headerOf(traces, names)
    this.#records = traces.map((trace, i) => openRecords(trace, prefixes[i]!, options))
  }

  /**
   * Appends lines to `sink` until it holds about `most` bytes; false when there are no more. The
   * header comes first.
   */
  *pieces(most: number = 1 << 20): Generator<Uint8Array, void, undefined> {
    const sink = new TextSink(most + (1 << 16))
    sink.all(Buffer.from(this.#header, 'utf8'))
    for (let more = true; more; ) {
      more = this.#fill(most, sink)
      if (sink.length > 0) yield sink.bytes.subarray(0, sink.length)
      sink.clear()
    }
    this.#reportFindings()
  }

  #fill(most: number, sink: TextSink): boolean {
    while (sink.length < most) {
      const first = this.#first()
      if (first < 0) return false
      const records = this.#records[first]!
      const rival = this.#rivalOf(first)
      if (rival < 0) records.write(0xffffffff, 0xffffffff, true, most, sink)
      else {
        const { high, low } = this.#records[rival]!
        records.write(high, low, first < rival, most, sink)
      }
    }
    return true
  }

  /** The recording whose next record is earliest; the first of those that tie. */
  #first(): number {
    return this.#earliest(-1)
  }

  #rivalOf(first: number): number {
    return this.#records.length === 1 ? -1 : this.#earliest(first)
  }

  #earliest(except: number): number {
    let best = -1
    let bestHigh = 0
    let bestLow = 0
    for (let i = 0; i < this.#records.length; i++) {
      if (i === except) continue
      const { high, low } = this.#records[i]!
      if (high < 0) continue
      if (best < 0 || high < bestHigh || (high === bestHigh && low < bestLow)) {
        best = i
        bestHigh = high
        bestLow = low
      }
    }
    return best
  }

  /** What was lost or is unknown, once, where every command says it. */
  #reportFindings(): void {
    for (const [i, trace] of this.#traces.entries()) {
      const { diagnostics } = trace
      if (trace.isIndexed) continue
      for (const { source, cpu, lost, unknown } of this.#records[i]!.losses()) {
        const count = lost > 0 ? `at least ${lost}` : 'an unknown number of'
        const sample = `CPU ${cpu} lost ${count} events`
        diagnostics.report('LOST_EVENTS', 'data_loss', sample, {
          source,
          cpu,
          count: lost + unknown,
        })
      }
      for (const [id, count] of this.#records[i]!.unknownEvents)
        diagnostics.report(
          'ERR_EVENT_UNKNOWN',
          'error',
          `event id ${id} has no format in the file`,
          {
            count,
          },
        )
    }
  }
}

function openRecords(
  trace: Trace,
  prefixes: ReadonlyMap<number, string>,
  options: ReportOptions,
): ReportRecords {
  trace.requireEvents()
  const lineOptions: LineOptions = {
    raw: options.raw === true,
    plugins: options.plugins !== false,
    pluginOptions: { ...DEFAULT_PLUGIN_OPTIONS, ...options.pluginOptions },
    nanoseconds: options.nanoseconds === true,
    latency: options.latency === true,
    timeDifference: options.timeDifference === true,
  }
  const { diagnostics } = trace
  const outOfBounds = (): void =>
    diagnostics.report('ERR_FIELD_BOUNDS', 'error', 'a field lies outside its record')
  const headOf = options.names === 'event-time' ? eventTimeHeads(trace, lineOptions) : undefined
  const line = new ReportLine(trace, lineOptions, outOfBounds, headOf)
  const offset = trace.file.corrections.wallOffset ?? 0n
  const clocks = new Map(trace.sources.map(({ source, buffer }) => [source, buffer.clock]))
  return new ReportRecords(
    trace,
    line,
    (source, cpu) =>
      line.stream(
        cpu,
        clocks.get(source) ?? '',
        Buffer.from(prefixes.get(source) ?? '', 'utf8'),
        offset,
      ),
    options,
    recordFilterOf(trace, line, options),
    diagnostics,
  )
}

/** Names of threads at the time of a record, as the tables have them. */
function eventTimeHeads(trace: Trace, { latency }: LineOptions): HeadOf {
  const tasks = trace.tasks()
  const byCpu = new Map<number, Map<number, FixedText>>()
  return (pid, low, high, cpu) => {
    const name = tasks.idAt(pid, low, high)
    let heads = byCpu.get(cpu)
    if (!heads) {
      heads = new Map()
      byCpu.set(cpu, heads)
    }
    // Both fit: threads are numbered below 2^22, names are fewer than 2^31.
    const key = name * PID_LIMIT + pid
    const known = pid >= 0 && pid < PID_LIMIT ? heads.get(key) : undefined
    if (known) return known
    const { bytes, start } = tasks.names
    const head = taskHead(bytes.subarray(start[name]!, start[name + 1]!), pid, cpu, latency)
    if (heads.size >= MAX_HEADS) heads.clear()
    heads.set(key, head)
    return head
  }
}

/** What stands in front of the lines of each buffer, by file. */
function prefixesOf(
  traces: readonly Trace[],
  names: readonly string[],
): ReadonlyMap<number, string>[] {
  const several = traces.length > 1
  if (!several && traces[0]!.sources.length === 1) return [new Map()]
  const shown = traces.flatMap(({ sources }, i) => [
    ...(several ? [names[i]!] : []),
    ...sources.flatMap(({ buffer }) => (buffer.name === '' ? [] : [buffer.name])),
  ])
  const width = Math.max(...shown.map((name) => Buffer.byteLength(name)))
  return traces.map(
    ({ sources }, i) =>
      new Map(
        sources.map(({ source, buffer }) => {
          const name = buffer.name === '' && several ? names[i]! : buffer.name
          return [source, padName(name, width)]
        }),
      ),
  )
}

function padName(name: string, width: number): string {
  const blanks = ' '.repeat(width - Buffer.byteLength(name))
  return name === '' ? `${blanks}  ` : `${blanks}${name}: `
}

function headerOf(traces: readonly Trace[], names: readonly string[]): string {
  const width = Math.max(...names.map((name) => Buffer.byteLength(name)))
  return traces
    .map(({ file }, i) => {
      const prefix = traces.length > 1 ? padName(names[i]!, width) : ''
      return `${hookLines(file.options)}${prefix}cpus=${file.cpuCount}\n`
    })
    .join('')
}
