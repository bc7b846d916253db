// `npm start`: from a bare checkout to two answers. Imports a real recording of `ping -c1` into a
// database that is gone afterwards, and asks it two questions, through the built command.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, requireNode, root } from './setup.mjs'

const recording = 'fixtures/reports/icmp-ping-default.dat'

function traceduck(args) {
  const main = join(root, 'dist/cli/main.js')
  const done = spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`traceduck ${args[0]}: exit status ${done.status}`)
  return done.stdout
}

function answer(database) {
  traceduck(['import', recording, '-o', database, '-q'])
  process.stdout.write(`$ traceduck import ${recording} -o ping.duckdb\n\n`)
  const folder = join(root, 'scripts/exercises')
  for (const file of readdirSync(folder).sort()) {
    const rows = traceduck(['sql', database, '-f', join(folder, file), '--format', 'table'])
    process.stdout.write(`$ traceduck sql ping.duckdb -f scripts/exercises/${file}\n`)
    process.stdout.write(`${readFileSync(join(folder, file), 'utf8').trim()}\n\n${rows}\n`)
  }
  const report = traceduck(['run', 'icmp-allocs', database, '--format', 'ndjson'])
  process.stdout.write(`The same as a report, with sizes and reasons:\n`)
  process.stdout.write(`$ traceduck run icmp-allocs ping.duckdb --format ndjson\n${report}`)
}

requireNode()
ensureInstalled()
if (!(await ensureBuilt())) process.exit(1)
const scratch = mkdtempSync(join(tmpdir(), 'traceduck-'))
try {
  answer(join(scratch, 'ping.duckdb'))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
