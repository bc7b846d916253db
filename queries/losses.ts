/** Events that the kernel threw away while recording, in words. */
import type { Database } from './database.ts'

/** A time window on the trace clock, inclusive; null leaves an end open. */
export interface Window {
  readonly from: bigint | null
  readonly to: bigint | null
}

const GAPS = `
select source, cpu, sum(count)::bigint as events, count(*) filter (where count is null)::bigint as unknown,
  count(*)::bigint as gaps, min(coalesce(gap_start_ts, ts)) as first_ts, max(ts) as last_ts
from meta.lost_events
where ($from is null or ts >= $from) and ($to is null or coalesce(gap_start_ts, ts) <= $to)
group by source, cpu
order by source, cpu`

/** One warning line per CPU that lost events in the window; none when nothing was lost. */
export async function lossWarnings(database: Database, window: Window): Promise<string[]> {
  const { rows } = await database.all(GAPS, { from: window.from, to: window.to })
  return rows.map(([, cpu, events, unknown, gaps, first, last]) => {
    const lost = lostText(events === null ? 0n : BigInt(String(events)), BigInt(String(unknown)))
    const where = BigInt(String(gaps)) > 1n ? ` in ${gaps} gaps` : ''
    const between = `between ${seconds(first)} and ${seconds(last)}`
    return `warning: CPU ${cpu} lost ${lost}${where} ${between}; counts are lower bounds`
  })
}

function lostText(events: bigint, unknown: bigint): string {
  const counted = `${events} ${events === 1n ? 'event' : 'events'}`
  if (unknown === 0n) return counted
  return events === 0n ? 'events (how many is unknown)' : `at least ${counted}`
}

/** Milliseconds are enough to find the place; the exact times are in meta.lost_events. */
function seconds(ts: unknown): string {
  const milliseconds = BigInt(String(ts)) / 1_000_000n
  return `${milliseconds / 1000n}.${String(milliseconds % 1000n).padStart(3, '0')} s`
}
