import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildProgram } from '../../cli/program.ts'
import { root } from '../helpers/paths.ts'
import { findSteps } from '../helpers/runnable-docs.ts'

const document = readFileSync(`${root}docs/cli.md`, 'utf8')
const steps = findSteps(document).map(({ command }) => command)
const commands = (await buildProgram()).commands

t.ok(commands.length >= 4, 'commands were found')

for (const command of commands) {
  const name = command.name()
  t.test(`traceduck ${name}`, async (t) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) })
    command.outputHelp()
    t.ok(command.description().length > 20, 'says what it does')
    const examples = help.split('\nExamples:\n')[1] ?? ''
    const count = examples
      .split('\n')
      .filter((line) => /^ {2}(\w+=\S+ )*traceduck /.test(line)).length
    t.ok(count >= 2, 'help ends with two or three examples')
    for (const option of command.options) t.ok(option.description, option.flags)
    t.ok(document.includes(`\n## \`traceduck ${name}\`\n`), 'has a section in docs/cli.md')
    // The block is run and compared by runnable.test.ts, so the reference cannot go stale.
    t.ok(steps.includes(`traceduck ${name} --help`), 'docs/cli.md shows its help')
  })
}
