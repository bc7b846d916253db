/** What `-e`, `-f` and `-R` of `record` say about events. */
import { TraceError } from '../parser/error.ts'
import type { EventRequest } from '../recorder/types.ts'

/** Parses what follows `-e`. Throws `ERR_USAGE` when it can match nothing. */
export function parseEventRequest(text: string): EventRequest {
  const exclude = text.startsWith('!')
  const pattern = (exclude ? text.slice(1) : text).trim().replace('/', ':')
  if (!/^[^\s:]+(:[^\s:]*)?$/.test(pattern)) {
    throw new TraceError('ERR_USAGE', `-e '${text}': not an event`, {
      hint: "write system, event, system:event, or a pattern such as -e 'net:*' or -e '!sched:sched_waking'",
    })
  }
  return exclude ? { pattern, exclude } : { pattern }
}

/** Adds a `-f` filter to the `-e` before it; several must all hold. Throws `ERR_USAGE`. */
export function withFilter(request: EventRequest | undefined, filter: string): EventRequest {
  const target = attachable(request, '-f', filter)
  if (target.filter === undefined) return { ...target, filter }
  return { ...target, filter: `(${target.filter})&&(${filter})` }
}

/** Adds a `-R` trigger to the `-e` before it. Throws `ERR_USAGE`. */
export function withTrigger(request: EventRequest | undefined, trigger: string): EventRequest {
  const target = attachable(request, '-R', trigger)
  return { ...target, triggers: [...(target.triggers ?? []), trigger] }
}

function attachable(request: EventRequest | undefined, letter: string, text: string): EventRequest {
  if (request !== undefined && request.exclude !== true) return request
  const after =
    request === undefined ? 'has no -e before it' : 'follows an -e that takes events out'
  throw new TraceError('ERR_USAGE', `${letter} '${text}' ${after}`, {
    hint: `put it after the event that it is for: -e system:event ${letter} '${text}'`,
  })
}
