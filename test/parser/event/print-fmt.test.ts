import t from 'tap'
import {
  findMasks,
  joinLiterals,
  splitPrintFmt,
  splitTopLevel,
} from '../../../parser/event/print-fmt.ts'

t.test('format and arguments', async (t) => {
  const cases: [text: string, format: string, args: string[]][] = [
    ['"plain"', 'plain', []],
    ['"a=%d" " b=%s\\n", REC->a, __get_str(b)', 'a=%d b=%s\n', ['REC->a', '__get_str(b)']],
    ['"%s,%c", f(REC->a, "x,y)"), \',\'', '%s,%c', ['f(REC->a, "x,y)")', "','"]],
    [
      '"%s", __print_flags(REC->f, "|", { 1, "A" }, { 2, "B" })',
      '%s',
      ['__print_flags(REC->f, "|", { 1, "A" }, { 2, "B" })'],
    ],
    ['"quote \\" , end", REC->a', 'quote " , end', ['REC->a']],
    ['', '', []],
    ['"open', 'open', []],
    ['"a", (b', 'a', ['(b']],
  ]
  for (const [text, format, args] of cases) t.same(splitPrintFmt(text), { format, args }, text)
})

t.test('top-level commas', async (t) => {
  t.same(splitTopLevel('a, b(c, d), [e, f], {g, h}, "i, j"', 0, 34), [
    'a',
    'b(c, d)',
    '[e, f]',
    '{g, h}',
    '"i, j"',
  ])
  t.same(splitTopLevel('xx a,b yy', 3, 6), ['a', 'b'])
  t.same(splitTopLevel('a,', 0, 2), ['a', ''])
})

t.test('literals', async (t) => {
  t.equal(joinLiterals('"a" x "b\\t"'), 'ab\t')
  t.equal(joinLiterals('no quotes'), '')
  t.equal(joinLiterals('"'), '')
})

t.test('masks', async (t) => {
  const cases: [text: string, names: string[]][] = [
    ['"%s %s", __get_bitmask(a), __get_rel_cpumask(b)', ['a', 'b']],
    ['"%d %*pbl %s", REC->x, 64, REC->m, REC->y', ['m']],
    ['"%*pb", 64, (unsigned long *)REC->m', ['m']],
    ['"%*.*s %*pbl", 1, 2, REC->s, 64, ((REC->m))', ['m']],
    ['"%% %*pbl", 64, REC->m', ['m']],
    ['"%*pM", 6, REC->m', []],
    ['"%pb", REC->m', []],
    ['"pbl", REC->m', []],
  ]
  for (const [text, names] of cases) t.same([...findMasks(text)], names, text)
})
