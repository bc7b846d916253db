/** What this kernel offers: events, tracers, clocks, options, probes. */
import { TraceError } from '../parser/error.ts'
import { availableEvents, globTest, matchEvents } from './event-select.ts'
import { fieldsOf } from './event-settings.ts'
import { listPresets } from './preset-list.ts'
import { listClocks, listTracers } from './settings.ts'
import type { Tracefs } from './tracefs.ts'
import type { Listing } from './types.ts'

/** What can be listed. */
export type ListKind = 'events' | 'tracers' | 'clocks' | 'options' | 'presets' | 'probes'

/**
 * Lists what matches the pattern, all without one. Throws `ERR_EVENT_ENABLE` for a pattern that
 * matches no event, and what reading tracefs throws.
 */
export function listRows(tracefs: Tracefs, kind: ListKind, pattern?: string): Listing {
  switch (kind) {
    case 'events':
      return listEvents(tracefs, pattern ?? 'all')
    case 'tracers':
      return selectable(
        'tracer',
        listTracers(tracefs),
        tracefs.read('current_tracer').trim(),
        pattern,
      )
    case 'clocks':
      return selectable('clock', listClocks(tracefs), currentClock(tracefs), pattern)
    case 'options':
      return listOptions(tracefs, pattern)
    case 'presets':
      return listPresets(tracefs, pattern)
    case 'probes':
      return listProbes(tracefs, pattern)
  }
}

function listEvents(tracefs: Tracefs, pattern: string): Listing {
  const matches = matchEvents(availableEvents(tracefs), pattern)
  if (matches.length === 0) {
    throw new TraceError('ERR_EVENT_ENABLE', `this kernel has no event ${pattern}`, {
      hint: "try a part of its name: traceduck list events '*:*NAME*'",
    })
  }
  const rows = matches.map((full) => {
    const [system = '', name = ''] = full.split(':')
    const fields = fieldsOf(tracefs, { system, name }).filter((field) => !COMMON.has(field))
    return [full, fields.join(', ')]
  })
  return { columns: ['event', 'fields'], rows }
}

/** Fields that every event has. */
const COMMON = new Set(['common_type', 'common_flags', 'common_preempt_count', 'common_pid'])

function currentClock(tracefs: Tracefs): string {
  return /\[([^\]]+)\]/.exec(tracefs.read('trace_clock'))?.[1] ?? ''
}

/** Names of which one is in use in the top-level buffer. */
function selectable(
  what: string,
  names: readonly string[],
  current: string,
  pattern = '*',
): Listing {
  const fits = globTest(pattern)
  return {
    columns: [what, 'current'],
    rows: names.filter(fits).map((name) => [name, name === current ? 'yes' : 'no']),
  }
}

function listOptions(tracefs: Tracefs, pattern = '*'): Listing {
  const fits = globTest(pattern)
  const rows = tracefs
    .list('options')
    .filter(fits)
    .map((name) => [name, tracefs.tryRead(`options/${name}`) === '1' ? 'yes' : 'no'])
  return { columns: ['option', 'on'], rows }
}

const PROBE_KINDS: Readonly<Record<string, string>> = {
  p: 'entry',
  r: 'return',
  e: 'event',
  s: 'synthetic',
  f: 'function',
  t: 'tracepoint',
}

/** Probes that are defined now, by whomever. */
function listProbes(tracefs: Tracefs, pattern = '*'): Listing {
  const fits = globTest(pattern)
  const files = ['dynamic_events', 'uprobe_events', 'kprobe_events']
  const file = files.find((name) => tracefs.exists(name))
  const lines = file === undefined ? [] : tracefs.read(file).split('\n').filter(Boolean)
  const rows = lines.flatMap((line) => {
    const [, kind = '', group = '', name = '', definition = ''] =
      /^([a-z])\d*:(?:([^/\s]+)\/)?(\S+)\s*(.*)$/.exec(line) ?? []
    const full = group === '' ? name : `${group}:${name}`
    if (name === '' || !(fits(full) || fits(name))) return []
    return [[full, PROBE_KINDS[kind] ?? kind, definition]]
  })
  return { columns: ['probe', 'kind', 'definition'], rows }
}
