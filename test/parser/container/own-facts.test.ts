import t from 'tap'
import { noOwnFacts, type OwnFacts, readOwnFacts } from '../../../parser/container/own-facts.ts'
import { makeTrace, OPTION, textOption } from '../../helpers/make-trace.ts'
import { codesOf, openBytes } from '../../helpers/open-bytes.ts'

const read = (text: string): { facts: OwnFacts; unknown: string[] } => {
  const facts = noOwnFacts()
  const unknown: string[] = []
  readOwnFacts(text, facts, (kind) => unknown.push(kind))
  return { facts, unknown }
}

t.test('every kind of line', async (t) => {
  const { facts, unknown } = read(
    [
      'wall -1500',
      'task 12 10',
      'task 10 10',
      'fd 10 0 2 /dev/pts/1',
      'fd 10 3 2000002 /tmp/a b',
      'fd 10 4 - socket:[7]',
      'map 10 - - 400000 401000 0 /bin/a b',
      'map 10 5 9 7fffffffe000 ffffffffffffffff 1000 /lib/x',
    ].join('\n'),
  )
  t.same(unknown, [])
  t.equal(facts.wallOffset, -1500n)
  t.same(
    [...facts.tgids],
    [
      [12, 10],
      [10, 10],
    ],
  )
  t.same(facts.descriptors, [
    { tgid: 10, fd: 0, target: '/dev/pts/1', closeOnExec: false },
    { tgid: 10, fd: 3, target: '/tmp/a b', closeOnExec: true },
    { tgid: 10, fd: 4, target: 'socket:[7]', closeOnExec: undefined },
  ])
  t.same(facts.maps, [
    {
      tgid: 10,
      start: 0x400000n,
      end: 0x401000n,
      fileOffset: 0n,
      path: '/bin/a b',
      from: undefined,
      until: undefined,
    },
    {
      tgid: 10,
      start: 0x7fffffffe000n,
      end: 0xffffffffffffffffn,
      fileOffset: 0x1000n,
      path: '/lib/x',
      from: 5n,
      until: 9n,
    },
  ])
})

t.test(
  'lines of a newer recorder are passed over, wrong ones counted, the others kept',
  async (t) => {
    t.same(read('colour blue\nconstructor\n\nwall 7\n').unknown, ['colour', 'constructor', ''])
    const facts = noOwnFacts()
    t.throws(
      () =>
        readOwnFacts(
          'task 1\nwall 7\nmap x\ntask 1 2 3\nwall 9999999999999999999\nset a /% b\nset a b\non / a b',
          facts,
          () => {},
        ),
      {
        code: 'ERR_TRACE_OPTION',
        message: "7 lines make no sense, first 'task 1'",
      },
    )
    t.equal(facts.wallOffset, 7n)
    t.equal(facts.tgids.size, 0)
  },
)

for (const version of [6, 7] as const) {
  t.test(`an option of a file of version ${version}`, async (t) => {
    const options = [
      textOption(OPTION.own, 'wall 7\n'),
      textOption(OPTION.own, 'task 2 1\ntask x\nnew 1\n'),
    ]
    const opened = openBytes(makeTrace({ version, options, buffers: [{ name: '', cpus: [] }] }))
    t.equal(opened.file.own.wallOffset, 7n)
    t.equal(opened.file.own.tgids.get(2), 1)
    t.equal(opened.file.corrections.wallOffset, undefined)
    t.same(codesOf(opened), ['UNKNOWN_OPTION', 'ERR_TRACE_OPTION'])
    t.equal(opened.file.options.find(({ id }) => id === OPTION.own)?.name, 'TRACEDUCK')
  })
}
