import t from 'tap'
import { findPrintTables } from '../../../parser/text/print-tables.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'

const ALL = 0xffff_ffff_ffff_ffffn

t.test('tables', async (t) => {
  t.same(
    findPrintTables(
      '"%s %s", __print_flags(REC->flags, "|", { (1UL << 0), "A" }, {0x2u, "B"}), ' +
        '__print_symbolic(REC->reason, { 0, "zero" }, { -1, "minus" }, { SOME_ENUM, "lost" })',
    ),
    [
      {
        field: 'flags',
        shift: 0,
        mask: ALL,
        kind: 'flags',
        delimiter: '|',
        entries: [
          { value: 1n, name: 'A' },
          { value: 2n, name: 'B' },
        ],
      },
      {
        field: 'reason',
        shift: 0,
        mask: ALL,
        kind: 'symbolic',
        delimiter: '',
        entries: [
          { value: 0n, name: 'zero' },
          { value: ALL, name: 'minus' },
        ],
      },
    ],
  )
})

t.test('the states of sched_switch', async (t) => {
  const [table] = findPrintTables(
    '"%s%s", (REC->prev_state & ((((0x0 | 0x1 | 0x2) + 1) << 1) - 1)) ? __print_flags(REC->prev_state & ' +
      '((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) - 1), ' +
      '"|", { 0x00000001, "S" }, { 0x00000002, "D" }) : "R"',
  )
  t.match(table, { field: 'prev_state', shift: 0, mask: 0xffn, kind: 'flags', delimiter: '|' })
  t.same(
    table?.entries.map((entry) => entry.name),
    ['S', 'D'],
  )
})

t.test('which bits of the field', async (t) => {
  const cases: [expression: string, field: string, shift: number, mask: bigint][] = [
    ['(REC->a)', 'a', 0, ALL],
    ['(unsigned long)REC->a', 'a', 0, ALL],
    ['(((REC->ioprio) >> 13) & (8 - 1))', 'ioprio', 13, 7n],
    ['((REC->a & 0xC) >> 2)', 'a', 2, 3n],
    ['REC->a & 0xff & 0xf', 'a', 0, 15n],
  ]
  for (const [expression, field, shift, mask] of cases) {
    const tables = findPrintTables(`"%s", __print_symbolic(${expression}, { 1, "x" })`)
    t.match(tables, [{ field, shift, mask }], expression)
    t.equal(tables.length, 1)
  }
  for (const expression of [
    '1 << REC->a',
    'REC->a[0]',
    'REC->a + 1',
    'REC->a | 1',
    'f(REC->a)',
    '3',
    '',
    'REC',
  ]) {
    t.same(findPrintTables(`"%s", __print_symbolic(${expression}, { 1, "x" })`), [], expression)
  }
})

t.test('values', async (t) => {
  const values: Record<string, bigint | undefined> = {
    '7': 7n,
    '0x10UL': 16n,
    '010': 8n,
    '08': undefined,
    "'R'": 82n,
    '1 << 2 + 1': 8n,
    '10 - 2 - 3': 5n,
    '2 + 3 * 4': 14n,
    '0x0f & ~1': 14n,
    '6 ^ 3 | 8': 13n,
    '7 / 2 % 2': 1n,
    '1 / 0': undefined,
    '1 << 64': undefined,
    '( unsigned long)(( gfp_t)((((1UL))) << (3)))': 8n,
    '((u32)((((1UL))) << (31)))': 0x80000000n,
    '(u8)0x1ff': 255n,
    '(((u64) (~(~(((1UL) << 12)-1)))) << (64 - 12))': 0xfff0_0000_0000_0000n,
    '- 2': ALL - 1n,
    HI_SOFTIRQ: 0n,
    RCU_SOFTIRQ: 9n,
    TCP_LISTEN: 10n,
    HRTIMER_MODE_REL_PINNED_HARD: 11n,
    UNKNOWN_NAME: undefined,
    '1 +': undefined,
    '(1': undefined,
    '1 2': undefined,
    '': undefined,
  }
  for (const [expression, value] of Object.entries(values)) {
    const [table] = findPrintTables(`"%s", __print_symbolic(REC->a, { ${expression}, "x" })`)
    t.equal(table?.entries[0]?.value, value, expression)
  }
})

t.test('damaged and hostile texts', async (t) => {
  t.same(findPrintTables('__print_flags(REC->a, "|", { 1, "A" }'), [], 'never closed')
  t.same(findPrintTables('__print_flags(REC->a, "|", { 1 }, 2, {"B"}, { 3, C })'), [])
  for (const unit of [
    '__print_flags(',
    '(',
    '{',
    '-',
    '~',
    '1+',
    '(u32)',
    '"',
    '__print_flags(REC->a,"",{1,"A"})',
  ]) {
    const start = cpuTime()
    findPrintTables(`__print_flags(REC->a, "|", { ${unit.repeat(200_000 / unit.length)}, "A" })`)
    findPrintTables(unit.repeat(200_000 / unit.length))
    t.ok(cpuTime() - start < 3000, unit)
  }
})
