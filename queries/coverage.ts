/** What the way of recording means for an answer: filters by pid, filters of events. */
import {
  allViews,
  eventsNeeded,
  type Need,
  type OptionalRelation,
  type RelationName,
} from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import type { Database } from './database.ts'
import type { Query } from './header.ts'

/** An event that was enabled, and the filter that it had. */
export interface RecordedEvent {
  readonly system: string
  readonly event: string
  readonly filter: string | null
}

/** How a recording was made, as far as its recorder says. */
export interface Coverage {
  /** Whether a filter by pid was on, and whether it was for the traced command alone. */
  readonly pidFilter: 'command' | 'pids' | undefined
  readonly events: readonly RecordedEvent[]
}

const SETTINGS = `select distinct setting from meta.settings where setting in ('pid', 'filter_command')`
const EVENTS = 'select distinct system, event, filter from meta.recorded_events order by all'

/**
 * Reads how the recording was made; nothing is known of files of other recorders, and in databases
 * that an earlier version made.
 */
export async function readCoverage(database: Database): Promise<Coverage> {
  try {
    return await read(database)
  } catch (error) {
    if (!(error instanceof TraceError) || error.code !== 'ERR_SQL') throw error
    return { pidFilter: undefined, events: [] }
  }
}

async function read(database: Database): Promise<Coverage> {
  const { rows } = await database.all(SETTINGS)
  const settings = rows.map(([setting]) => setting)
  const events = (await database.all(EVENTS)).rows.map(([system, event, filter]) => ({
    system: String(system),
    event: String(event),
    filter: filter === null ? null : String(filter),
  }))
  const pids = settings.includes('pid') ? 'pids' : undefined
  return { pidFilter: settings.includes('filter_command') ? 'command' : pids, events }
}

/** Systems whose events are often written by a task or an interrupt on behalf of another task. */
const OF_OTHERS =
  /^(block|icmp|irq|napi|net|qdisc|sched|signal|skb|sock|tcp|udp|power|timer|workqueue)$/
/** Events of those that a task writes about itself. */
const OWN = /^sched_process_/

/** Warnings about what a filter kept out of what a report is about. */
export function coverageWarnings({ pidFilter, events }: Coverage, query: Query): string[] {
  const relations = relationsOf(query)
  const lines: string[] = []
  if (
    pidFilter !== undefined &&
    relations.some(({ system, event }) => OF_OTHERS.test(system) && !OWN.test(event))
  ) {
    const letter = pidFilter === 'command' ? '-F' : '-P'
    lines.push(
      `warning: recorded with a filter by pid (${letter}): what other tasks and interrupts did, ` +
        'also for these, is not in it; counts are lower bounds',
    )
  }
  const filtered = new Map<string, string[]>()
  for (const recorded of events) {
    if (recorded.filter === null || !relations.some((one) => covers(one, recorded))) continue
    const names = filtered.get(recorded.filter) ?? []
    filtered.set(recorded.filter, [...names, `${recorded.system}:${recorded.event}`])
  }
  for (const [filter, names] of filtered) {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
    lines.push(
      `warning: only what passed the filter '${filter}' was recorded of ${names.slice(0, 3).join(', ')}${more}`,
    )
  }
  return lines
}

/** Events that a report is about, those that it can do without and those of its views included. */
function relationsOf({ needs, optional }: Query): RelationName[] {
  const all = viewsOf(needs).flatMap((view) => view.optional)
  const own = [...optional, ...all].filter(({ system }) => system !== '')
  return [...eventsNeeded(needs).flatMap((need) => ('events' in need ? need.events : [])), ...own]
}

/** The derived relations that needs come down to. */
function viewsOf(
  needs: readonly Need[],
): { readonly needs: readonly Need[]; readonly optional: readonly OptionalRelation[] }[] {
  return needs.flatMap((need) => {
    const view = 'view' in need ? allViews().find(({ name }) => name === need.view) : undefined
    return view ? [view, ...viewsOf(view.needs)] : []
  })
}

/** Whether a relation, which may have `*` in its name, stands for an event. */
export function covers(
  { system, event }: RelationName,
  one: Pick<RecordedEvent, 'system' | 'event'>,
): boolean {
  return fits(system, one.system) && fits(event, one.event)
}

function fits(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
}
