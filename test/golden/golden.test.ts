/** Real recordings against their golden files: see fixtures/README.md. */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { fixture } from '../helpers/paths.ts'
import { compareTrace, differences, emptyComparison, PARTS } from './compare.ts'

t.setTimeout(180_000)

const END = '.records.csv.gz'
const names = readdirSync(fixture('traces'))
  .filter((file) => file.endsWith(END))
  .map((file) => file.slice(0, -END.length))
  .sort()
const total = emptyComparison()

t.test('every record and field of real recordings', async (t) => {
  for (const name of names) {
    const comparison = await compareTrace(fixture('traces', name))
    for (const part of PARTS) total[part].merge(comparison[part])
    const samples = PARTS.flatMap((part) => comparison[part].samples)
    t.equal(differences(comparison), 0, name, { samples })
  }
})

// Counts of what was compared, so that a rule cannot come to hide what it was not made for.
t.test('what was compared, and by which rules', async (t) => {
  const counts = PARTS.map((part) => {
    const { exact, partial, exempt, notes } = total[part]
    return [part, { exact, partial, exempt, notes: Object.fromEntries(notes) }]
  })
  t.strictSame(Object.fromEntries(counts), {
    facts: { exact: 1569, partial: 0, exempt: 0, notes: {} },
    records: {
      exact: 162401,
      partial: 0,
      exempt: 151,
      notes: { 'format-unknown-to-reference': 1, 'pseudo-event-invented-by-reference': 150 },
    },
    heads: { exact: 81125, partial: 0, exempt: 0, notes: {} },
    fields: {
      exact: 245546,
      partial: 843,
      exempt: 307,
      notes: {
        'address-printed-byte-swapped': 122,
        'bprint-arguments-not-printed': 156,
        'bytes-shown-to-the-first-nul': 407,
        'format-unknown-to-reference': 1,
        'location-printed-instead-of-data': 1,
        'null-for-location-of-no-bytes': 104,
        'pseudo-event-invented-by-reference': 150,
        'rest-of-record-not-printed': 72,
        'stack-shown-in-nominal-length': 98,
        'text-runs-past-the-field': 39,
      },
    },
    stacks: { exact: 473, partial: 0, exempt: 0, notes: {} },
    names: {
      exact: 73829,
      partial: 7296,
      exempt: 0,
      notes: { 'name-at-another-moment': 7126, 'name-unknown-to-reference': 170 },
    },
  })
})
