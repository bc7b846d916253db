/** What `record` says on stderr when it is done. */
import type { ExtractSummary } from '../recorder/extract.ts'
import type { CpuSummary, RecordSummary } from '../recorder/types.ts'

/** The summary, a few lines; `command` is how to go on. */
export function summaryText(summary: RecordSummary): string {
  const lines = [
    ...summary.notices.map((text) => `note: ${text}`),
    headline(summary),
    ...absentLines(summary),
    ...lossLines(summary.cpus),
    `next: traceduck run ${shellWord(summary.output)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What `extract` says: overwriting what is old is what a flight recorder does. */
export function extractText({ output, fileBytes, cpus, failure, notices }: ExtractSummary): string {
  const events = sum(cpus, 'events')
  const what =
    events === 0
      ? 'no events: the buffers were empty'
      : `${count(events)} events, ${size(sum(cpus, 'bytes'))} of trace data`
  const lost = sum(cpus, 'lost')
  const absent = sum(cpus, 'absent')
  const lines = [
    ...notices.map((text) => `note: ${text}`),
    ...(failure ? [`reading CPU ${failure.cpu} ended early: ${failure.text}`] : []),
    `${output}: ${what}, ${size(fileBytes)} on disk`,
    ...(absent > 0 ? [`${count(absent)} events of the buffers are missing`] : []),
    ...(lost > 0 ? [`${count(lost)} events before them had been overwritten or dropped`] : []),
    `next: traceduck run ${shellWord(output)}`,
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

function absentLines({ cpus, endedBy }: RecordSummary): string[] {
  const absent = sum(cpus, 'absent')
  if (absent === 0) return []
  const why = ENDED[endedBy] === '' ? 'given up for later ones, as -m asks' : 'not written'
  return [`  ${count(absent)} events besides were ${why}`]
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

function sum(cpus: readonly CpuSummary[], key: 'events' | 'lost' | 'bytes' | 'absent'): number {
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
