import t from 'tap'
import {
  MAX_FIELDS,
  MAX_FORMAT_TEXT,
  parseDeclaration,
  readFormatLines,
} from '../../../parser/event/format-grammar.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'
import { formatOf } from '../../helpers/formats.ts'

type Expected = [
  name: string,
  type: string,
  location: string,
  dimensions: string[],
  pointer: boolean,
]

const DECLARATIONS: Record<string, Expected> = {
  'int prev_prio': ['prev_prio', 'int', 'inPlace', [], false],
  'unsigned long long id': ['id', 'unsigned long long', 'inPlace', [], false],
  'const char * filename': ['filename', 'const char *', 'inPlace', [], true],
  'struct foo *bar': ['bar', 'struct foo *', 'inPlace', [], true],
  'const char *const * argv': ['argv', 'const char * const *', 'inPlace', [], true],
  'struct iocb * * list': ['list', 'struct iocb * *', 'inPlace', [], true],
  'char prev_comm[16]': ['prev_comm', 'char', 'inPlace', ['16'], false],
  'char comm[TASK_COMM_LEN]': ['comm', 'char', 'inPlace', ['TASK_COMM_LEN'], false],
  'unsigned long args[(6 + 1)]': ['args', 'unsigned long', 'inPlace', ['(6 + 1)'], false],
  'int a[10][2]': ['a', 'int', 'inPlace', ['10', '2'], false],
  'char buf[]': ['buf', 'char', 'inPlace', [''], false],
  '__data_loc char[] msg': ['msg', 'char', 'dataLoc', [''], false],
  '__data_loc char[][3] words': ['words', 'char', 'dataLoc', ['', '3'], false],
  '__data_loc cpumask_t cpus': ['cpus', 'cpumask_t', 'dataLoc', [], false],
  '__rel_loc u16 ra[]': ['ra', 'u16', 'relLoc', [''], false],
  '__rel_loc char[] rs': ['rs', 'char', 'relLoc', [''], false],
  'unsigned long graph_ent.func': ['func', 'unsigned long', 'inPlace', [], false],
  'void (*fn)(struct rcu_head *)': ['fn', 'void (*) (struct rcu_head *)', 'inPlace', [], true],
  'const void __attribute__((btf_type_tag("user"))) *p': ['p', 'const void *', 'inPlace', [], true],
  'int __attribute__((aligned(8), unused)) n': ['n', 'int', 'inPlace', [], false],
  'union bpf_attr *uattr': ['uattr', 'union bpf_attr *', 'inPlace', [], true],
  lonely: ['lonely', '', 'inPlace', [], false],
  '*': ['', '', 'inPlace', [], false],
  '': ['', '', 'inPlace', [], false],
  'char a[3': ['a', 'char', 'inPlace', ['3'], false],
}

t.test('declarations are taken apart', async (t) => {
  for (const [text, expected] of Object.entries(DECLARATIONS)) {
    const { name, type, location, dimensions, isPointer } = parseDeclaration(text)
    t.same([name, type, location, dimensions, isPointer], expected, text)
  }
})

t.test('lines of a format file', async (t) => {
  const lines = readFormatLines(
    formatOf('sample', ['int a;\toffset:8;\tsize:4;\tsigned:1;', 'u8 b;\toffset:12;\tsize:1;']),
  )
  t.equal(lines.name, 'sample')
  t.equal(lines.id, 77)
  t.equal(lines.problem, '')
  t.equal(lines.printFmt, '"x"')
  t.same(
    lines.common.map((line) => line.declaration.split(' ').at(-1)),
    ['common_type', 'common_flags', 'common_preempt_count', 'common_pid'],
  )
  t.equal(lines.fields.length, 2)
  t.match(lines.fields, [
    { declaration: 'int a', offset: 8, size: 4, signed: true },
    { declaration: 'u8 b', offset: 12, size: 1, signed: undefined },
  ])
})

t.test('other spellings', async (t) => {
  const one = (line: string) => readFormatLines(`name: e\nID: 1\nformat:\n${line}\n`)
  const spellings = [
    'field:int a;offset:8;size:4;signed:1;',
    '  field: int a ;  offset: 8 ; size: 4 ; signed: 1 ;',
    '\tfield special:int a;\toffset:8;\tsize:4;\tsigned:1;\r',
  ]
  for (const spelling of spellings) {
    t.match(
      one(spelling).fields,
      [{ declaration: 'int a', offset: 8, size: 4, signed: true }],
      spelling,
    )
    t.equal(one(spelling).problem, '')
  }
  t.match(one('\tfield:char c[";"];\toffset:8;\tsize:4;').fields, [{ declaration: 'char c[";"]' }])
  const early = readFormatLines(
    'name: e\nID: 1\nformat:\n\tfield:u8 common_x;\toffset:0;\tsize:1;\n\n\tfield:u8 common_y;\toffset:1;\tsize:1;\n',
  )
  t.same([early.common.length, early.fields.length], [1, 1], 'a blank line ends the common fields')
})

t.test('the print format runs to the end of the text', async (t) => {
  const { printFmt, fields } = readFormatLines(formatOf('e', [], '"a\n\tfield:int a;\\n",\nREC->b'))
  t.equal(printFmt, '"a\n\tfield:int a;\\n",\nREC->b')
  t.same(fields, [])
})

t.test('what is wrong is said once', async (t) => {
  const bad: Record<string, RegExp> = {
    '\tfield:int a;\toffset:8;': /bad line/,
    '\tfield:int a;\tsize:8;': /bad line/,
    '\tfield:int a;\toffset:x;\tsize:4;': /bad line/,
    '\tfield:int a;\toffset:-8;\tsize:4;': /bad line/,
    '\tfield:int a;\toffset:99999999999;\tsize:4;': /bad line/,
    '\tfield;offset:8;size:4;': /bad line/,
    '\tfields:int a;\toffset:8;\tsize:4;': /bad line/,
    'hello world': /unknown line/,
  }
  for (const [line, problem] of Object.entries(bad)) {
    t.match(readFormatLines(`name: e\nID: 1\nformat:\n${line}\n`).problem, problem, line)
  }
  t.match(readFormatLines('ID: 1\n').problem, /no name/)
  for (const id of ['', '-1', '0x10', '99999999999', '1 2', '٣']) {
    t.equal(readFormatLines(`name: e\nID: ${id}\n`).id, undefined, `ID '${id}'`)
  }
})

t.test('limits', async (t) => {
  const line = 'u8 a;\toffset:8;\tsize:1;\tsigned:0;'
  t.equal(readFormatLines(formatOf('e', Array(MAX_FIELDS).fill(line))).problem, '')
  const many = readFormatLines(formatOf('e', Array(MAX_FIELDS + 1).fill(line)))
  t.match(many.problem, /more than/)
  const long = readFormatLines(`${formatOf('e', [])}${' '.repeat(MAX_FORMAT_TEXT)}`)
  t.match(long.problem, /longer than/)
  t.equal(long.id, 77)
})

t.test('hostile texts take linear time', async (t) => {
  const n = 200_000
  for (const unit of [
    ';',
    '[',
    '( ',
    '(',
    '*',
    '. ',
    'a.',
    '__attribute__(',
    '\t',
    '\nfield:',
    '%0',
  ]) {
    const text = `name: e\nID: 1\nformat:\n\tfield:${unit.repeat(n / unit.length)} x;\toffset:8;\tsize:4;\n`
    const start = cpuTime()
    readFormatLines(text)
    parseDeclaration(unit.repeat(n / unit.length))
    t.ok(cpuTime() - start < 3000, JSON.stringify(unit))
  }
})
