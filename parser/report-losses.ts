/** What a report says at its end: events that were lost, and those without a format. */
import type { ReportRecords } from './report-records.ts'
import type { Trace } from './trace.ts'

/** Events lost on a CPU of a buffer. */
export interface Loss {
  readonly source: number
  readonly cpu: number
  /** As counted by the kernel, and marks without a number. */
  readonly lost: number
  readonly unknown: number
}

/** What was seen of a recording, or a part of one. */
export interface Seen {
  readonly losses: readonly Loss[]
  /** Records by ids that have no format. */
  readonly unknownEvents: ReadonlyMap<number, number>
}

/** Sums of what was seen. */
export class SeenTotals {
  readonly #losses = new Map<string, Loss>()
  readonly #unknownEvents = new Map<number, number>()

  /** Adds what was seen. */
  add({ losses, unknownEvents }: Seen): void {
    for (const loss of losses) {
      const key = `${loss.source}/${loss.cpu}`
      const sum = this.#losses.get(key)
      this.#losses.set(key, {
        ...loss,
        lost: loss.lost + (sum?.lost ?? 0),
        unknown: loss.unknown + (sum?.unknown ?? 0),
      })
    }
    for (const [id, count] of unknownEvents)
      this.#unknownEvents.set(id, count + (this.#unknownEvents.get(id) ?? 0))
  }

  /** Says it, once, where every command says it. */
  report({ diagnostics, isIndexed, sources }: Trace): void {
    if (isIndexed) return
    const order = [...this.#losses.values()]
    for (const { source, buffer } of sources)
      for (const { cpu } of buffer.cpus)
        for (const loss of order)
          if (loss.source === source && loss.cpu === cpu) reportLoss(loss, diagnostics)
    for (const [id, count] of this.#unknownEvents)
      diagnostics.report('ERR_EVENT_UNKNOWN', 'error', `event id ${id} has no format in the file`, {
        count,
      })
  }
}

function reportLoss({ source, cpu, lost, unknown }: Loss, diagnostics: Trace['diagnostics']): void {
  const sample = `CPU ${cpu} lost ${lost > 0 ? `at least ${lost}` : 'an unknown number of'} events`
  diagnostics.report('LOST_EVENTS', 'data_loss', sample, { source, cpu, count: lost + unknown })
}

/** What the records written so far had. */
export function seenBy(records: ReportRecords): Seen {
  return { losses: [...records.losses()], unknownEvents: new Map(records.unknownEvents) }
}
