/** Print formats that mean harm: they end soon, and what they print is bounded. */
import t from 'tap'
import { compileText, printed, recordOf, textOf } from '../../helpers/print-text.ts'

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
  const start = performance.now()
  const text = compileText(FIELDS, `"%s", __print_symbolic(REC->v, ${entries})`)
  t.ok(performance.now() - start < 5000)
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
  const start = performance.now()
  printed(FIELDS, '"a", '.repeat(40_000), RECORD)
  printed(FIELDS, `"${'" x '.repeat(40_000)}`, RECORD)
  printed(FIELDS, `"${'%d", '.repeat(40_000)}`, RECORD)
  t.ok(performance.now() - start < 5000)
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
