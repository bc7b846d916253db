/** Print formats that mean harm: they end soon, and what they print is bounded. */
import t from 'tap'
import { parseEventFormat } from '../../../parser/event/format.ts'
import { compilePrintFormat } from '../../../parser/text/print-format.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'
import { readCorpus } from '../../helpers/formats.ts'
import { compileText, contextOf, printed, recordOf, textOf } from '../../helpers/print-text.ts'
import { Random } from '../../helpers/random.ts'

const FIELDS = [
  'u32 v;\toffset:8;\tsize:4;\tsigned:0;',
  '__data_loc char[] s;\toffset:12;\tsize:4;\tsigned:0;',
]
const RECORD = '02000000 10000400 61626300'

t.test('widths and precisions', async (t) => {
  for (const spec of [
    '%1000000000d',
    '%.1000000000d',
    '%*d',
    '%.*d',
    '%01000000000x',
    '%*s',
    '%999999999p',
  ]) {
    const value = spec.endsWith('s') ? '__get_str(s)' : 'REC->v'
    const args = spec.includes('*') ? `0x7fffffff, ${value}` : value
    const text = printed(FIELDS, `"${spec}", ${args}`, RECORD)
    t.ok(text.length <= 4200, `${spec}: ${text.length}`)
  }
  t.ok(printed(FIELDS, '"%*d", 0x80000000, REC->v', RECORD).length <= 4200)
  t.equal(
    printed(FIELDS, '"%*phN|%*pbl", 0x7fffffff, __get_str(s), 0x7fffffff, __get_str(s)', RECORD),
    '61626300|0,5-6,9,13-14,16-17,21-22',
  )
})

t.test('the whole text is bounded', async (t) => {
  const text = printed(FIELDS, `"${'%4096d'.repeat(2700)}"${', REC->v'.repeat(2700)}`, RECORD)
  t.ok(text.length > 1_000_000 && text.length < 9_000_000, `${text.length}`)
})

t.test('long tables', async (t) => {
  const entries = Array.from({ length: 40_000 }, (_, i) => `{${i}, "n${i}"}`).join(', ')
  const start = cpuTime()
  const text = compileText(FIELDS, `"%s", __print_symbolic(REC->v, ${entries})`)
  t.ok(cpuTime() - start < 5000)
  t.equal(textOf(text, recordOf(RECORD)), 'n2')
})

t.test('literals without an end, and texts that are none', async (t) => {
  for (const printFmt of [
    '"',
    '"%s',
    '"%s", "',
    '',
    'REC->v',
    '"%s" REC->v',
    '"%d",',
    '"%d", ,',
    '"%c", \'',
    '"%", REC->v',
    '%d',
  ])
    t.doesNotThrow(() => printed(FIELDS, printFmt, RECORD), printFmt)
})

t.test('many quotes', async (t) => {
  const start = cpuTime()
  printed(FIELDS, '"a", '.repeat(40_000), RECORD)
  printed(FIELDS, `"${'" x '.repeat(40_000)}`, RECORD)
  printed(FIELDS, `"${'%d", '.repeat(40_000)}`, RECORD)
  t.ok(cpuTime() - start < 5000)
})

t.test('records cut anywhere', async (t) => {
  const text = compileText(
    FIELDS,
    '"%u %s %s %s", REC->v, __get_str(s), __print_hex(__get_str(s), REC->v), __get_bitmask(s)',
  )
  const record = recordOf(RECORD)
  for (let size = 0; size <= record.length; size++)
    t.doesNotThrow(() => textOf(text, record.subarray(0, size)), `${size}`)
})

const PARTS = [
  ...'()"\'\\{}[],*&%?:+-=;.',
  ...[
    '->',
    'REC',
    '%*',
    '<<',
    'sizeof',
    '99999999999',
    '__get_str(',
    '%pI6c',
    '%*pbl',
    '%s',
    '({',
    '(u8 *)',
  ],
]

t.test('formats of real kernels with something changed, over random records', async (t) => {
  const random = new Random(11)
  const corpus = readCorpus().filter(({ text }) => text.length < 3000)
  let evaluated = 0
  for (let i = 0; i < 600; i++) {
    const { text, longSize, system } = random.pick(corpus)
    const start = text.indexOf('print fmt:') + 10
    let changed = text
    for (let k = random.below(4); k >= 0; k--) {
      const at = start + random.below(changed.length - start)
      const removed = random.below(3) === 0 ? random.below(6) : 0
      changed = changed.slice(0, at) + random.pick(PARTS) + changed.slice(at + removed)
    }
    const format = parseEventFormat(changed, system, { longSize })
    if (!format) continue
    const littleEndian = random.below(2) === 0
    const compiled = compilePrintFormat(format, contextOf({ littleEndian, longSize }))
    const record = Uint8Array.from({ length: random.below(160) }, () => random.below(256))
    const printed = textOf(compiled, record)
    if (compiled.parseOk) evaluated++
    if (printed.length > 100_000) t.fail(`${printed.length} bytes of ${changed.slice(start)}`)
  }
  t.ok(evaluated > 60, `${evaluated} still have a meaning`)
})
