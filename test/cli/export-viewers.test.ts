import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'
import { readPerfetto } from '../helpers/perfetto-trace.ts'

t.setTimeout(280_000)

const stacks = fixture('traces', 'amd64-6.12-ev-kstack.dat')

t.test('a file appears when it is whole, and is kept without --force', async (t) => {
  const root = t.testdir({ 'there.svg': 'mine' })
  const run = (to: string, name: string, ...more: string[]) =>
    traceduck(['export', stacks, '--to', to, '-o', join(root, name), ...more])
  t.equal(run('flamegraph', 'there.svg').status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.equal(readFileSync(join(root, 'there.svg'), 'utf8'), 'mine')
  t.equal(run('flamegraph', 'there.svg', '--force').status, 0)
  t.match(readFileSync(join(root, 'there.svg'), 'utf8'), /^<\?xml [\s\S]*<\/svg>\n$/)
  t.equal(run('folded', 'none', '--profile', 'functions').status, ERROR_EXIT.ERR_NOT_RECORDED)
  t.same(readdirSync(root), ['there.svg'], 'nothing is left of what failed')
})

t.test('a timeline, with little memory for DuckDB', async (t) => {
  const out = join(t.testdir({}), 'a.pftrace')
  const done = traceduck(['export', stacks, '--to', 'perfetto', '-o', out, '--memory', '200MB'])
  t.equal(done.status, 0, done.err)
  t.match(done.err, /: \d+ events in \d+ packets, \d+ tracks\n$/)
  t.ok(readPerfetto(readFileSync(out)).events.some(({ name }) => name === 'sched_switch'))
})

t.test('lines of stacks on stdout', async (t) => {
  const { status, out } = traceduck(['export', stacks, '--to', 'folded', '-o', '-', '-q'])
  t.equal(status, 0)
  t.match(out, /^(([^;\n]+;)*[^;\n]+ \d+\n)+$/)
})

t.test('a profile is for stacks only', async (t) => {
  const args = ['export', stacks, '--to', 'perfetto', '-o', '-', '--profile', 'alloc']
  const { status, err } = traceduck(args)
  t.equal(status, ERROR_EXIT.ERR_USAGE)
  t.match(err, /^traceduck: --profile is not for --to perfetto\n/)
})
