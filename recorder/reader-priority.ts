/**
 * Readers go first: on a busy machine a ring buffer is full before an ordinary thread has its turn,
 * and a reader needs the CPU for a moment only. Authority: setpriority(2), where 0 is the calling thread.
 */
import { getPriority, setPriority } from 'node:os'

const FIRST = -20

/** Lets the calling thread go first; the result ends that. Without the right to, nothing happens. */
export function goFirst(): () => void {
  const before = getPriority(0)
  const became = (priority: number): boolean => {
    try {
      setPriority(0, priority)
      return true
    } catch {
      return false
    }
  }
  return became(FIRST) ? () => void became(before) : () => {}
}
