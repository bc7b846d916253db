/** What the command makes is for its user alone, whatever umask it is started with. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(120_000)
const before = process.umask(0)
t.teardown(() => process.umask(before))

t.test('files and folders', async (t) => {
  const folder = t.testdir({})
  const trace = fixture('traces', 'i386-6.1-marker.dat')
  const out = (name: string): string[] => ['-o', join(folder, name)]
  for (const args of [
    ['import', trace, ...out('t.duckdb')],
    ['sql', trace, 'from events', ...out('t.csv')],
    ['sql', trace, 'from events', ...out('t.parquet')],
    ['report', trace, ...out('t.txt')],
    ['split', trace, '--cpu', '0', ...out('split.dat')],
    ['convert', trace, '--compression', 'none', ...out('convert.dat')],
    ['export', trace, '--to', 'parquet', ...out('parquet')],
  ]) {
    const { status, err } = traceduck(args)
    t.equal(status, 0, `${args[0]}: ${err}`)
  }
  const open = readdirSync(folder, { recursive: true })
    .map((name) => ({ name, mode: statSync(join(folder, String(name))).mode & 0o077 }))
    .filter(({ mode }) => mode !== 0)
  t.same(open, [])
  t.ok(readdirSync(folder).length === 7)
})
