/** Points on the trace clock as people write them; exact, without floating point. */
import { TraceError } from '../parser/error.ts'

const UNITS: Readonly<Record<string, number>> = { '': 9, s: 9, ms: 6, us: 3, ns: 0 }
const LARGEST = 2n ** 63n - 1n

/**
 * Nanoseconds of a time such as `4682.001793`, `4682.001793s` or `4682001793000ns`. Throws
 * `ERR_USAGE`; `what` names the option or parameter in the message.
 */
export function parseTime(text: string, what: string): bigint {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?(s|ms|us|ns)?$/.exec(text.trim())
  if (!match) throw timeError(text, what, 'not a time')
  const [, whole = '', fraction = '', unit = ''] = match
  const places = UNITS[unit]!
  if (/[1-9]/.test(fraction.slice(places))) throw timeError(text, what, 'finer than a nanosecond')
  const time = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  if (time > LARGEST) throw timeError(text, what, 'beyond 64 bits')
  return time
}

function timeError(text: string, what: string, why: string): TraceError {
  return new TraceError('ERR_USAGE', `${what} ${text}: ${why}`, {
    hint: 'write seconds of the trace clock (4682.001793) or nanoseconds (4682001793000ns)',
  })
}
