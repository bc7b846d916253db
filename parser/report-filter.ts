/** Which records a report shows: by event names, by trace-cmd's filters, by interrupt context. */
import type { EventFormat } from './event/types.ts'
import { createEventTest } from './read.ts'
import type { ReportOptions } from './report-options.ts'
import { HIDE, NO_OPINION, type RecordFilter, SHOW } from './report-records.ts'
import { compileFilter, type FilterContext, type FilteredRecord } from './text/filter/evaluate.ts'
import { filterError, type ParsedFilter, parseFilter } from './text/filter/syntax.ts'
import type { ReportLine } from './text/report-line.ts'
import type { Trace } from './trace.ts'

const IDS = 0x10000
const HARDIRQ = 0x08
const SOFTIRQ = 0x10

type Test = (record: FilteredRecord) => boolean

/** The filter that options ask for, undefined when all records are shown. Throws `ERR_USAGE`. */
export function recordFilterOf(
  trace: Trace,
  line: ReportLine,
  options: ReportOptions,
): RecordFilter | undefined {
  const { events, filters = [] } = options
  const irqMask = (options.noHardIrqs ? HARDIRQ : 0) | (options.noSoftIrqs ? SOFTIRQ : 0)
  const wanted = filters.filter(({ negate }) => !negate).map(({ text }) => text)
  const unwanted = filters.filter(({ negate }) => negate).map(({ text }) => text)
  if (!events && filters.length === 0 && irqMask === 0) return undefined
  const record: FilteredRecord = {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    at: 0,
    size: 0,
    cpu: 0,
    high: 0,
    low: 0,
  }
  const named = events ? namedEvents(trace, events) : undefined
  const shown = testsOf(trace, line, wanted)
  const hidden = testsOf(trace, line, unwanted)
  const flagsOffset =
    trace.formats[0]?.common.find(({ name }) => name === 'common_flags')?.offset ?? 2
  return (id, high, low, cpu, bytes, view, at, size) => {
    if (irqMask !== 0 && flagsOffset < size && (bytes[at + flagsOffset]! & irqMask) !== 0)
      return HIDE
    record.bytes = bytes
    record.view = view
    record.at = at
    record.size = size
    record.cpu = cpu
    record.high = high
    record.low = low
    if (hidden[id]?.some((test) => test(record))) return HIDE
    if (named && named[id] !== SHOW) return NO_OPINION
    if (wanted.length === 0) return SHOW
    const tests = shown[id]
    if (!tests) return NO_OPINION
    return tests.some((test) => test(record)) ? SHOW : HIDE
  }
}

function namedEvents(trace: Trace, patterns: readonly string[]): Int8Array {
  const matches = createEventTest(patterns)
  const named = new Int8Array(IDS).fill(NO_OPINION)
  for (const format of trace.formats) if (matches(format)) named[format.id] = SHOW
  return named
}

/** Tests by event id. */
function testsOf(
  trace: Trace,
  line: ReportLine,
  filters: readonly string[],
): (Test[] | undefined)[] {
  const tests: (Test[] | undefined)[] = new Array(filters.length > 0 ? IDS : 0)
  for (const filter of filters) {
    const parsed = parseFilter(filter)
    const context: FilterContext = {
      littleEndian: trace.file.littleEndian,
      names: line.texts.names,
      comm: ({ view, at, size }) => line.commOf(view, at, size),
      filter,
    }
    const formats = trace.formats.filter((format) => matchesEvent(parsed, format))
    if (formats.length === 0) throw filterError(filter, 'no event of the recording is called so')
    for (const format of formats)
      tests[format.id] = [
        ...(tests[format.id] ?? []),
        compileFilter(parsed.expression, format, context),
      ]
  }
  return tests
}

function matchesEvent({ events }: ParsedFilter, { system, name }: EventFormat): boolean {
  return events.some((pattern) =>
    pattern.system
      ? pattern.system.test(system) && pattern.event.test(name)
      : pattern.event.test(system) || pattern.event.test(name),
  )
}
