import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../helpers/paths.ts'
import {
  findSteps,
  maskVolatile,
  matchesOutput,
  prepareFolder,
  rewriteOutputs,
  runStep,
} from '../helpers/runnable-docs.ts'

/** `TAP_SNAPSHOT=1` writes what the commands print into the documents instead of comparing. */
const rewrite = process.env.TAP_SNAPSHOT === '1'

/** From here on a status means a bug, or a command that is not there. */
const EXIT_BUG = 70

t.setTimeout(280_000)

t.test('the reader of runnable blocks', async (t) => {
  const markdown = [
    'text\n\n<!-- run -->\n\n```console\n$ echo a \\\n  b\na b\n\n$ true\n```\n',
    '```\n$ not run\n```\n',
  ].join('\n')
  t.same(findSteps(markdown), [
    { command: 'echo a \\\n  b', output: 'a b' },
    { command: 'true', output: '' },
  ])
  const rewritten = rewriteOutputs(markdown, () => 'new')
  t.same(
    findSteps(rewritten).map((step) => step.output),
    ['new', 'new'],
  )
  t.ok(matchesOutput('1\n2\n3', '1\n…\n3'))
  t.notOk(matchesOutput('1\n2\n4', '1\n…\n3'))
  t.ok(matchesOutput('took 1.5 s', 'took 0.25 s'))
  t.notOk(matchesOutput('2 rows', '3 rows'))
})

const documents = ['README.md', ...markdownBelow('docs')].filter(
  (path) => findSteps(readFileSync(`${root}${path}`, 'utf8')).length > 0,
)

t.ok(documents.includes('README.md'), 'the README is run')

for (const path of documents) {
  t.test(path, async (t) => {
    const folder = t.testdir({})
    prepareFolder(folder)
    const text = readFileSync(`${root}${path}`, 'utf8')
    const run = (command: string): string => {
      const { output, status } = runStep(folder, command)
      t.ok(status < EXIT_BUG, `exit status ${status}: ${command}`)
      return output
    }
    if (rewrite) {
      writeFileSync(
        `${root}${path}`,
        rewriteOutputs(text, (step) => run(step.command)),
      )
    }
    for (const { command, output } of rewrite ? [] : findSteps(text)) {
      const actual = run(command)
      if (matchesOutput(actual, output)) t.pass(command)
      else t.equal(maskVolatile(actual), maskVolatile(output), command)
    }
  })
}

function markdownBelow(folder: string): string[] {
  if (!existsSync(`${root}${folder}`)) return []
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort()
}
