/** Which records a report shows: by event names, by trace-cmd's filters, by interrupt context. */
import { createEventTest } from './read.ts'
import { HIDE, NO_OPINION, type RecordFilter, SHOW } from './report-records.ts'
import type { ReportLine } from './text/report-line.ts'
import type { ReportOptions } from './report-options.ts'
import type { Trace } from './trace.ts'

/** The filter that options ask for, undefined when all records are shown. */
export function eventFilterOf(
  trace: Trace,
  _line: ReportLine,
  options: ReportOptions,
): RecordFilter | undefined {
  const { events } = options
  if (!events) return undefined
  const matches = createEventTest(events)
  const shown = new Int8Array(0x10000).fill(NO_OPINION)
  for (const format of trace.formats) if (matches(format)) shown[format.id] = SHOW
  return (id) => shown[id] ?? HIDE
}
