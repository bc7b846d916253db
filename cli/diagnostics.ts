/** What was lost or skipped while reading a trace, said once on stderr with counts per CPU. */
import type { Diagnostic } from '../parser/diagnostics.ts'
import { say } from './safe-text.ts'

/** More CPUs than this are summed up rather than listed. */
const MOST_CPUS = 8

/** One diagnostic, however it was obtained. */
export type Finding = Pick<Diagnostic, 'code' | 'severity' | 'cpu' | 'count' | 'sample'>

/**
 * Prints a line for each kind of trouble; `info` findings are left to `meta.diagnostics`, and lost
 * events to the warnings that say when they were lost.
 */
export function printDiagnostics(findings: readonly Finding[]): void {
  for (const line of diagnosticLines(findings)) say(`${line}\n`)
}

/** What one CPU lost: events in all gaps whose length is known, and gaps of unknown length. */
export interface Loss {
  readonly cpu: number
  readonly events: number
  readonly unknown: number
}

/** `warning: CPU 1 lost 570 events and 1 gap of unknown length; counts are lower bounds`. */
export function lossLine({ cpu, events, unknown }: Loss): string {
  const gaps = unknown === 0 ? '' : `${unknown} ${unknown === 1 ? 'gap' : 'gaps'} of unknown length`
  const count = events === 0 ? '' : `${events} ${events === 1 ? 'event' : 'events'}`
  const what = [count, gaps].filter((text) => text !== '').join(' and ')
  return `warning: CPU ${cpu} lost ${what}; counts are lower bounds`
}

/** `warning: LOST_EVENTS: 572 (CPU 0: 2, CPU 1: 570): sample of the first`. */
export function diagnosticLines(findings: readonly Finding[]): string[] {
  const byCode = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.severity === 'info' || finding.code === 'LOST_EVENTS') continue
    const same = byCode.get(finding.code)
    if (same) same.push(finding)
    else byCode.set(finding.code, [finding])
  }
  return [...byCode].map(([code, same]) => {
    const total = same.reduce((sum, finding) => sum + finding.count, 0)
    return `warning: ${code}: ${total}${perCpu(same)}: ${same[0]!.sample.replace(/\s*\n\s*/g, ' ')}`
  })
}

function perCpu(findings: readonly Finding[]): string {
  const counts = new Map<number, number>()
  for (const { cpu, count } of findings) {
    if (cpu >= 0) counts.set(cpu, (counts.get(cpu) ?? 0) + count)
  }
  if (counts.size === 0) return ''
  if (counts.size > MOST_CPUS) return ` (on ${counts.size} CPUs)`
  const list = [...counts].sort(([a], [b]) => a - b).map(([cpu, count]) => `CPU ${cpu}: ${count}`)
  return ` (${list.join(', ')})`
}
