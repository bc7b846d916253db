/** What others did to the buffers of a recording while it ran. */
import type { LiveBuffer } from './setup.ts'

/**
 * Says, before tracing is ended, where it has ended already: somebody's `trace-cmd reset`, a command that
 * stops tracing, a trigger. What they did not leave on is not in the file.
 */
export function interferenceOf(buffers: readonly LiveBuffer[]): string[] {
  return buffers.flatMap(({ name, tracefs, setUp }) => {
    const where = name === '' ? 'the recording' : `buffer ${name}`
    if (tracefs.tryRead('tracing_on')?.trim() === '0')
      return `tracing of ${where} was switched off before its end, by a trigger or another user: what came after is not in it`
    if ((setUp?.events.length ?? 0) > 0 && tracefs.tryRead('set_event')?.trim() === '')
      return `the events of ${where} were disabled before its end by another user: what came after is not in it`
    return []
  })
}
