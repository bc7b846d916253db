import t from 'tap'
import { cpuTime } from '../../helpers/cpu-time.ts'
import { compileText, printed } from '../../helpers/print-text.ts'
import { FIELDS, RECORD, VALUES } from './c-values.ts'

t.test('values and signs are those of C', async (t) => {
  for (const [expression, signed, value] of VALUES) {
    const conversion = signed ? '%lld' : '%llu'
    t.equal(printed(FIELDS, `"${conversion}", ${expression}`, RECORD), value, expression)
  }
})

// By C's rules for a long of 4 bytes.
t.test('a long of four bytes', async (t) => {
  const cases: [expression: string, value: string][] = [
    ['sizeof(long)', '4'],
    ['sizeof(void *)', '4'],
    ['sizeof(10UL)', '4'],
    ['-1L < 1u', '0'],
    ['(unsigned long)REC->g', '3636899717'],
    ['0xffffffffUL + 1', '0'],
    ['0xffffffffULL + 1', '4294967296'],
    ['(long)REC->h', '1985229328'],
    ['4294967295', '4294967295'],
    ['2147483648 > 0', '1'],
  ]
  for (const [expression, value] of cases)
    t.equal(printed(FIELDS, `"%lld", ${expression}`, RECORD, { longSize: 4 }), value, expression)
})

t.test('what cannot be evaluated is a question mark, and the rest is there', async (t) => {
  for (const expression of [
    'vmemmap + REC->n',
    '((struct page *)0) + REC->n',
    'unknown_function(REC->n)',
    'REC->missing',
    'REC->n +',
    '(REC->n',
    '1 / 0',
    '1 << 32',
    '08',
    'sizeof(struct page)',
    '(struct page)REC->n',
    '*(struct page *)REC->list',
    '(int)REC->list',
    '-REC->list',
    '"text" + 1',
    'REC->n.x',
    'REC->n->x',
    '{1, "x"}',
    "'",
    '',
  ]) {
    const text = compileText(FIELDS, `"n=%u x=%d.", REC->n, ${expression}`)
    t.equal(text.parseOk, false, expression)
    t.not(text.problem, '', expression)
    t.equal(printed(FIELDS, `"n=%u x=%d.", REC->n, ${expression}`, RECORD), 'n=7 x=?.', expression)
  }
})

t.test('formats of which nothing can be evaluated show the fields', async (t) => {
  const fields = [
    'int a;\toffset:8;\tsize:4;\tsigned:1;',
    'unsigned long b;\toffset:16;\tsize:8;\tsigned:0;',
  ]
  const record = 'feffffff 00000000 0010000000000000'
  for (const printFmt of ['"%d", nothing', '"%d %d", REC->a', '"%*d", REC->a', '"%d'])
    t.equal(printed(fields, printFmt, record), '[FAILED TO PARSE] a=-2 b=0x1000', printFmt)
})

t.test('hostile expressions end', async (t) => {
  for (const unit of [
    '(',
    '-',
    '~',
    '1+',
    'REC->a+',
    '(u32)',
    '{',
    'f(',
    'a[',
    '1?',
    '"',
    "'",
    '({int x=',
  ]) {
    const start = cpuTime()
    const text = compileText(FIELDS, `"%d", ${unit.repeat(200_000 / unit.length)}`)
    t.equal(text.parseOk, false, unit)
    t.ok(cpuTime() - start < 3000, unit)
  }
  // Each name stands for twice what the one before it does.
  const doubling = Array.from({ length: 60 }, (_, i) => `int x${i + 1} = x${i} + x${i};`).join(' ')
  t.equal(compileText(FIELDS, `"%d", ({ int x0 = REC->n; ${doubling} x60; })`).parseOk, false)
})
