/** Reports of real recordings against what trace-cmd 3.4 prints: see fixtures/README.md. */
import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import { fixture } from '../helpers/paths.ts'
import {
  addReportComparison,
  compareReport,
  emptyReportComparison,
  REPORTS,
  type ReportComparison,
} from './compare-report.ts'

t.setTimeout(120_000)

const END = '.report.txt.gz'
const names = readdirSync(fixture('traces'))
  .filter((file) => file.endsWith(END))
  .map((file) => file.slice(0, -END.length))
  .sort()
/** Of the others one in eight: they differ in what a few events look like. */
const EVERY: Readonly<Record<string, number>> = { report: 1, 'report-N': 8, raw: 8 }
const totals = new Map<string, ReportComparison>()

t.test(
  'every line of real recordings is what trace-cmd prints, or a rule says why not',
  async (t) => {
    t.ok(names.length > 70)
    for (const report of REPORTS)
      for (const [i, name] of names.entries()) {
        const path = fixture('traces', name)
        if (i % EVERY[report.kind]! !== 0 || !existsSync(`${path}.${report.kind}.txt.gz`)) continue
        const comparison = await compareReport(path, report)
        const total = totals.get(report.kind) ?? emptyReportComparison()
        totals.set(report.kind, total)
        addReportComparison(total, comparison)
        t.equal(comparison.different, 0, `${name} ${report.kind}`, { samples: comparison.samples })
      }
  },
)

// Counts, so that a rule cannot come to hide what it was not made for.
t.test('how many lines are identical, and what the rules explain', async (t) => {
  const { lines, identical, rules } = totals.get('report')!
  t.strictSame(
    { lines, identical, rules: Object.fromEntries([...rules].sort()) },
    {
      lines: 84682,
      identical: 80785,
      rules: {
        'big-endian': 276,
        'elements-of-arrays': 40,
        enumerators: 71,
        'masks-of-flags': 34,
        'narrow-signed': 4,
        'packed-arguments': 4,
        'pointer-extensions': 19,
        'raw-data-32': 134,
        'unknown-event': 1,
        'unknown-name': 2600,
        'unparsed-format': 714,
      },
    },
  )
  for (const kind of ['report-N', 'raw']) {
    const total = totals.get(kind)!
    t.ok(total.identical / total.lines > 0.88, `${kind}: ${total.identical} of ${total.lines}`)
  }
})
