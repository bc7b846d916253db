// `npm test`: style check, compile, then every test through tap. Arguments name single tests:
// `npm test -- test/parser/container`.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, must, requireNode, root, run } from './setup.mjs'

/**
 * tap ships with a set of plugins that needs the TypeScript API, which TypeScript 7 has not;
 * `tap build` generates the set named in .taprc.
 */
function ensureTapBuilt() {
  const built = join(root, 'node_modules/@tapjs/test/test-built/dist/esm/index.js')
  if (existsSync(built) && !readFileSync(built, 'utf8').includes('@tapjs/typescript')) return
  must('preparing tap (tap build)', process.execPath, [tap, 'build'])
}

/** Compiled paths of the tests whose source is there; left-overs of removed tests do not run. */
function findTests(prefixes) {
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => join('test', name))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => join('dist', name.replace(/\.ts$/, '.js')))
    .sort()
}

const tap = join(root, 'node_modules/tap/dist/esm/run.mjs')
requireNode()
ensureInstalled()
ensureTapBuilt()
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
// CI makes tap's reporter print once instead of redrawing.
const done = spawnSync(process.execPath, [tap, 'run', '--reporter=terse', '--no-color', ...tests], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CI: 'true' },
})
process.exit(styled && built ? (done.status ?? 1) : 1)
