/** What can be asked of a report. */
import type { EventFilter } from './read.ts'
import type { PluginOptions } from './text/plugins/plugin.ts'

/** What of recordings is shown, and how. */
export interface ReportOptions extends EventFilter {
  /** Fields as ` name=value` instead of text. */
  readonly raw?: boolean | undefined
  /** Texts by plugins for the events that have one (default true). */
  readonly plugins?: boolean | undefined
  /** Events, by name or system, for which `raw` holds, and for which `plugins` does not: regular expressions of POSIX. */
  readonly rawEvents?: readonly string[] | undefined
  readonly pluginless?: readonly string[] | undefined
  readonly pluginOptions?: Partial<PluginOptions> | undefined
  /** Nanoseconds as recorded instead of rounded microseconds. */
  readonly nanoseconds?: boolean | undefined
  /** Subtracted from all times that are shown. */
  readonly alignTo?: bigint | undefined
  /** Narrow columns, as latency tracers have them. */
  readonly latency?: boolean | undefined
  /** Each line has the time since the line before. */
  readonly timeDifference?: boolean | undefined
  /**
   * Who names threads: `report` as trace-cmd does, `event-time` by all events that name them, at the
   * time of the record (as `comm` in the tables).
   */
  readonly names?: 'report' | 'event-time' | undefined
  /** trace-cmd's filters, `events:expression`; records must match one of those not negated. */
  readonly filters?: readonly { readonly text: string; readonly negate: boolean }[] | undefined
  /** Records in hard or soft interrupts are left out. */
  readonly noHardIrqs?: boolean | undefined
  readonly noSoftIrqs?: boolean | undefined
}
