/**
 * Recoverable trouble while reading a trace: counted by code, severity and CPU, with the first place and a
 * sample, and never more memory than there are codes times CPUs.
 */
import { type ErrorCode, type Place, TraceError } from './error.ts'

/** `info` never fails a `--strict` run; `data_loss` and `error` do. */
export type Severity = 'info' | 'data_loss' | 'error'

/** One line of `meta.diagnostics`: how often a kind of trouble was met, and where first. */
export interface Diagnostic {
  readonly code: ErrorCode | DiagnosticCode
  readonly severity: Severity
  /** `meta.sources.source`, or -1 when it concerns the whole file. */
  readonly source: number
  /** CPU number, or -1 when no single CPU is concerned. */
  readonly cpu: number
  count: number
  /** Byte offset in the file of the first occurrence, or -1. */
  readonly firstOffset: number
  /** Human words about the first occurrence, with numbers. */
  readonly sample: string
}

/** Codes for things worth counting that are not errors. */
export type DiagnosticCode =
  | 'LOST_EVENTS'
  | 'UNKNOWN_OPTION'
  | 'DISCARDED_EVENTS'
  | 'TASK_NAMES'
  | 'TASKS'

/** What a strict run fails with where the diagnostic has no error's name. */
const STRICT_CODES: Readonly<Record<string, ErrorCode>> = {
  LOST_EVENTS: 'ERR_RING_LOST',
  TASK_NAMES: 'ERR_TRACE_LIMIT',
  TASKS: 'ERR_TRACE_LIMIT',
}

/** Collects diagnostics; in strict mode everything but `info` throws at once. */
export class Diagnostics {
  readonly #entries = new Map<string, Diagnostic>()
  readonly #strict: boolean

  constructor(strict = false) {
    this.#strict = strict
  }

  /** Counts `count` occurrences of `code`; only the first one's place and sample are kept. */
  report(
    code: Diagnostic['code'],
    severity: Severity,
    sample: string,
    at: { source?: number; cpu?: number; offset?: number; count?: number } = {},
  ): void {
    if (this.#strict && severity !== 'info') {
      const where: Place = {
        ...(at.offset === undefined ? {} : { offset: at.offset }),
        ...(at.cpu === undefined ? {} : { cpu: at.cpu }),
      }
      throw new TraceError(STRICT_CODES[code] ?? (code as ErrorCode), sample, {
        where,
        hint: 'leave out --strict to salvage what is sound',
      })
    }
    const source = at.source ?? -1
    const cpu = at.cpu ?? -1
    const key = `${code} ${severity} ${source} ${cpu}`
    const entry = this.#entries.get(key)
    if (entry) entry.count += at.count ?? 1
    else
      this.#entries.set(key, {
        code,
        severity,
        source,
        cpu,
        count: at.count ?? 1,
        firstOffset: at.offset ?? -1,
        sample,
      })
  }

  /** All entries in order of first occurrence. */
  list(): Diagnostic[] {
    return [...this.#entries.values()]
  }
}
