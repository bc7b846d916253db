import t from 'tap'
import { canMeasure, median } from '../../bench/measure.ts'
import {
  beyond,
  type Comparison,
  type Context,
  compare,
  costAtMost,
  faster,
  isMet,
  peakMB,
} from '../../bench/question.ts'
import { formatTable } from '../../bench/table.ts'

const skip = canMeasure() ? false : 'needs GNU time'

/** All that comparing asks of its surroundings. */
const context = { runs: 3, progress: () => {} } as unknown as Context
const base: Comparison = {
  what: 'this',
  ours: 'true',
  peer: 'that',
  peerCommand: 'sleep 0.3',
  targets: [],
}

t.test('the middle of several runs', async (t) => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([4, 1, 3, 2]), 2)
})

t.test('a peer that is slower', { skip }, async (t) => {
  const targets = [faster(2), faster(1000), beyond(0), beyond(-10), peakMB(200), peakMB(0.1)]
  const rows = compare(context, { ...base, targets })
  t.same(rows.map(isMet), [true, false, true, false, true, false])
  const [first, second] = rows
  t.equal(first?.ours?.runs, 3)
  t.ok(first!.theirs!.wall >= 0.3)
  t.ok(first!.wallRatio! > 2)
  t.same([second?.what, second?.ours], ['', undefined], 'times are in the first row only')
})

t.test('CPU counts that of children', { skip }, async (t) => {
  const spin = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
  const ours = `bash -c '${spin}' && bash -c '${spin}'`
  const rows = compare(context, { ...base, ours, peerCommand: spin, targets: [costAtMost(1.2)] })
  t.equal(isMet(rows[0]!), false)
})

t.test(
  'a peer that is missing or fails is said to be so, and is no failure',
  { skip },
  async (t) => {
    const [missing] = compare(context, { ...base, peerCommand: undefined, targets: [faster(2)] })
    t.match(missing, { note: 'peer is missing here', theirs: undefined, figure: undefined })
    t.equal(isMet(missing!), undefined)
    const failing = { ...base, peerCommand: 'echo no >&2; false', targets: [faster(2)] }
    t.match(compare(context, failing)[0], { note: 'peer failed: no', figure: undefined })
    t.throws(() => compare(context, { ...base, ours: 'echo oops >&2; false' }), /oops/)
  },
)

t.test('answers that differ are not compared', { skip }, async (t) => {
  const ours = { ...base, ours: 'echo 1', sameOutput: true, targets: [faster(0)] }
  t.match(compare(context, { ...ours, peerCommand: 'echo 2' })[0], { note: 'the answers differ' })
  t.equal(isMet(compare(context, { ...ours, peerCommand: 'echo 1' })[0]!), true)
})

t.test('the table', async (t) => {
  const times = { runs: 5, cpu: 1.5, peakBytes: 100e6, spread: 0.1 }
  const text = formatTable([
    {
      what: 'decode',
      ours: { ...times, wall: 1, user: 0.9 },
      peer: 'trace-cmd report',
      theirs: { ...times, wall: 21, user: 20 },
      wallRatio: 21,
      userRatio: 22.2,
      figure: 21,
      target: { unit: '×', atLeast: 20 },
    },
    { what: '', peer: '', figure: 701, target: { unit: 'MB', atMost: 700 } },
    { what: 'report', peer: 'trace-cmd report', note: 'there is no such command' },
  ])
  const lines = text.split('\n').map((line) => line.replace(/ +/g, ' '))
  t.equal(
    lines[2],
    '| decode | 1.00 | 0.90 | 100 | trace-cmd report | 21.00 | 20.00 | 21.0 | 22.2 | 21.0× | ≥ 20× | met |',
  )
  t.equal(lines[3], '| | | | | | | | | | 701 MB | ≤ 700 MB | NOT MET |')
  t.match(lines[4], /^\| report \(1\) \|.*\| trace-cmd report \|/)
  t.equal(lines[6], '1. there is no such command')
})
