/** Opens a recording for its lines. */
import type { Diagnostics } from './diagnostics.ts'
import { TraceError } from './error.ts'
import { recordFilterOf } from './report-filter.ts'
import type { ReportOptions } from './report-options.ts'
import { ReportRecords } from './report-records.ts'
import type { FixedText } from './text/digits.ts'
import { posixRegex } from './text/filter/syntax.ts'
import { hookLines } from './text/hooks.ts'
import { taskHead } from './text/line-head.ts'
import { showsSeconds } from './text/line-time.ts'
import { DEFAULT_PLUGIN_OPTIONS } from './text/plugins/plugin.ts'
import { type HeadOf, type LineOptions, ReportLine } from './text/report-line.ts'
import type { Trace } from './trace.ts'

/** Names by thread and time that are kept as bytes, at most. */
const MAX_HEADS = 1 << 16
const PID_LIMIT = 1 << 22

/** What makes the lines of a recording. */
export interface OpenedRecords {
  readonly line: ReportLine
  readonly records: ReportRecords
}

/** Who opens it: told what is found on the way. */
export interface OpenedFor {
  /** Damage. */
  readonly diagnostics: Diagnostics
  /** A field lies outside its record. */
  readonly outOfBounds: () => void
  /** The streams will be moved about. */
  readonly isMoved: boolean
}

/** Opens a recording. Throws `ERR_TRACE_LATENCY` where it has no events, `ERR_FILTER_SYNTAX`. */
export function openRecords(
  trace: Trace,
  prefixes: ReadonlyMap<number, string>,
  options: ReportOptions,
  { diagnostics, outOfBounds, isMoved }: OpenedFor,
): OpenedRecords {
  trace.requireEvents()
  const lineOptions: LineOptions = {
    raw: options.raw === true,
    plugins: options.plugins !== false,
    rawEvents: options.rawEvents?.map((name) => wholeName(name, '-r')),
    pluginless: options.pluginless?.map((name) => wholeName(name, '-n')),
    pluginOptions: { ...DEFAULT_PLUGIN_OPTIONS, ...options.pluginOptions },
    nanoseconds: options.nanoseconds === true,
    latency: options.latency === true,
    timeDifference: options.timeDifference === true,
  }
  const headOf = options.names === 'event-time' ? eventTimeHeads(trace, lineOptions) : undefined
  const line = new ReportLine(trace, lineOptions, outOfBounds, headOf)
  const { wallOffset = 0n, isSeconds } = trace.file.corrections
  const offset = wallOffset - (options.alignTo ?? 0n)
  const clocks = new Map(trace.sources.map(({ source, buffer }) => [source, buffer.clock]))
  const records = new ReportRecords(
    trace,
    line,
    (source, cpu) =>
      line.stream(
        cpu,
        isSeconds ?? showsSeconds(clocks.get(source) ?? ''),
        Buffer.from(prefixes.get(source) ?? '', 'utf8'),
        offset,
      ),
    options,
    recordFilterOf(trace, line, options),
    isMoved,
    diagnostics,
  )
  return { line, records }
}

function wholeName(pattern: string, option: string): RegExp {
  const regex = posixRegex(`^${pattern}$`)
  if (!regex)
    throw new TraceError('ERR_USAGE', `${option} ${pattern}: no regular expression`, {
      hint: `name events or systems, for example ${option} 'sched_.*'`,
    })
  return regex
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
export function prefixesOf(
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

/** The lines before all events. */
export function headerOf(traces: readonly Trace[], names: readonly string[]): string {
  const width = Math.max(...names.map((name) => Buffer.byteLength(name)))
  return traces
    .map(({ file }, i) => {
      const prefix = traces.length > 1 ? padName(names[i]!, width) : ''
      return `${hookLines(file.options)}${prefix}cpus=${file.cpuCount}\n`
    })
    .join('')
}

/** Counts fields that lie outside their records. */
export function tellOutOfBounds(diagnostics: Diagnostics, count: number): void {
  diagnostics.report('ERR_FIELD_BOUNDS', 'error', 'a field lies outside its record', { count })
}
