import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SHELLS } from '../../cli/completion.ts'
import { buildProgram } from '../../cli/program.ts'
import { traceduck } from '../helpers/cli.ts'

t.setTimeout(280_000)

/** What bash offers for a command line whose last word is being typed. */
function complete(t: Test, script: string, ...words: string[]): string[] {
  const file = join(t.testdir({ 'trace.dat': '' }), 'complete.bash')
  writeFileSync(
    file,
    `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}
    cd "$(dirname "$0")"; _traceduck; printf '%s\\n' "$\{COMPREPLY[@]}"`,
  )
  const done = spawnSync('bash', [file], { encoding: 'utf8' })
  t.equal(done.stderr, '')
  return done.stdout.trim().split('\n')
}

t.test('bash completes commands, options, values and files', async (t) => {
  const script = traceduck(['completion', 'bash']).out
  t.same(complete(t, script, 'traceduck', 'i').sort(), ['import', 'info'])
  t.same(complete(t, script, 'traceduck', 'sql', '--fo').sort(), ['--force', '--format'])
  t.same(complete(t, script, 'traceduck', 'sql', '--format', 'p'), ['parquet'])
  t.same(complete(t, script, 'traceduck', 'info', '--format', 'p'), [''], 'info has no Parquet')
  t.same(complete(t, script, 'traceduck', 'completion', ''), [...SHELLS])
  t.ok(complete(t, script, 'traceduck', 'sql', 'tr').includes('trace.dat'))
})

t.test('every command and option is in every script', async (t) => {
  for (const shell of SHELLS) {
    const script = traceduck(['completion', shell]).out
    for (const command of (await buildProgram()).commands) {
      t.ok(script.includes(command.name()), `${shell}: ${command.name()}`)
      for (const { long, short } of command.options) {
        const fish = long ? `-l ${long.slice(2)}` : `-s ${short!.slice(1)}`
        t.ok(
          script.includes(shell === 'fish' ? fish : (long ?? short!)),
          `${shell}: ${long ?? short}`,
        )
      }
    }
  }
})

for (const shell of SHELLS) {
  const there = spawnSync(shell, ['-c', 'true']).status === 0
  t.test(`${shell} accepts the script`, { skip: there ? false : `no ${shell} here` }, async (t) => {
    const done = spawnSync(shell, ['-n'], {
      input: traceduck(['completion', shell]).out,
      encoding: 'utf8',
    })
    t.same({ status: done.status, stderr: done.stderr }, { status: 0, stderr: '' })
  })
}
