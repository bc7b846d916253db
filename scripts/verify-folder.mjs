/**
 * Holds the parser against recordings with golden outputs:
 *
 *     node scripts/verify-folder.mjs FOLDER [--only NAME]
 *
 * FOLDER has, for each recording, NAME.dat, NAME.records.csv.gz, NAME.raw.txt.gz and NAME.json (see
 * fixtures/README.md). Prints a line a file and a summary; exit status 1 on any difference, 2 when
 * there is nothing to compare.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, requireNode } from './setup.mjs'

requireNode()
ensureInstalled()
await ensureBuilt()
const { compareTrace, differences, emptyComparison, PARTS } = await import(
  '../dist/test/golden/compare.js'
)

const [folder, ...rest] = process.argv.slice(2)
const only = rest[0] === '--only' ? rest[1] : undefined
if (folder === undefined || (rest.length > 0 && only === undefined)) {
  console.error('usage: node scripts/verify-folder.mjs FOLDER [--only NAME]')
  process.exit(2)
}

const isComplete = (name) =>
  ['.records.csv.gz', '.raw.txt.gz', '.json'].every((end) => existsSync(join(folder, name + end)))
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.dat'))
  .map((file) => file.slice(0, -4))
  .filter((name) => isComplete(name) && (only === undefined || name === only))
  .sort()
if (names.length === 0) {
  console.error(`${folder}: no recordings with golden files`)
  process.exit(2)
}

const total = emptyComparison()
let bad = 0
for (const name of names) {
  let line
  try {
    const comparison = await compareTrace(join(folder, name))
    for (const part of PARTS) total[part].merge(comparison[part])
    const different = differences(comparison)
    line = `${different === 0 ? 'ok  ' : 'FAIL'} ${name}: ${PARTS.map((part) => `${part} ${comparison[part]}`).join('; ')}`
    if (different > 0) {
      bad++
      for (const part of PARTS)
        for (const sample of comparison[part].samples) line += `\n       ${part}: ${sample}`
    }
  } catch (error) {
    bad++
    line = `FAIL ${name}: ${error?.code ?? ''} ${error?.stack ?? error}`
  }
  console.log(line)
}

console.log(`\n${names.length} files, ${names.length - bad} equal, ${bad} different`)
for (const part of PARTS) {
  const { exact, partial, exempt, different, notes } = total[part]
  const all = exact + partial + exempt + different
  const share = all === 0 ? 100 : (100 * exact) / all
  console.log(`${part}: ${total[part]} (${share.toFixed(2)} % exact)`)
  for (const [note, count] of [...notes].sort((a, b) => b[1] - a[1]))
    console.log(`    ${count} ${note}`)
}
process.exit(bad > 0 ? 1 : 0)
