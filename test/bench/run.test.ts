import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { canMeasure } from '../../bench/measure.ts'
import { fixture, root } from '../helpers/paths.ts'

t.setTimeout(280_000)

const hasTraceCmd = spawnSync('trace-cmd', ['--version']).error === undefined
const reason = hasTraceCmd && canMeasure() ? false : 'needs trace-cmd and GNU time'

interface Figures {
  readonly machine: { readonly node: string; readonly kernel: string }
  readonly cases: readonly {
    readonly name: string
    readonly wallRatio: number
    readonly ours: { readonly wall: { readonly median: number }; readonly peakBytes: number }
  }[]
  readonly stages: Readonly<Record<string, unknown>>
  readonly growth: readonly { readonly times: number; readonly bytes: number }[]
}

t.test('every case runs on a small recording', { skip: reason }, async (t) => {
  const out = join(t.testdir({}), 'results', 'figures.json')
  const done = spawnSync(
    process.execPath,
    [
      `${root}dist/bench/run.js`,
      fixture('reports', 'icmp-ping-default.dat'),
      ...['--runs', '1', '--growth', '1,2', '--out', out],
    ],
    { encoding: 'utf8' },
  )
  t.equal(done.stderr, '')
  t.equal(done.status, 0)
  t.ok(existsSync(out))
  const figures = JSON.parse(readFileSync(out, 'utf8')) as Figures
  t.equal(figures.machine.node, process.versions.node)
  t.ok(figures.cases.length >= 5)
  for (const { name, wallRatio, ours } of figures.cases) {
    t.ok(wallRatio > 0 && Number.isFinite(wallRatio), name)
    t.ok(ours.wall.median > 0 && ours.peakBytes > 1e6, name)
  }
  t.same(Object.keys(figures.stages), ['read', 'walk', 'decode'])
  t.same(
    figures.growth.map(({ times }) => times),
    [1, 2],
  )
  t.ok(figures.growth[1]!.bytes > figures.growth[0]!.bytes)
})
