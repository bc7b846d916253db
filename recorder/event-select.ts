/**
 * Which events a list of `-e` patterns means, with the semantics of trace-cmd: a name without a
 * colon is a system or an event of any system, globs work in both parts, patterns are taken in
 * order. Requests with `exclude` take matching events out again.
 */
import { TraceError } from '../parser/error.ts'
import type { Tracefs } from './tracefs.ts'
import type { EventRequest } from './types.ts'

/** An event to enable, with everything that was attached to it. */
export interface SelectedEvent {
  readonly system: string
  readonly name: string
  readonly filter?: FilterRequest
  readonly triggers: readonly string[]
}

/** A filter and how it was asked for. */
export interface FilterRequest {
  readonly text: string
  /** The pattern that it came with. */
  readonly pattern: string
}

/** Every event that can be enabled, `system:event`, in the kernel's order. */
export function availableEvents(tracefs: Tracefs): string[] {
  return tracefs.top.read('available_events').split('\n').filter(Boolean)
}

/**
 * The events that the requests mean, in the order of `available`. Throws `ERR_EVENT_ENABLE` for a
 * pattern that matches nothing, `ERR_USAGE` when events are taken out of nothing.
 */
export function selectEvents(
  available: readonly string[],
  requests: readonly EventRequest[],
): SelectedEvent[] {
  const selected = new Map<string, SelectedEvent>()
  for (const request of requests) {
    const matches = matchEvents(available, request.pattern)
    if (matches.length === 0) throw unknownEvent(request.pattern, available)
    if (request.exclude) takeOut(selected, matches, request)
    else
      for (const event of matches) selected.set(event, attach(selected.get(event), event, request))
  }
  return available.flatMap((event) => selected.get(event) ?? [])
}

function attach(
  before: SelectedEvent | undefined,
  event: string,
  { pattern, filter, triggers = [] }: EventRequest,
): SelectedEvent {
  const colon = event.indexOf(':')
  const kept = filter === undefined ? before?.filter : { text: filter, pattern }
  return {
    system: event.slice(0, colon),
    name: event.slice(colon + 1),
    ...(kept && { filter: kept }),
    triggers: [...(before?.triggers ?? []), ...triggers],
  }
}

function takeOut(
  selected: Map<string, SelectedEvent>,
  matches: readonly string[],
  { pattern }: EventRequest,
): void {
  if (selected.size === 0) {
    throw new TraceError('ERR_USAGE', `-e '!${pattern}' has nothing to take events out of`, {
      hint: `name what to record first: -e all -e '!${pattern}'`,
    })
  }
  for (const event of matches) selected.delete(event)
}

/** The events that a pattern without `!` means. */
export function matchEvents(available: readonly string[], pattern: string): string[] {
  if (pattern === 'all') return [...available]
  const colon = pattern.indexOf(':')
  if (colon < 0) {
    const test = globTest(pattern)
    return available.filter((event) => event.split(':').some(test))
  }
  const system = globTest(pattern.slice(0, colon))
  const name = globTest(pattern.slice(colon + 1) || '*')
  return available.filter((event) => {
    const at = event.indexOf(':')
    return system(event.slice(0, at)) && name(event.slice(at + 1))
  })
}

/** A test for one glob: `*`, `?`, `[a-z]`, `[!a]`, the whole name; takes no longer than both. */
export function globTest(glob: string): (name: string) => boolean {
  if (!/[*?[]/.test(glob)) return (name) => name === glob
  const parts = parseGlob(glob)
  return (name) => matchParts(parts, name)
}

/** One character that fits, or any number of characters. */
type GlobPart = ((char: string) => boolean) | '*'

function parseGlob(glob: string): GlobPart[] {
  return [...glob.matchAll(/\[[!^]?[^\]]+\]|./gs)].map(([text]) => {
    if (text === '*') return '*'
    if (text === '?') return () => true
    if (text.length > 1) return characterClass(text.slice(1, -1))
    return (char) => char === text
  })
}

function characterClass(inside: string): (char: string) => boolean {
  const negated = /^[!^]./s.test(inside)
  const ranges = [...(negated ? inside.slice(1) : inside).matchAll(/(.)-(.)|./gs)]
  const fits = (char: string): boolean =>
    ranges.some(([one, from, to]) =>
      from === undefined || to === undefined ? char === one : char >= from && char <= to,
    )
  return negated ? (char) => !fits(char) : fits
}

/** On a mismatch only the latest `*` takes one character more, so the work is the product at most. */
function matchParts(parts: readonly GlobPart[], name: string): boolean {
  let part = 0
  let star = -1
  let resume = 0
  for (let at = 0; at < name.length; ) {
    const test = parts[part]
    if (test === '*') {
      star = part++
      resume = at
    } else if (test?.(name[at]!)) {
      part++
      at++
    } else if (star >= 0) {
      part = star + 1
      at = ++resume
    } else {
      return false
    }
  }
  return parts.slice(part).every((rest) => rest === '*')
}

function unknownEvent(pattern: string, available: readonly string[]): TraceError {
  const near = similarEvents(pattern, available)
  return new TraceError('ERR_EVENT_ENABLE', `this kernel has no event ${pattern}`, {
    hint:
      near.length > 0
        ? `it has ${near.join(', ')}`
        : `see those it has: traceduck list events '*${pattern.slice(pattern.indexOf(':') + 1)}*'`,
    where: { event: pattern },
  })
}

/** Up to three events that hold the pattern's name or its longest word. */
function similarEvents(pattern: string, available: readonly string[]): string[] {
  const name = pattern.slice(pattern.indexOf(':') + 1).replace(/[*?[\]]/g, '')
  const words = name.split('_').filter((word) => word.length > 3)
  const longest = words.sort((a, b) => b.length - a.length)[0]
  for (const part of [name, longest]) {
    if (!part) continue
    const found = available.filter((event) => event.includes(part))
    if (found.length > 0) return found.slice(0, 3)
  }
  return []
}
