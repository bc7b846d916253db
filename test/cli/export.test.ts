import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(280_000)

const trace = fixture('reports', 'icmp-ping-default.dat')

t.test('a folder that answers as the file does, whatever its path', async (t) => {
  const folder = join(t.testdir({ "it's [a] {folder}*": {} }), "it's [a] {folder}*", 'out')
  const done = traceduck(['export', trace, '--to', 'parquet', '-o', folder])
  t.equal(done.status, 0, done.err)
  t.match(done.err, /: \d+ events in \d+ event tables\n$/)
  t.ok(existsSync(join(folder, 'system=kmem', 'event=kmalloc', 'part-00000.parquet')))
  t.ok(existsSync(join(folder, 'meta', 'sources.parquet')))
  t.same(readdirSync(join(folder, '..')), ['out'], 'nothing else is left')
  for (const args of [
    ['run', 'icmp-allocs'],
    ['run', 'alloc-sizes', '--format', 'json'],
  ]) {
    const [verb, name, ...more] = args as [string, string]
    t.equal(
      traceduck([verb, name, folder, ...more]).out,
      traceduck([verb, name, trace, ...more]).out,
    )
  }
  const sql = 'select system, event, count(*) from events group by all order by all'
  t.equal(traceduck(['sql', folder, sql]).out, traceduck(['sql', trace, sql]).out)
  t.match(traceduck(['sql', folder, 'from cpu_slices']).err, /needs sched:sched_switch - not in/)
})

t.test('folders that are there are kept, unless an export made them', async (t) => {
  const root = t.testdir({ mine: { 'a.txt': 'x' } })
  const mine = join(root, 'mine')
  const out = join(root, 'out')
  const run = (folder: string, ...more: string[]) =>
    traceduck(['export', trace, '--to', 'parquet', '-o', folder, '-q', ...more])
  t.equal(run(mine).status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.equal(run(mine, '--force').status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.same(readdirSync(mine), ['a.txt'])
  t.equal(run(out).status, 0)
  t.equal(run(out).status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.equal(run(out, '--force').err, '')
  t.equal(run(join(root, 'no', 'such')).status, ERROR_EXIT.ERR_SINK_WRITE)
  t.same(readdirSync(root).sort(), ['mine', 'out'])
})

t.test('what cannot be exported or opened', async (t) => {
  const root = t.testdir({ 'text.dat': 'hello' })
  const bad = traceduck(['export', join(root, 'text.dat'), '--to', 'parquet', '-o', `${root}/o`])
  t.equal(bad.status, ERROR_EXIT.ERR_TRACE_BAD_MAGIC)
  t.same(readdirSync(root), ['text.dat'], 'nothing is left of it')
  mkdirSync(join(root, 'other'))
  const other = traceduck(['run', 'icmp-allocs', join(root, 'other')])
  t.equal(other.status, ERROR_EXIT.ERR_TRACE_OPEN)
  t.match(other.err, /folder made by export --to parquet\n$/)
  t.equal(traceduck(['export', trace, '-o', `${root}/o`]).status, 2)
})
