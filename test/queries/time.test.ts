import t from 'tap'
import { parseTime } from '../../queries/time.ts'

t.test('times are exact', async (t) => {
  const cases: [string, bigint][] = [
    ['0', 0n],
    ['4682.001793', 4682001793000n],
    ['4682.001793418', 4682001793418n],
    ['4682.001793418000', 4682001793418n],
    ['4682001793418ns', 4682001793418n],
    ['1.5us', 1500n],
    ['1.5ms', 1500000n],
    ['9007199254.740993001s', 9007199254740993001n],
    ['9223372036.854775807', 9223372036854775807n],
  ]
  for (const [text, expected] of cases) t.equal(parseTime(text, '--from'), expected, text)
})

t.test('what is no time', async (t) => {
  for (const text of [
    '',
    '-1',
    '1.',
    '.5',
    '1e3',
    '1h',
    '0x10',
    '1.0000000001',
    '1.5ns',
    '9223372036.854775808',
    ' ',
    '1 2',
  ]) {
    t.throws(() => parseTime(text, '--from'), { code: 'ERR_USAGE', message: /^--from/ }, text)
  }
})
