/**
 * Holds the report against golden texts of trace-cmd:
 *
 *     node scripts/compare-report.mjs FOLDER [--only NAME] [--rule RULE]
 *
 * FOLDER has, for each recording, NAME.dat, NAME.json and NAME.report.txt.gz, NAME.report-N.txt.gz
 * (`-N`) or NAME.raw.txt.gz (`-R -t`). Prints the share of lines that are identical, the deliberate
 * differences by rule (docs/report.md), and what no rule explains; exit status 1 when there is such.
 * `--rule` shows differences that the rule explains instead.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuilt, ensureInstalled, requireNode } from './setup.mjs'

requireNode()
ensureInstalled()
await ensureBuilt()
const { addReportComparison, compareReport, emptyReportComparison, REPORTS } = await import(
  '../dist/test/golden/compare-report.js'
)

const {
  values: { only, rule },
  positionals: [folder],
} = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, rule: { type: 'string' } },
})
if (folder === undefined) {
  console.error('usage: node scripts/compare-report.mjs FOLDER [--only NAME] [--rule RULE]')
  process.exit(2)
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith('.dat'))
  .map((file) => file.slice(0, -4))
  .filter((name) => only === undefined || name === only)
  .sort()
const totals = new Map(REPORTS.map(({ kind }) => [kind, emptyReportComparison()]))
for (const name of names)
  for (const report of REPORTS) {
    const path = join(folder, name)
    if (!existsSync(`${path}.${report.kind}.txt.gz`)) continue
    const comparison = await compareReport(path, report, rule)
    addReportComparison(totals.get(report.kind), comparison)
    console.log(`${line(comparison)}  ${name} ${report.kind}`)
    for (const sample of comparison.samples) console.log(sample.replace(/^/gm, '    '))
  }
for (const [kind, total] of totals) console.log(`${line(total)}  all ${kind}`)
process.exitCode = [...totals.values()].some(({ different }) => different > 0) ? 1 : 0

function line({ lines, identical, different, rules }) {
  const share = lines === 0 ? '' : `${((identical / lines) * 100).toFixed(2)}%`
  const meant = [...rules].map(([rule, count]) => `${rule} ${count}`).join(', ')
  return `${share.padStart(7)} of ${lines} identical, ${different} different${meant && `; ${meant}`}`
}
