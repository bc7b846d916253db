// Recipes of docs/recipes.md, recorded and answered on this machine: the first of each section, and
// all with `TRACEDUCK_TEST_ALL=1`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { root } from '../helpers/paths.ts'
import { everyRecording } from '../helpers/recordings.ts'
import { findSteps, prepareFolder, rewriteOutputs, runStep } from '../helpers/runnable-docs.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const PAGE = `${root}docs/recipes.md`
/** `TAP_SNAPSHOT=1` writes what the commands print into the document instead of comparing. */
const rewrite = process.env.TAP_SNAPSHOT === '1'

const found = liveTracefs()
/** Programs that the recipes record, none of them part of every system. */
const missing = ['python3', 'ping', 'curl', 'strace', 'gcc', 'unshare'].filter(
  (program) =>
    !['/usr/bin', '/bin', '/usr/local/bin'].some((bin) => existsSync(`${bin}/${program}`)),
)
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
if (missing.length > 0) {
  t.plan(0, `not installed: ${missing.join(', ')}`)
  process.exit()
}
t.setTimeout(400_000)
holdTracefs(t)

/** Headings of a table or a drawing: what is left when figures, names and widths are taken out. */
function formOf(output: string): string {
  const table = output.split('\n').find((line) => line.startsWith('│'))
  return (table ?? '').replace(/\s+/g, ' ')
}

/** The page with the first recipe of each section only. */
function firstOfSections(page: string): string {
  return page
    .split(/^(?=## )/m)
    .map((section) =>
      section
        .split(/^(?=### )/m)
        .slice(0, 2)
        .join(''),
    )
    .join('')
}

t.test('recipes work here', async (t) => {
  const folder = t.testdir({})
  prepareFolder(folder)
  const text = readFileSync(PAGE, 'utf8')
  const run = (command: string): string => {
    const { output, status } = runStep(folder, command)
    t.equal(status, 0, `exit status of: ${command}\n${output}`)
    return output
  }
  if (rewrite) {
    writeFileSync(
      PAGE,
      rewriteOutputs(text, (step) => run(step.command), 'live'),
    )
    return
  }
  for (const { command, output } of findSteps(
    everyRecording ? text : firstOfSections(text),
    'live',
  )) {
    const actual = run(command)
    t.equal(formOf(actual), formOf(output), `columns of: ${command}`)
    if (output !== '') t.not(actual, '', `an answer to: ${command}`)
  }
})
