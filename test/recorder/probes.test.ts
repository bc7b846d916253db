import t from 'tap'
import { parseProbe } from '../../recorder/probe-definition.ts'
import { callConvention, hostMachine } from '../../recorder/probe-registers.ts'
import { type ProbeContext, resolveProbes } from '../../recorder/probes.ts'
import type { ProbeRequest } from '../../recorder/types.ts'
import { type ElfSpec, makeElf } from '../helpers/make-elf.ts'

const NO_GROUPS: ProbeContext = { takenGroups: [], debugRoots: [] }

function lines(
  definition: string,
  context: ProbeContext = NO_GROUPS,
  kind: ProbeRequest['kind'] = 'uprobe',
): string[] {
  return resolveProbes([{ kind, definition }], context).probes.map(({ line }) => line)
}

const SYMBOLS: ElfSpec['symbols'] = [
  { name: 'first', value: 0x401010 },
  { name: 'first_too', value: 0x401020 },
  { name: 'picked', value: 0x401030, type: 10 },
  { name: '__picked_fast', value: 0x401040, table: 'symtab', binding: 0 },
  { name: 'data', value: 0x401050, type: 1 },
  { name: 'far', value: 0x700000 },
  { name: 'twice', value: 0x401060, table: 'symtab', binding: 0 },
  { name: 'twice', value: 0x401070, table: 'symtab', binding: 0 },
]

t.test('definitions are taken apart', async (t) => {
  const parse = (definition: string, kind: ProbeRequest['kind'] = 'uprobe') =>
    parseProbe({ kind, definition })
  t.match(parse('p:g/e lib:f a=%di:u64 +0(%si):string b=\\"x:y"'), {
    letter: 'p',
    group: 'g',
    event: 'e',
    place: 'lib:f',
    arguments: [
      { name: 'a', fetch: '%di', type: 'u64' },
      { name: undefined, fetch: '+0(%si)', type: 'string' },
      { name: 'b', fetch: '\\"x:y"', type: undefined },
    ],
  })
  t.match(parse('r lib:f'), { letter: 'r', group: undefined, event: undefined })
  t.match(parse('p:e lib:f%return'), { letter: 'r', event: 'e', place: 'lib:f' })
  t.match(parse('p:g.e lib:f a=+0(+8(%si)):string[4] b=%cx:b4@2/32'), {
    group: 'g',
    arguments: [
      { name: 'a', fetch: '+0(+8(%si))', type: 'string[4]' },
      { name: 'b', fetch: '%cx', type: 'b4@2/32' },
    ],
  })
  t.match(parse('r64:x do_exit', 'kprobe'), { maxActive: '64' })
  t.match(parse('e:x sched/sched_switch p=$prev_pid:s32 if prev_pid > 1', 'eprobe'), {
    arguments: [{ name: 'p', fetch: '$prev_pid', type: 's32' }],
    condition: 'if prev_pid > 1',
  })
})

t.test('what is no definition is refused with an example', async (t) => {
  const wrong: [string, ProbeRequest['kind']][] = [
    ['', 'uprobe'],
    ['p', 'uprobe'],
    ['q:x lib:f', 'uprobe'],
    ['e:x lib:f', 'uprobe'],
    ['p:x sched/sched_switch', 'eprobe'],
    ['p:1x lib:f', 'uprobe'],
    ['p:a-b/c lib:f', 'uprobe'],
    ['p:x lib:f 1a=%di', 'uprobe'],
    ['p:x lib:f a=', 'uprobe'],
    [`p:${'x'.repeat(64)} lib:f`, 'uprobe'],
    [`p:x lib:f ${'%di '.repeat(129)}`, 'uprobe'],
  ]
  for (const [definition, kind] of wrong) {
    t.throws(
      () => parseProbe({ kind, definition }),
      { code: 'ERR_PROBE_SYNTAX', hint: /^for example/ },
      definition,
    )
  }
})

t.test('functions become file offsets, not addresses', async (t) => {
  const folder = t.testdir({ prog: makeElf({ symbols: SYMBOLS, address: 0x401000 }) })
  const prog = `${folder}/prog`
  t.same(lines(`p:td/x ${prog}:first`), [`p:td/x ${prog}:0x1010`])
  t.same(lines(`p ${prog}:first+4`), [`p:td/first ${prog}:0x1014`])
  t.same(lines(`r ${prog}:first ret=$retval:s32`), [
    `r:td/first_ret ${prog}:0x1010 ret=$retval:s32`,
  ])
  t.same(lines(`p:x ${prog}:0x1234(0x10)`), [`p:td/x ${prog}:0x1234(0x10)`], 'with a ref counter')
  t.same(lines(`p:g/* ${prog}:first*`), [
    `p:g/first ${prog}:0x1010`,
    `p:g/first_too ${prog}:0x1020`,
  ])
  t.same(lines(`p:in_* ${prog}:first*`)[1], `p:td/in_first_too ${prog}:0x1020`)
})

t.test('what cannot be probed by name is refused', async (t) => {
  const folder = t.testdir({
    prog: makeElf({ symbols: SYMBOLS }),
    'with blank': makeElf({ symbols: SYMBOLS }),
    script: '#!/bin/sh\n',
  })
  const refusals: [string, { code: string; message?: RegExp; hint?: RegExp }][] = [
    ['picked', { code: 'ERR_PROBE_IFUNC', hint: /__picked_fast/ }],
    ['data', { code: 'ERR_PROBE_SYMBOL', message: /not a function/ }],
    ['far', { code: 'ERR_PROBE_SYMBOL' }],
    ['firs', { code: 'ERR_PROBE_SYMBOL', hint: /did you mean first/ }],
    ['twice', { code: 'ERR_PROBE_SYMBOL', hint: /0x1060, 0x1070/ }],
    ['none*', { code: 'ERR_PROBE_SYMBOL' }],
  ]
  for (const [symbol, expected] of refusals) {
    t.throws(() => lines(`p:td/* ${folder}/prog:${symbol}`), expected, symbol)
  }
  t.throws(() => lines(`p ${folder}/none:f`), { code: 'ERR_PROBE_TARGET' })
  t.throws(() => lines(`p ${folder}/script:f`), { code: 'ERR_ELF' })
  t.throws(() => lines(`p ${folder}/prog`), { code: 'ERR_PROBE_SYNTAX' })
  t.throws(() => lines(`p:x ${folder}/prog:first*`), { code: 'ERR_PROBE_SYNTAX' }, 'one name')
})

t.test('arguments have the names of the machine of the program', async (t) => {
  const expected: [number, boolean, string][] = [
    [62, true, 'a=%di b=+0(%r9):string c=+0(%sp):x64'],
    [183, true, 'a=%x0 b=+0(%x5):string c=%x30:x64'],
    [243, true, 'a=%a0 b=+0(%a5):string c=%ra:x64'],
    [3, false, 'a=+4(%sp):x32 b=+0(+24(%sp)):string c=+0(%sp):x64'],
  ]
  for (const [machine, wide, text] of expected) {
    const folder = t.testdir({ prog: makeElf({ machine, wide, symbols: SYMBOLS }) })
    const [line] = lines(`p:x ${folder}/prog:first a=$arg1 b=+0($arg6):string c=$caller:x64`)
    t.equal(line, `p:td/x ${folder}/prog:0x1010 ${text}`, callConvention(machine)?.name ?? '')
  }
  const folder = t.testdir({
    s390: makeElf({ machine: 22, littleEndian: false, symbols: SYMBOLS }),
    odd: makeElf({ machine: 4242, symbols: SYMBOLS }),
  })
  const syntax = { code: 'ERR_PROBE_SYNTAX' }
  t.throws(() => lines(`p:x ${folder}/s390:first $arg6`), syntax, 'five registers')
  t.throws(() => lines(`p:x ${folder}/odd:first $arg1`), syntax, 'unknown machine')
  t.throws(() => lines(`r:x ${folder}/s390:first $arg1`), syntax, 'gone at the return')
})

t.test('groups of others are kept out of, names are unique', async (t) => {
  const folder = t.testdir({ prog: makeElf({ symbols: SYMBOLS }) })
  const request = (definition: string): ProbeRequest => ({ kind: 'uprobe', definition })
  const plan = resolveProbes(
    [request(`p:td/a ${folder}/prog:first`), request(`p:b ${folder}/prog:first`)],
    { ...NO_GROUPS, takenGroups: ['td', 'td_2', 'sched'] },
  )
  t.same(
    plan.probes.map(({ group, event, undo }) => [group, event, undo]),
    [
      ['td_3', 'a', '-:td_3/a'],
      ['td_3', 'b', '-:td_3/b'],
    ],
  )
  t.match(plan.notices, [/td_3/])
  const twice = [request(`p:a ${folder}/prog:first`), request(`p:a ${folder}/prog:first_too`)]
  t.throws(() => resolveProbes(twice, NO_GROUPS), { code: 'ERR_PROBE_SYNTAX' })
})

t.test('kernel and event probes', async (t) => {
  t.same(lines('p do_sys_openat2 dfd=$arg1:s32', NO_GROUPS, 'kprobe'), [
    'p:td/do_sys_openat2 do_sys_openat2 dfd=$arg1:s32',
  ])
  t.same(lines('r8:x do_exit+0 a=$retval', NO_GROUPS, 'kprobe'), ['r8:td/x do_exit+0 a=$retval'])
  t.same(lines('e:x sched/sched_switch p=$prev_pid:s32 if cpu == 1', NO_GROUPS, 'eprobe'), [
    'e:td/x sched.sched_switch p=$prev_pid:s32 if cpu == 1',
  ])
  t.throws(() => lines('e:x sched_switch', NO_GROUPS, 'eprobe'), { code: 'ERR_PROBE_SYNTAX' })
  const [line] = lines('p:x schedule c=$caller:x64', NO_GROUPS, 'kprobe')
  t.equal(line, `p:td/x schedule c=${callConvention(hostMachine())?.caller ?? '$caller'}:x64`)
})
