import t from 'tap'
import { Cursor } from '../../../parser/container/cursor.ts'
import { DEFAULT_LIMITS } from '../../../parser/container/limits.ts'
import { optionName, parseClock, readOptions } from '../../../parser/container/options.ts'
import { memorySource } from '../../../parser/container/source.ts'
import type { TraceOption } from '../../../parser/container/types.ts'
import { Diagnostics } from '../../../parser/diagnostics.ts'

const read = (version: 6 | 7, hex: string, maxEntries = 100) => {
  const bytes = Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
  const limits = { ...DEFAULT_LIMITS, maxEntries }
  const cursor = new Cursor(memorySource(bytes, 'x.dat'), { littleEndian: true, limits })
  const options: TraceOption[] = []
  const diagnostics = new Diagnostics()
  const run = () => readOptions(cursor, version, options, diagnostics)
  return { options, diagnostics, run, cursor }
}

const VERSION = '0900 02000000 3300' // id 9, 2 bytes, "3\0"
const UNKNOWN = '6300 01000000 aa' // id 99

t.test('version 6 ends at an id of 0', async (t) => {
  const { options, run, cursor } = read(6, `${VERSION} 0000 ffff`)
  t.equal(run(), 0)
  t.same(
    options.map(({ id, name, offset }) => [id, name, offset]),
    [[9, 'VERSION', 0]],
  )
  t.same(options[0]!.payload, Uint8Array.of(0x33, 0))
  t.equal(cursor.position, 10, 'the stop mark has no size')
})

t.test('version 7 ends with a link', async (t) => {
  const { options, run } = read(7, `${VERSION} 0000 08000000 1122000000000000`)
  t.equal(run(), 0x2211)
  t.equal(options.length, 1)
})

t.test('unknown options are kept and counted', async (t) => {
  const { options, run, diagnostics } = read(
    7,
    `${UNKNOWN} ${UNKNOWN} 0000 08000000 0000000000000000`,
  )
  run()
  t.same(
    options.map(({ name }) => name),
    ['OPTION_99', 'OPTION_99'],
  )
  t.match(diagnostics.list(), [
    { code: 'UNKNOWN_OPTION', severity: 'info', count: 2, firstOffset: 0 },
  ])
  const six = read(6, '1000 00000000 0000')
  six.run()
  t.equal(six.options[0]!.name, 'OPTION_16', 'sections are unknown to version 6')
})

t.test('what came before the damage is kept', async (t) => {
  const { options, run } = read(7, `${VERSION} 0900 ff000000 33`)
  t.throws(run, { code: 'ERR_TRACE_TRUNCATED' })
  t.equal(options.length, 1)
  const many = read(7, VERSION.repeat(5), 3)
  t.throws(many.run, { code: 'ERR_TRACE_LIMIT' })
  t.equal(many.options.length, 3)
})

t.test('names', async (t) => {
  t.equal(optionName(3), 'BUFFER')
  t.equal(optionName(25), 'MODULES_FILE')
  t.equal(optionName(26), 'OPTION_26')
})

for (const [text, clock] of [
  ['[local] global counter', 'local'],
  ['local global [mono_raw] boot\n', 'mono_raw'],
  ['[x86-tsc]', 'x86-tsc'],
  ['tsc2nsec', 'tsc2nsec'],
  ['boot\n', 'boot'],
  ['', 'local'],
  ['local global', 'local'],
  ['[] nothing', 'local'],
] as const) {
  t.equal(parseClock(text), clock, JSON.stringify(text))
}
