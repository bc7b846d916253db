import t from 'tap'
import { noOwnFacts, readOwnFacts } from '../../parser/container/own-facts.ts'
import {
  descriptorLine,
  enabledLine,
  fileLine,
  mapLine,
  ownOptions,
  settingLine,
  taskLine,
  wallLine,
} from '../../recorder/own-facts.ts'

const range = {
  pid: 10,
  from: 5n,
  until: undefined,
  start: 0x400000n,
  end: 0x401000n,
  offset: 0x1000n,
  path: '/a\nb c',
}

t.test('what is written is what is read', async (t) => {
  const lines = [
    wallLine(-7n),
    taskLine(12, 10),
    descriptorLine({ pid: 10, fd: 3, target: '/tmp/a b', flags: 0o2000002 }),
    descriptorLine({ pid: 10, fd: 4, target: 'pipe:[7]', flags: undefined }),
    mapLine(range),
    fileLine('/b c', '00ff', undefined),
    fileLine('/d', undefined, { size: 7n, mtimeNs: -8n }),
    fileLine('/e', undefined, undefined),
    settingLine('filter', '', 'sched prev_comm == "a b"'),
    settingLine('command', undefined, 'a\nb'),
    enabledLine({ buffer: 'of mine/ä', system: 'sched', names: ['a', 'b'], filter: undefined }),
    enabledLine({ buffer: '', system: 'td', names: ['c'], filter: 'x > 0 && y' }),
  ]
  const [option, ...more] = ownOptions(lines)
  t.same(more, [])
  t.equal(option?.payload.at(-1), 0)
  const facts = noOwnFacts()
  readOwnFacts(Buffer.from(option!.payload.subarray(0, -1)).toString(), facts, (kind) =>
    t.fail(kind),
  )
  t.same(facts, {
    wallOffset: -7n,
    tgids: new Map([[12, 10]]),
    descriptors: [
      { tgid: 10, fd: 3, target: '/tmp/a b', closeOnExec: true },
      { tgid: 10, fd: 4, target: 'pipe:[7]', closeOnExec: undefined },
    ],
    maps: [
      {
        tgid: 10,
        start: 0x400000n,
        end: 0x401000n,
        fileOffset: 0x1000n,
        path: '/a\\012b c',
        from: 5n,
        until: undefined,
      },
    ],
    files: [
      { path: '/b c', buildId: '00ff', size: undefined, mtimeNs: undefined },
      { path: '/d', buildId: undefined, size: 7n, mtimeNs: -8n },
      { path: '/e', buildId: undefined, size: undefined, mtimeNs: undefined },
    ],
    settings: [
      { name: 'filter', buffer: '', value: 'sched prev_comm == "a b"' },
      { name: 'command', buffer: undefined, value: 'a\\012b' },
    ],
    enabled: [
      { buffer: 'of mine/ä', system: 'sched', names: ['a', 'b'], filter: undefined },
      { buffer: '', system: 'td', names: ['c'], filter: 'x > 0 && y' },
    ],
  })
})

t.test('much becomes several options, nothing becomes none', async (t) => {
  t.same(ownOptions([]), [])
  const line = mapLine({ ...range, path: `/${'x'.repeat(4000)}` })
  const options = ownOptions(new Array(3000).fill(line))
  t.ok(options.length > 1 && options.every(({ payload }) => payload.length < 5e6))
  const bytes = options.reduce((sum, { payload }) => sum + payload.length - 1, 0)
  t.equal(bytes, 3000 * line.length)
})
