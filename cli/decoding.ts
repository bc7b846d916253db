/** Work that decodes whole traces: a line that says how far it is, and an end between two batches on a signal. */
import { statSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import type { LoadProgress } from '../parser/load-tables.ts'
import { endBySignal, onSignal, type SignalName } from './exit.ts'
import { ProgressLine } from './progress.ts'

/** Does the work, which reports its progress; ends the process after it where a signal came. */
export async function whileDecoding<T>(
  files: readonly string[],
  quiet: boolean,
  work: (onProgress: (progress: LoadProgress) => void) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(quiet)
  const totalBytes = files.reduce((sum, file) => sum + fileBytes(file), 0)
  let caught: SignalName | undefined
  const release = onSignal((signal) => {
    if (caught) return false
    caught = signal
    return true
  })
  try {
    return await work(({ events, totalEvents }) => {
      if (caught) throw new TraceError('ERR_INTERRUPTED', 'it was interrupted')
      line.update({
        bytes: (totalBytes * events) / Math.max(1, totalEvents),
        events,
        totalEvents,
      })
    })
  } catch (error) {
    line.done()
    if (caught && error instanceof TraceError && error.code === 'ERR_INTERRUPTED')
      endBySignal(caught)
    throw error
  } finally {
    line.done()
    release()
  }
}

function fileBytes(file: string): number {
  return file === '-' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
}
