/** The one line that a recording shows on a terminal while it goes on. */
import type { RecordProgress } from '../recorder/types.ts'
import { clockText, grouped } from './progress.ts'

/**
 * `0:05 of 0:10  12.6 MB  2,500,000 events  500,000 events/s  0 lost`, and while the file is put
 * together `45% of 1,200.0 MB packed`.
 */
export function recordProgressText(progress: RecordProgress): string {
  if (progress.kind === 'packing') {
    const { done, total } = progress
    return `${total > 0 ? Math.floor((100 * done) / total) : 100}% of ${megabytes(total)} packed`
  }
  const { seconds, bytes, events, lost, durationSeconds } = progress
  const rate = seconds > 0 ? Math.round(events / seconds) : 0
  return [
    durationSeconds === undefined
      ? clockText(seconds)
      : `${clockText(seconds)} of ${clockText(durationSeconds)}`,
    megabytes(bytes),
    `${grouped(events)} events`,
    `${grouped(rate)} events/s`,
    `${grouped(lost)} lost`,
    ...(durationSeconds === undefined ? ['Ctrl-C ends'] : []),
  ].join('  ')
}

function megabytes(bytes: number): string {
  const [whole = '', rest = ''] = (bytes / 1e6).toFixed(1).split('.')
  return `${grouped(Number(whole))}.${rest} MB`
}
