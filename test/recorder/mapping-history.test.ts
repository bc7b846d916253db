import t from 'tap'
import { MappingHistory, MOST_RANGES } from '../../recorder/mapping-history.ts'

const map = (pid: number, time: bigint, path: string, start = 0x1000n, size = 0x1000n) =>
  ({ kind: 'map', pid, time, path, start, end: start + size, offset: 0n }) as const
const fork = (parent: number, pid: number, time: bigint) =>
  ({ kind: 'fork', parent, pid, time }) as const
const exec = (pid: number, time: bigint) => ({ kind: 'exec', pid, time }) as const

/** `pid path from-until`, in order. */
const rows = (history: MappingHistory): string[] =>
  [...history.ranges()]
    .map(({ pid, path, from, until }) => `${pid} ${path} ${from ?? ''}-${until ?? ''}`)
    .sort()

t.test('a command and its children', async (t) => {
  const history = new MappingHistory()
  history.follow(1, undefined, true)
  for (const event of [
    exec(1, 10n),
    map(1, 11n, '/bin/sh'),
    map(1, 12n, '/lib/c', 0x5000n),
    fork(1, 2, 20n),
    exec(2, 21n),
    map(2, 22n, '/bin/ls'),
    fork(1, 3, 30n),
    fork(9, 8, 31n),
    map(8, 32n, '/bin/other'),
    exec(1, 40n),
    map(1, 41n, '/bin/end'),
  ]) {
    history.see(event)
  }
  t.same(rows(history), [
    '1 /bin/end 41-',
    '1 /bin/sh 11-40',
    '1 /lib/c 12-40',
    '2 /bin/ls 22-',
    '3 /bin/sh 30-',
    '3 /lib/c 30-',
  ])
  t.same(
    [...history.mappings()].map(({ pid, program }) => [pid, program]),
    [
      [1, '/bin/end'],
      [2, '/bin/ls'],
      [3, '/bin/sh'],
    ],
  )
  t.equal(history.dropped, 0)
})

t.test('a process that was there, without its children', async (t) => {
  const history = new MappingHistory()
  const place = { start: 0x1000n, end: 0x3000n, offset: 0n, path: '/bin/a' }
  history.follow(1, { pid: 1, program: '/usr/bin/a', maps: [place] }, false)
  history.see(fork(1, 2, 5n))
  t.same(rows(history), ['1 /bin/a -'])
  t.same([...history.mappings()][0]?.program, '/usr/bin/a')
})

t.test('a mapping over another takes its place', async (t) => {
  const history = new MappingHistory()
  history.follow(1, undefined, true)
  history.see(map(1, 1n, '/a', 0x1000n, 0x2000n))
  history.see(map(1, 2n, '/b', 0x3000n))
  history.see(map(1, 3n, '/c', 0x2000n))
  t.same(rows(history), ['1 /a 1-3', '1 /b 2-', '1 /c 3-'])
  const [mapping] = [...history.mappings()]
  t.same(
    mapping?.maps.map(({ path }) => path),
    ['/c', '/b'],
    'by address',
  )
})

t.test('a process id that is given out again', async (t) => {
  const history = new MappingHistory()
  history.follow(1, undefined, true)
  history.see(map(1, 1n, '/a'))
  history.see(fork(1, 2, 2n))
  history.see(map(2, 3n, '/b', 0x9000n))
  history.see(fork(7, 2, 4n))
  history.see(map(2, 5n, '/foreign'))
  t.same(rows(history), ['1 /a 1-', '2 /a 2-4', '2 /b 3-4'])
})

t.test('no more than can be kept, and the rest counted', async (t) => {
  const history = new MappingHistory()
  history.follow(1, undefined, true)
  const many = MOST_RANGES - 1
  for (let i = 0; i < many; i++) history.see(map(1, 1n, '/a', BigInt(i) * 0x1000n))
  history.see(fork(1, 2, 2n))
  history.see(map(1, 3n, '/b', 2n ** 40n))
  t.equal([...history.ranges()].length, MOST_RANGES)
  t.equal(history.dropped, many)
  history.see(exec(2, 4n))
  history.see(map(2, 5n, '/c'))
  t.match(rows(history).at(-1), '2 /c 5-', 'what an exec gave back can be used')
})
