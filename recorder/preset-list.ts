/** What each preset would record here, as a table. */
import { globTest } from './event-select.ts'
import { Journal } from './journal.ts'
import { presetNames, readCapabilities, resolvePreset } from './presets.ts'
import type { Tracefs } from './tracefs.ts'
import type { Listing } from './types.ts'

/**
 * Presets that match the pattern, all without one: how many events and probes each has here, where
 * names of files come from, and what is missing. Tries probes, so it throws what `Journal.begin`
 * throws.
 */
export function listPresets(tracefs: Tracefs, pattern = '*'): Listing {
  const journal = Journal.begin(tracefs)
  try {
    const machine = readCapabilities(tracefs, journal)
    const rows = presetNames()
      .filter(globTest(pattern))
      .map((name) => {
        const preset = resolvePreset(name, machine)
        const missing = preset.notices.map((notice) => notice.slice(name.length + 2))
        return [
          name,
          preset.summary,
          preset.events.length,
          preset.probes.length,
          preset.strings.join(', ') || null,
          missing.join('; ') || null,
        ]
      })
    return { columns: ['preset', 'records', 'events', 'probes', 'names_from', 'missing'], rows }
  } finally {
    journal.restore()
  }
}
