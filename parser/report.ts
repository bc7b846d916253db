/**
 * Recordings as text, line for line as `trace-cmd report` 3.4 prints them. Text is made a piece at a
 * time, so memory does not grow with the recording.
 */
import { SeenTotals, seenBy } from './report-losses.ts'
import { headerOf, openRecords, prefixesOf, tellOutOfBounds } from './report-open.ts'
import type { ReportOptions } from './report-options.ts'
import type { ReportRecords } from './report-records.ts'
import { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

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
    this.#records = traces.map((trace, i) => {
      const { diagnostics } = trace
      const outOfBounds = (): void => tellOutOfBounds(diagnostics, 1)
      const opener = { diagnostics, outOfBounds, isMoved: false }
      return openRecords(trace, prefixes[i]!, options, opener).records
    })
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

  #reportFindings(): void {
    for (const [i, trace] of this.#traces.entries()) {
      const totals = new SeenTotals()
      totals.add(seenBy(this.#records[i]!))
      totals.report(trace)
    }
  }
}
