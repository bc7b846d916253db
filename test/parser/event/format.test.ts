import t from 'tap'
import { noFieldsSeen, parseEventFormat } from '../../../parser/event/format.ts'
import type { EventFormat, FieldFormat } from '../../../parser/event/types.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'
import { formatOf } from '../../helpers/formats.ts'

const LONG8 = { longSize: 8 } as const

const parse = (text: string): EventFormat => {
  const format = parseEventFormat(text, 'sys', LONG8)
  if (!format) throw new Error('no format')
  return format
}

const fieldOf = (line: string, longSize: 4 | 8 = 8, printFmt = '"x"'): FieldFormat => {
  const format = parseEventFormat(formatOf('e', [line], printFmt), 'sys', { longSize })
  t.equal(format?.problem, '', line)
  return format!.fields[0]!
}

type Row = [kind: string, elementSize: number, signed: boolean, isText: boolean]

const FIELDS: Record<string, Row> = {
  'int a;offset:8;size:4;signed:1': ['scalar', 4, true, false],
  'enum x a;offset:8;size:4;signed:0': ['scalar', 4, false, false],
  'u64 a;offset:8;size:8;signed:0': ['scalar', 8, false, false],
  'bool a;offset:8;size:1;signed:0': ['bool', 1, false, false],
  'void * a;offset:8;size:8;signed:0': ['pointer', 8, false, false],
  'char a;offset:8;size:1;signed:1': ['scalar', 1, true, true],
  'char a[16];offset:8;size:16;signed:0': ['array', 1, false, true],
  'char a[TASK_COMM_LEN];offset:8;size:16;signed:1': ['array', 1, true, true],
  'char a[];offset:8;size:16;signed:1': ['array', 1, true, true],
  'char a[];offset:8;size:0;signed:0': ['rest', 1, false, true],
  'u32 a[];offset:8;size:0;signed:0': ['rest', 4, false, false],
  'u8 a[6];offset:8;size:6;signed:0': ['array', 1, false, false],
  'unsigned long a[8];offset:8;size:64;signed:0': ['array', 8, false, false],
  'int a[10][2];offset:8;size:80;signed:1': ['array', 4, true, false],
  'foo_t a[4];offset:8;size:32;signed:0': ['array', 8, false, false],
  'foo_t a[FOO];offset:8;size:32;signed:0': ['array', 1, false, false],
  'struct foo a[2];offset:8;size:24;signed:0': ['array', 1, false, false],
  'struct foo a;offset:8;size:24;signed:0': ['struct', 24, false, false],
  'struct crw a;offset:8;size:4;signed:0': ['struct', 4, false, false],
  'union orb a;offset:8;size:32;signed:0': ['struct', 32, false, false],
  'uuid_t a;offset:8;size:16;signed:0': ['struct', 16, false, false],
  '__data_loc char[] a;offset:8;size:4;signed:1': ['dataLoc', 1, true, true],
  '__data_loc char[] a;offset:8;size:2;signed:0': ['dataLoc', 1, false, true],
  '__data_loc u32[] a;offset:8;size:4;signed:0': ['dataLoc', 4, false, false],
  '__data_loc unsigned long[] a;offset:8;size:4;signed:0': ['dataLoc', 8, false, false],
  '__data_loc struct foo[] a;offset:8;size:4;signed:0': ['dataLoc', 1, false, false],
  '__rel_loc u16 a[];offset:8;size:4;signed:0': ['relLoc', 2, false, false],
}

t.test('kinds', async (t) => {
  for (const [line, [kind, elementSize, signed, isText]] of Object.entries(FIELDS)) {
    t.match(fieldOf(line), { name: 'a', offset: 8, kind, elementSize, signed, isText }, line)
  }
})

t.test('a missing signed: is taken from the type', async (t) => {
  t.equal(fieldOf('int a;offset:8;size:4').signed, true)
  t.equal(fieldOf('u32 a;offset:8;size:4').signed, false)
  t.equal(fieldOf('foo_t a;offset:8;size:4').signed, false)
})

t.test('longs of the kernel, not of the host', async (t) => {
  t.equal(fieldOf('__data_loc unsigned long[] a;offset:8;size:4;signed:0', 4).elementSize, 4)
  t.equal(fieldOf('long a[3];offset:8;size:12;signed:1', 4).elementSize, 4)
})

t.test('masks', async (t) => {
  const dynamic = '__data_loc unsigned long[] m;offset:8;size:4;signed:0'
  const fixed = 'unsigned long m[16];offset:8;size:128;signed:0'
  const cases: [line: string, printFmt: string, isMask: boolean][] = [
    ['__data_loc cpumask_t m;offset:8;size:4;signed:0', '"x"', true],
    [dynamic, '"%s", __get_bitmask(m)', true],
    [dynamic, '"%s", __get_cpumask(m)', true],
    [dynamic, '"%s", __get_bitmask(mm)', false],
    [dynamic, '"%s", __print_array(__get_dynamic_array(m), 3, 8)', false],
    ['__rel_loc unsigned long m[];offset:8;size:4;signed:0', '"%s", __get_rel_bitmask(m)', true],
    [fixed, '"n=%d %*pbl", REC->n, (1 << 10), REC->m', true],
    [fixed, '"n=%*d %lx", 3, REC->n, REC->m', false],
    ['__data_loc char[] m;offset:8;size:4;signed:0', '"%s", __get_bitmask(m)', false],
  ]
  for (const [line, printFmt, isMask] of cases) {
    t.equal(fieldOf(line, 8, printFmt).isBitmask, isMask, printFmt)
  }
})

t.test('c types keep the whole declaration', async (t) => {
  const field = fieldOf('const void __attribute__((btf_type_tag("user"))) * a;offset:8;size:8')
  t.equal(field.declaration, 'const void __attribute__((btf_type_tag("user"))) * a')
  t.equal(field.type, 'const void *')
})

t.test('what cannot be parsed is one raw field', async (t) => {
  const broken = parse(formatOf('e', ['int a;\toffset:8;\tsize:4;', 'int b;\toffset:12;']))
  t.equal(broken.parseOk, false)
  t.match(broken.problem, /bad line/)
  t.match(
    broken.common.map((field) => field.name),
    ['common_type', 'common_flags'],
  )
  t.match(broken.fields, [{ name: 'raw', kind: 'rest', offset: 8, elementSize: 1, isText: false }])
  const more = parse(
    'name: e\nID: 9\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\n' +
      '\tfield:int common_pid;\toffset:4;\tsize:4;\n\tfield:int common_lock_depth;\toffset:8;\tsize:4;\nrubbish\n',
  )
  t.match(more.fields, [{ name: 'raw', offset: 12 }], 'raw starts after the common fields found')
  const bare = parse('ID: 5')
  t.match(bare, { id: 5, name: 'event_5', parseOk: false, printFmt: '' })
  t.match(
    bare.common.map((field) => field.name),
    ['common_type', 'common_flags', 'common_preempt_count', 'common_pid'],
  )
  t.match(bare.fields, [{ name: 'raw', offset: 8 }])
})

t.test('fields that cannot be', async (t) => {
  const bad: Record<string, RegExp> = {
    'int a;offset:2000000;size:4': /lies at/,
    'char a[3];offset:8;size:2000000000': /lies at/,
    '__data_loc char[] a;offset:8;size:1': /location/,
    '*;offset:8;size:8': /without a name/,
    [`int ${'a'.repeat(200)};offset:8;size:4`]: /too long/,
  }
  for (const [line, problem] of Object.entries(bad)) {
    const format = parse(formatOf('e', [line]))
    t.match(format.problem, problem, line.slice(0, 60))
    t.match(format.fields, [{ name: 'raw' }])
  }
  t.match(parse(formatOf('n'.repeat(500), [])), { parseOk: false, name: 'n'.repeat(128) })
})

t.test('a text without a usable ID is no format', async (t) => {
  for (const text of ['', 'hello', 'name: e\nformat:\n', 'name: e\nID: many\n']) {
    t.equal(parseEventFormat(text, 'sys', LONG8), null)
  }
})

t.test('random damage never throws', async (t) => {
  const text = formatOf(
    'e',
    [
      '__data_loc char[] a;\toffset:8;\tsize:4;\tsigned:1;',
      'struct foo * (*b)(int);\toffset:16;\tsize:8;\tsigned:0;',
    ],
    '"%s %*pbl", __get_str(a), 3, REC->b',
  )
  let seed = 12345
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed % n
  }
  for (let round = 0; round < 3000; round++) {
    const at = random(text.length)
    const cut = random(8)
    const noise = String.fromCharCode(...Array.from({ length: random(4) }, () => random(127) + 1))
    const damaged = text.slice(0, at) + noise + text.slice(at + cut)
    const format = parseEventFormat(damaged, 'sys', LONG8)
    if (format && format.parseOk !== (format.problem === '')) t.fail(JSON.stringify(damaged))
  }
  t.pass('3000 texts')
})

t.test('hostile print formats take linear time', async (t) => {
  for (const unit of [
    '"',
    '(',
    '%*pbl',
    '__get_bitmask(',
    ', REC->a',
    '{',
    "'",
    '\\',
    '%00',
    ')(',
  ]) {
    const printFmt = `"%*pb${unit.repeat(200_000 / unit.length)}`
    const start = cpuTime()
    parse(formatOf('e', ['unsigned long a[2];offset:8;size:16'], printFmt))
    parse(formatOf('e', ['unsigned long a[2];offset:8;size:16'], `"%*pb", 1, ${printFmt.slice(1)}`))
    t.ok(cpuTime() - start < 3000, JSON.stringify(unit))
  }
})

t.test('formats of one file share what their lines say, masks excepted', async (t) => {
  const seen = noFieldsSeen()
  const line = '__data_loc unsigned long[] cpus;\toffset:8;\tsize:4;\tsigned:0;'
  const masked = (printFmt: string) =>
    parseEventFormat(formatOf('e', [line], printFmt), 'sys', { longSize: 8, seen })?.fields[0]
      ?.isBitmask
  t.equal(masked('"%s", __get_str(cpus)'), false)
  t.equal(masked('"%s", __get_bitmask(cpus)'), true)
  t.equal(masked('"%s", __get_str(cpus)'), false)
  const other = parseEventFormat(formatOf('e', [line], '"x"'), 'sys', { longSize: 4 })
  t.equal(other?.fields[0]?.elementSize, 4, 'nothing is shared unless asked for')
})
