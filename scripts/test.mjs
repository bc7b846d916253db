// `npm test`: style check, compile, then every test through tap. Arguments name single tests:
// `npm test -- test/parser/container`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBuilt, ensureInstalled, requireNode, root, run } from './setup.mjs'

/** Compiled paths of the tests whose source is there; left-overs of removed tests do not run. */
function findTests(prefixes) {
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => join('test', name))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => join('dist', name.replace(/\.ts$/, '.js')))
    .sort()
}

/** Shows a line for each file, and all that one said which failed or left something out. */
async function show(stream) {
  let said = []
  for await (const line of createInterface({ input: stream })) {
    said.push(line)
    if (/^# (\{|time)/.test(line)) process.stdout.write(`${line}\n`)
    if (!/^(not )?ok /.test(line)) continue
    const failed = line.startsWith('not')
    const shown = said.filter((one) => failed || one === line || /# (SKIP|TODO)/.test(one))
    process.stdout.write(`${shown.join('\n')}\n`)
    said = []
  }
}

requireNode()
ensureInstalled()
// Bad style or a type error fails the run, but does not keep the tests from saying what they know.
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
const styled = run('checking style (biome)', process.execPath, [
  biome,
  'check',
  '--diagnostic-level=error',
  '.',
])
const built = await ensureBuilt()
const tests = findTests(process.argv.slice(2))
if (tests.length === 0) {
  process.stderr.write('no test matches\n')
  process.exit(2)
}
process.stderr.write(`running ${tests.length} test files\n`)
const tap = spawn(process.execPath, [join(root, 'scripts/run-tests.mjs'), ...tests], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = once(tap, 'close')
await show(tap.stdout)
const [status] = await ended
process.exit(styled && built ? (status ?? 1) : 1)
