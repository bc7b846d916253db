import t from 'tap'
import { parseSavedCmdlines } from '../../../parser/event/saved-cmdlines.ts'

const parse = (text: string): [number, string][] => [
  ...parseSavedCmdlines(Buffer.from(text, 'latin1')),
]

t.test('names', async (t) => {
  t.same(parse('1 init\n22 a b  c \n4194304 kworker/u8:1-ev\n'), [
    [1, 'init'],
    [22, 'a b  c '],
    [4194304, 'kworker/u8:1-ev'],
  ])
  t.same(parse('  7 padded\n8 last'), [
    [7, 'padded'],
    [8, 'last'],
  ])
  t.same(parse('5 \n'), [[5, '']], 'an empty name')
  t.same(parse('6 old\n6 new\n'), [[6, 'new']])
  t.same(parse('9 b\xff\xc3\xa9\n'), [[9, 'b\\xffé']])
})

t.test('what is no line of the table is skipped', async (t) => {
  t.same(parse('\n\nabc def\n-1 x\n12\n99999999999 y\n3 ok\n'), [[3, 'ok']])
  t.same(parse(''), [])
  t.equal(parse(`1 ${'x'.repeat(100_000)}\n`)[0]![1].length, 256)
})
