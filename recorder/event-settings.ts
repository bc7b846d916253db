/** Filters, triggers and enabling of events in one buffer. */
import { TraceError } from '../parser/error.ts'
import {
  availableEvents,
  type FilterRequest,
  type SelectedEvent,
  selectEvents,
} from './event-select.ts'
import type { Journal } from './journal.ts'
import type { Tracefs } from './tracefs.ts'
import type { EventRequest } from './types.ts'

/** An event that is recorded. */
export interface EnabledEvent {
  readonly system: string
  readonly name: string
  /** The filter that the kernel took for it. */
  readonly filter?: string
}

/**
 * Sets filters and triggers, then enables. Returns the events that the kernel reports as enabled
 * among those asked for. Throws `ERR_EVENT_ENABLE` when none of a pattern's events can be enabled, or
 * none takes its filter.
 */
export function applyEvents(
  buffer: Tracefs,
  journal: Journal,
  requests: readonly EventRequest[],
  notices: string[],
): EnabledEvent[] {
  if (requests.length === 0) return []
  const available = availableEvents(buffer)
  const selected = selectEvents(available, requests)
  const unfiltered = applyFilters(buffer, journal, selected, notices)
  for (const event of selected) addTriggers(buffer, journal, event)
  const refused = enable(buffer, journal, selected, available)
  return enabledOf(buffer, selected, refused, notices).map(({ system, name, filter }) =>
    filter === undefined || unfiltered.has(`${system}:${name}`)
      ? { system, name }
      : { system, name, filter: filter.text },
  )
}

type EventName = Pick<SelectedEvent, 'system' | 'name'>

const folder = ({ system, name }: EventName): string => `events/${system}/${name}`
const fullName = ({ system, name }: EventName): string => `${system}:${name}`

/**
 * A filter for several events is for those that have its fields, as the kernel's filter of a whole
 * system is; the others are recorded unfiltered. Returns the names of those.
 */
function applyFilters(
  buffer: Tracefs,
  journal: Journal,
  selected: readonly SelectedEvent[],
  notices: string[],
): Set<string> {
  const unfiltered = new Set<string>()
  for (const [filter, events] of groupByFilter(selected)) {
    const refused: string[] = []
    let first: unknown
    for (const event of events) {
      try {
        setFilter(buffer, journal, `${folder(event)}/filter`, filter.text)
      } catch (error) {
        first ??= error
        refused.push(fullName(event))
      }
    }
    if (first === undefined) continue
    if (refused.length === events.length) throw badFilter(buffer, filter, events, first)
    notices.push(
      `the filter '${filter.text}' does not fit ${listed(refused)}: recorded without a filter`,
    )
    for (const name of refused) unfiltered.add(name)
  }
  return unfiltered
}

function badFilter(
  buffer: Tracefs,
  { text, pattern }: FilterRequest,
  events: readonly SelectedEvent[],
  cause: unknown,
): unknown {
  if (!(cause instanceof TraceError) || cause.code !== 'ERR_TRACEFS_WRITE') return cause
  const said = cause.message.slice(cause.message.lastIndexOf(': ') + 2)
  const which = events.length === 1 ? fullName(events[0]!) : `any event of ${pattern}`
  return new TraceError(
    'ERR_TRACEFS_WRITE',
    `the filter '${text}' does not fit ${which}: ${said}`,
    {
      hint:
        events.length === 1
          ? `it has the fields ${fieldsOf(buffer, events[0]!).join(', ')}`
          : `see their fields: traceduck list events '${pattern}'`,
      cause,
    },
  )
}

/** The fields that filters of an event can name. */
export function fieldsOf(buffer: Tracefs, event: EventName): string[] {
  const format = buffer.tryRead(`${folder(event)}/format`) ?? ''
  return [...format.matchAll(/^\tfield:[^;]*?(\w+)(?:\[[^\]]*\])?;/gm)].map(([, name]) => name!)
}

function groupByFilter(selected: readonly SelectedEvent[]): Map<FilterRequest, SelectedEvent[]> {
  const byText = new Map<string, [FilterRequest, SelectedEvent[]]>()
  for (const event of selected) {
    if (event.filter === undefined) continue
    const key = `${event.filter.pattern} ${event.filter.text}`
    const group = byText.get(key)
    if (group) group[1].push(event)
    else byText.set(key, [event.filter, [event]])
  }
  return new Map(byText.values())
}

/** A refused filter would stay as the filter's text and let nothing through. */
function setFilter(buffer: Tracefs, journal: Journal, path: string, text: string): void {
  try {
    journal.set(buffer, path, text)
  } catch (error) {
    if (journal.owns(buffer)) buffer.write(path, '0')
    throw error
  }
}

/** The kernel removes a trigger by its text with a `!` in front. */
function addTriggers(buffer: Tracefs, journal: Journal, event: SelectedEvent): void {
  const path = `${folder(event)}/trigger`
  for (const trigger of event.triggers) {
    const before = triggersOf(buffer, path)
    if (before.some((there) => triggerName(there) === triggerName(trigger))) {
      throw new TraceError('ERR_TRACER_BUSY', `${fullName(event)} has such a trigger already`, {
        hint: `see ${buffer.resolve(path)}`,
      })
    }
    journal.add(buffer, path, trigger, `!${trigger}`)
  }
}

function triggersOf(buffer: Tracefs, path: string): string[] {
  return buffer
    .read(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** `stacktrace` of `stacktrace:5 if x`; with its event for those that name one. */
function triggerName(trigger: string): string {
  const [command = ''] = trigger.trim().split(/\s/)
  const parts = command.split(':')
  const named = /^(enable|disable)_(event|hist)$|^hist$|^snapshot$/.test(parts[0]!)
  return named ? parts.slice(0, 3).join(':') : parts[0]!
}

/** Returns the events that the kernel would not enable. */
function enable(
  buffer: Tracefs,
  journal: Journal,
  selected: readonly SelectedEvent[],
  available: readonly string[],
): Map<string, unknown> {
  const refused = new Map<string, unknown>()
  for (const [system, events] of groupBySystem(selected)) {
    const whole = available.filter((event) => event.startsWith(`${system}:`)).length
    if (journal.owns(buffer) && events.length === whole && enableSystem(buffer, system)) continue
    for (const event of events) {
      try {
        journal.set(buffer, `${folder(event)}/enable`, '1')
      } catch (error) {
        refused.set(fullName(event), error)
      }
    }
  }
  return refused
}

function groupBySystem(selected: readonly SelectedEvent[]): Map<string, SelectedEvent[]> {
  const groups = new Map<string, SelectedEvent[]>()
  for (const event of selected) {
    const group = groups.get(event.system)
    if (group) group.push(event)
    else groups.set(event.system, [event])
  }
  return groups
}

/** One write instead of hundreds; a refusal of one event is found out event by event. */
function enableSystem(buffer: Tracefs, system: string): boolean {
  try {
    buffer.write(`events/${system}/enable`, '1')
    return true
  } catch {
    return false
  }
}

function enabledOf(
  buffer: Tracefs,
  selected: readonly SelectedEvent[],
  refused: ReadonlyMap<string, unknown>,
  notices: string[],
): SelectedEvent[] {
  const names = selected.map(fullName)
  const missing = names.filter((name) => refused.has(name))
  if (missing.length === 0) return [...selected]
  const error = refused.get(missing[0]!)
  const why = error instanceof Error ? error.message : String(error)
  if (missing.length === names.length) {
    throw new TraceError('ERR_EVENT_ENABLE', `no event could be enabled: ${why}`, {
      hint: `see what this kernel can do with: traceduck doctor (buffer ${buffer.dir})`,
      cause: error,
    })
  }
  notices.push(`not recorded: ${listed(missing)}: ${why}`)
  return selected.filter((event) => !refused.has(fullName(event)))
}

/** The first few of many names. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
