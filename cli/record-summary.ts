/** What `record` says on stderr when it is done. */
import type { CpuSummary, RecordSummary } from '../recorder/types.ts'

/** The summary, a few lines; `command` is how to go on. */
export function summaryText(summary: RecordSummary): string {
  const lines = [
    ...summary.notices.map((text) => `note: ${text}`),
    headline(summary),
    ...lossLines(summary.cpus),
    `next: traceduck run ${shellWord(summary.output)}`,
  ]
  return `${lines.join('\n')}\n`
}

function headline({ cpus, fileBytes, seconds, output, endedBy }: RecordSummary): string {
  const events = sum(cpus, 'events')
  const raw = sum(cpus, 'bytes')
  const why = ENDED[endedBy]
  const what =
    events === 0
      ? 'no events: nothing that was asked for happened'
      : `${count(events)} events, ${size(raw)} of trace data`
  return `${output}: ${what} in ${seconds.toFixed(1)} s, ${size(fileBytes)} on disk${why}`
}

const ENDED: Readonly<Record<RecordSummary['endedBy'], string>> = {
  command: '',
  duration: '',
  signal: '',
  'disk-full': '; it ended early because the disk is full',
  error: '; it ended early because of an error',
}

function lossLines(cpus: readonly CpuSummary[]): string[] {
  const losses = cpus.filter(({ lost }) => lost > 0)
  if (losses.length === 0) return []
  const needed = Math.max(...losses.map(({ neededKb }) => neededKb ?? 0))
  const each = losses.map(({ buffer, cpu, lost, events, neededKb }) => {
    const share = ((100 * lost) / (lost + events)).toFixed(1)
    const name = buffer === '' ? '' : `${buffer} `
    return `  ${name}CPU ${cpu}: ${count(lost)} lost (${share} %), ${count(neededKb ?? 0)} KB would have held them`
  })
  return [`lost events: ${count(sum(losses, 'lost'))}; try -b ${needed}`, ...each]
}

function sum(cpus: readonly CpuSummary[], key: 'events' | 'lost' | 'bytes'): number {
  return cpus.reduce((total, cpu) => total + cpu[key], 0)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
