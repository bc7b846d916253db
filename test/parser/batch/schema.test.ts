import t from 'tap'
import { columnsOf, describeFields, type SchemaContext } from '../../../parser/batch/schema.ts'
import type { ColumnSpec, ColumnType, ReadSpec } from '../../../parser/batch/types.ts'
import { parseEventFormat } from '../../../parser/event/format.ts'
import type { EventFormat } from '../../../parser/event/types.ts'
import { formatOf } from '../../helpers/formats.ts'

const LE64: SchemaContext = { longSize: 8, littleEndian: true }
const LE32: SchemaContext = { longSize: 4, littleEndian: true }
const BE64: SchemaContext = { longSize: 8, littleEndian: false }

const eventOf = (
  event: string,
  fields: readonly string[],
  context: SchemaContext = LE64,
  printFmt = '"x"',
): EventFormat => {
  const [system = '', name = ''] = event.split(':')
  const format = parseEventFormat(formatOf(name, fields, printFmt), system, context)
  if (!format?.parseOk) throw new Error(`${event}: ${format?.problem}`)
  return format
}

const columns = (
  event: string,
  fields: readonly string[],
  context = LE64,
  printFmt = '"x"',
): ColumnSpec[] => columnsOf(eventOf(event, fields, context, printFmt), context)

const int = (offset: number, size: number, signed = false): ReadSpec => ({
  op: 'int',
  offset,
  size,
  signed,
})

t.test('size and sign decide', async (t) => {
  const cases: [field: string, type: ColumnType, read: ReadSpec][] = [
    ['u8 a;offset:8;size:1;signed:0', 'UTINYINT', int(8, 1)],
    ['s8 a;offset:8;size:1;signed:1', 'TINYINT', int(8, 1, true)],
    ['char a;offset:8;size:1;signed:1', 'TINYINT', int(8, 1, true)],
    ['__u16 a;offset:8;size:2;signed:0', 'USMALLINT', int(8, 2)],
    ['short a;offset:8;size:2;signed:1', 'SMALLINT', int(8, 2, true)],
    ['enum zone_type a;offset:8;size:4;signed:0', 'UINTEGER', int(8, 4)],
    ['pid_t a;offset:8;size:4;signed:1', 'INTEGER', int(8, 4, true)],
    ['sector_t a;offset:8;size:8;signed:0', 'UBIGINT', int(8, 8)],
    ['loff_t a;offset:8;size:8;signed:1', 'BIGINT', int(8, 8, true)],
    ['int a;offset:8;size:8;signed:0', 'UBIGINT', int(8, 8)],
    ['bool a;offset:8;size:1;signed:0', 'BOOLEAN', { op: 'bool', offset: 8, size: 1 }],
    ['const void * a;offset:8;size:8;signed:0', 'UBIGINT', int(8, 8)],
    ['long a;offset:8;size:8;signed:1', 'BIGINT', int(8, 8, true)],
  ]
  for (const [field, type, read] of cases) {
    t.same(columns('sys:e', [field]), [{ name: 'a', type, read }], field)
  }
})

t.test('addresses are UBIGINT on 32-bit kernels too', async (t) => {
  const cases: [field: string, type: ColumnType, read: ReadSpec][] = [
    ['unsigned long a;offset:8;size:4;signed:0', 'UBIGINT', int(8, 4)],
    ['void * a;offset:8;size:4;signed:0', 'UBIGINT', int(8, 4)],
    ['long a;offset:8;size:4;signed:1', 'INTEGER', int(8, 4, true)],
    ['size_t a;offset:8;size:4;signed:0', 'UINTEGER', int(8, 4)],
    [
      'unsigned long a[6];offset:8;size:24;signed:0',
      'UBIGINT[]',
      { op: 'list', extent: { at: 'fixed', offset: 8, size: 24 }, elementSize: 4, signed: false },
    ],
    [
      'void * a[2];offset:8;size:8;signed:0',
      'UBIGINT[]',
      { op: 'list', extent: { at: 'fixed', offset: 8, size: 8 }, elementSize: 4, signed: false },
    ],
  ]
  for (const [field, type, read] of cases) {
    t.same(columns('sys:e', [field], LE32), [{ name: 'a', type, read }], field)
  }
})

t.test('text, bytes, lists and masks', async (t) => {
  const text = (extent: object): object => ({ op: 'text', extent, trimNewline: false })
  const blob = (extent: object): object => ({ op: 'blob', extent })
  const list = (extent: object, elementSize: number, signed = false): object => ({
    op: 'list',
    extent,
    elementSize,
    signed,
  })
  const cases: [field: string, type: ColumnType, read: object, printFmt?: string][] = [
    ['char a[16];offset:8;size:16', 'VARCHAR', text({ at: 'fixed', offset: 8, size: 16 })],
    ['char a[];offset:8;size:16', 'VARCHAR', text({ at: 'fixed', offset: 8, size: 16 })],
    ['char a[];offset:8;size:0', 'VARCHAR', text({ at: 'rest', offset: 8 })],
    ['__data_loc char[] a;offset:8;size:4', 'VARCHAR', text({ at: 'dataLoc', offset: 8, size: 4 })],
    ['__data_loc char[] a;offset:8;size:8', 'VARCHAR', text({ at: 'dataLoc', offset: 8, size: 4 })],
    ['__data_loc char[] a;offset:8;size:2', 'VARCHAR', text({ at: 'dataLoc', offset: 8, size: 2 })],
    [
      '__data_loc char[][1] a;offset:8;size:4',
      'VARCHAR',
      text({ at: 'dataLoc', offset: 8, size: 4 }),
    ],
    ['__rel_loc char a[];offset:8;size:4', 'VARCHAR', text({ at: 'relLoc', offset: 8, size: 4 })],
    ['char a[3][8];offset:8;size:24', 'BLOB', blob({ at: 'fixed', offset: 8, size: 24 })],
    ['u8 a[6];offset:8;size:6', 'BLOB', blob({ at: 'fixed', offset: 8, size: 6 })],
    ['unsigned char a[6];offset:8;size:6', 'BLOB', blob({ at: 'fixed', offset: 8, size: 6 })],
    ['__data_loc __u8[] a;offset:8;size:4', 'BLOB', blob({ at: 'dataLoc', offset: 8, size: 4 })],
    ['struct foo a;offset:8;size:4', 'BLOB', blob({ at: 'fixed', offset: 8, size: 4 })],
    ['struct foo a[2];offset:8;size:8', 'BLOB', blob({ at: 'fixed', offset: 8, size: 8 })],
    ['uuid_t a;offset:8;size:16', 'BLOB', blob({ at: 'fixed', offset: 8, size: 16 })],
    [
      '__data_loc struct sockaddr_storage[] a;offset:8;size:4',
      'BLOB',
      blob({ at: 'dataLoc', offset: 8, size: 4 }),
    ],
    [
      's8 a[3];offset:8;size:3;signed:1',
      'TINYINT[]',
      list({ at: 'fixed', offset: 8, size: 3 }, 1, true),
    ],
    ['bool a[3];offset:8;size:3', 'BLOB', blob({ at: 'fixed', offset: 8, size: 3 })],
    ['u16 a[];offset:8;size:6', 'USMALLINT[]', list({ at: 'fixed', offset: 8, size: 6 }, 2)],
    [
      'int a[2][2];offset:8;size:16;signed:1',
      'INTEGER[]',
      list({ at: 'fixed', offset: 8, size: 16 }, 4, true),
    ],
    [
      '__data_loc int[] a;offset:8;size:4;signed:1',
      'INTEGER[]',
      list({ at: 'dataLoc', offset: 8, size: 4 }, 4, true),
    ],
    [
      '__rel_loc u64 a[];offset:8;size:4',
      'UBIGINT[]',
      list({ at: 'relLoc', offset: 8, size: 4 }, 8),
    ],
    ['unsigned long a[];offset:8;size:0', 'UBIGINT[]', list({ at: 'rest', offset: 8 }, 8)],
    [
      '__data_loc unsigned long[] a;offset:8;size:4',
      'UBIGINT[]',
      list({ at: 'dataLoc', offset: 8, size: 4 }, 8),
    ],
    [
      '__data_loc unsigned long[] a;offset:8;size:4',
      'USMALLINT[]',
      { op: 'bits', extent: { at: 'dataLoc', offset: 8, size: 4 }, wordSize: 8 },
      '"%s", __get_bitmask(a)',
    ],
    [
      '__data_loc cpumask_t a;offset:8;size:4',
      'USMALLINT[]',
      { op: 'bits', extent: { at: 'dataLoc', offset: 8, size: 4 }, wordSize: 8 },
    ],
  ]
  for (const [field, type, read, printFmt] of cases) {
    t.same(
      columns('sys:e', [field], LE64, printFmt),
      [{ name: 'a', type, read }],
      `${field} ${printFmt}`,
    )
  }
})

t.test('syscall arguments have their C type, at the low end of the slot', async (t) => {
  const cases: [declaration: string, type: ColumnType, width: number, signed: boolean][] = [
    ['int a', 'INTEGER', 4, true],
    ['const int a', 'INTEGER', 4, true],
    ['pid_t a', 'INTEGER', 4, true],
    ['const clockid_t a', 'INTEGER', 4, true],
    ['timer_t a', 'INTEGER', 4, true],
    ['mqd_t a', 'INTEGER', 4, true],
    ['key_serial_t a', 'INTEGER', 4, true],
    ['rwf_t a', 'INTEGER', 4, true],
    ['unsigned int a', 'UINTEGER', 4, false],
    ['uid_t a', 'UINTEGER', 4, false],
    ['const __u32 a', 'UINTEGER', 4, false],
    ['const enum landlock_rule_type a', 'UINTEGER', 4, false],
    ['umode_t a', 'USMALLINT', 2, false],
    ['old_uid_t a', 'USMALLINT', 2, false],
    ['size_t a', 'UBIGINT', 8, false],
    ['unsigned long a', 'UBIGINT', 8, false],
    ['const char * a', 'UBIGINT', 8, false],
    ['cap_user_header_t a', 'UBIGINT', 8, false],
    ['long a', 'BIGINT', 8, true],
    ['loff_t a', 'BIGINT', 8, true],
    ['off_t a', 'BIGINT', 8, true],
    ['ssize_t a', 'BIGINT', 8, true],
    ['u64 a', 'UBIGINT', 8, false],
    ['mystery_t a', 'UBIGINT', 8, false],
  ]
  for (const [declaration, type, width, signed] of cases) {
    const field = `${declaration};offset:16;size:8;signed:0`
    t.same(
      columns('syscalls:sys_enter_x', [field], LE64),
      [{ name: 'a', type, read: int(16, width, signed) }],
      field,
    )
    const end = int(24 - width, width, signed)
    t.same(
      columns('syscalls:sys_enter_x', [field], BE64),
      [{ name: 'a', type, read: end }],
      `${field}, big-endian`,
    )
  }
})

t.test('slots of 32-bit kernels', async (t) => {
  const cases: [declaration: string, type: ColumnType, width: number, signed: boolean][] = [
    ['int a', 'INTEGER', 4, true],
    ['umode_t a', 'USMALLINT', 2, false],
    ['long a', 'INTEGER', 4, true],
    ['size_t a', 'UINTEGER', 4, false],
    ['unsigned long a', 'UBIGINT', 4, false],
    ['loff_t a', 'UINTEGER', 4, false], // only the slot was recorded
  ]
  for (const [declaration, type, width, signed] of cases) {
    const field = `${declaration};offset:12;size:4;signed:0`
    t.same(
      columns('syscalls:sys_enter_x', [field], LE32),
      [{ name: 'a', type, read: int(12, width, signed) }],
      field,
    )
  }
})

t.test('the rest of a syscall event', async (t) => {
  const enter = [
    'int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;',
    'unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;',
    'const char * buf;\toffset:24;\tsize:8;\tsigned:0;',
    '__data_loc char[] __buf_val;\toffset:40;\tsize:4;\tsigned:0;',
    '__data_loc char[] __name_val;\toffset:44;\tsize:4;\tsigned:0;',
  ]
  const printFmt = '"(%s) %s", __print_dynamic_array(__buf_val, 1), __get_str(__name_val)'
  t.same(
    columns('syscalls:sys_enter_write', enter, BE64, printFmt).map(
      ({ name, type }) => `${name} ${type}`,
    ),
    ['__syscall_nr INTEGER', 'fd UINTEGER', 'buf UBIGINT', '__buf_val BLOB', '__name_val VARCHAR'],
  )
  t.same(columns('syscalls:sys_exit_x', ['long ret;\toffset:16;\tsize:8;\tsigned:1;']), [
    { name: 'ret', type: 'BIGINT', read: int(16, 8, true) },
  ])
  const elsewhere = columns('td:sys_enter_x', ['int a;offset:16;size:8;signed:0'])
  t.match(elsewhere, [{ type: 'UBIGINT' }], 'only the system syscalls has slots')
  const other = columns(
    'sys:e',
    ['__data_loc char[] __buf_val;\toffset:8;\tsize:4;'],
    LE64,
    printFmt,
  )
  t.match(other, [{ type: 'VARCHAR' }], 'elsewhere char[] is text')
})

t.test('events of ftrace itself', async (t) => {
  const ip = 'unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;'
  const cases: [event: string, fields: string[], last: Omit<ColumnSpec, 'name'>][] = [
    [
      'ftrace:print',
      [ip, 'char buf[];\toffset:16;\tsize:0;\tsigned:0;'],
      {
        type: 'VARCHAR',
        read: { op: 'text', extent: { at: 'rest', offset: 16 }, trimNewline: true },
      },
    ],
    [
      'ftrace:raw_data',
      ['unsigned int id;\toffset:8;\tsize:4;', 'char buf[];\toffset:12;\tsize:0;\tsigned:1;'],
      { type: 'BLOB', read: { op: 'blob', extent: { at: 'rest', offset: 12 } } },
    ],
    [
      'ftrace:bprint',
      [ip, 'const char * fmt;\toffset:16;\tsize:8;', 'u32 buf[];\toffset:24;\tsize:0;'],
      { type: 'VARCHAR', read: { op: 'bprint' } },
    ],
    [
      'ftrace:bputs',
      [ip, 'const char * str;\toffset:16;\tsize:8;\tsigned:0;'],
      { type: 'VARCHAR', read: { op: 'printkString', offset: 16, size: 8 } },
    ],
    [
      'ftrace:kernel_stack',
      [
        'int size;\toffset:8;\tsize:4;\tsigned:1;',
        'unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;',
      ],
      { type: 'UBIGINT[]', read: { op: 'callers', countOffset: 8, offset: 16, elementSize: 8 } },
    ],
    [
      'ftrace:kernel_stack',
      ['unsigned long caller[8];\toffset:8;\tsize:64;\tsigned:0;'],
      {
        type: 'UBIGINT[]',
        read: { op: 'list', extent: { at: 'rest', offset: 8 }, elementSize: 8, signed: false },
      },
    ],
    [
      'ftrace:user_stack',
      [
        'unsigned int tgid;\toffset:8;\tsize:4;',
        'unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;',
      ],
      {
        type: 'UBIGINT[]',
        read: {
          op: 'list',
          extent: { at: 'fixed', offset: 16, size: 64 },
          elementSize: 8,
          signed: false,
        },
      },
    ],
    [
      'ftrace:function',
      [ip, 'unsigned long args[];\toffset:24;\tsize:0;\tsigned:0;'],
      {
        type: 'UBIGINT[]',
        read: { op: 'list', extent: { at: 'rest', offset: 24 }, elementSize: 8, signed: false },
      },
    ],
  ]
  for (const [event, fields, last] of cases) {
    const { name: _, ...column } = columns(event, fields).at(-1)!
    t.same(column, last, event)
  }
  t.match(columns('td:print', ['char buf[];\toffset:16;\tsize:0;']), [
    { read: { trimNewline: false } },
  ])
})

t.test('names are unique whatever their case', async (t) => {
  const names = [
    'ts',
    'TS',
    'ts_',
    'common_pid',
    'Common_Stack',
    'cpu',
    'CPU',
    'cpu',
    'common_lock_depth',
  ]
  // A kernel field: blank line first, so that `common_pid` is an own field.
  const fields = names.map((name, i) => `int ${name};\toffset:${8 + 4 * i};\tsize:4;\tsigned:1;`)
  t.same(
    columns('sys:e', fields).map((column) => column.name),
    [
      'ts_',
      'TS__',
      'ts___',
      'common_pid_',
      'Common_Stack_',
      'cpu',
      'CPU_',
      'cpu__',
      'common_lock_depth',
    ],
  )
})

t.test('arrays of probe strings have a column for each', async (t) => {
  const fields = [
    '__data_loc char[][3] s;\toffset:16;\tsize:12;\tsigned:1;',
    'int n;\toffset:28;\tsize:4;\tsigned:1;',
  ]
  const specs = columns('kprobes:p', fields)
  t.same(
    specs.map((column) => column.name),
    ['s', 's_1', 's_2', 'n'],
  )
  t.match(specs[2], { read: { extent: { at: 'dataLoc', offset: 24, size: 4 } } })
  t.same(
    describeFields(eventOf('kprobes:p', fields), specs).map(
      (row) => `${row.position} ${row.field} ${row.columnType}`,
    ),
    ['1 s VARCHAR', '2 n INTEGER'],
  )
})

t.test('rows of meta.fields', async (t) => {
  const format = eventOf('syscalls:sys_enter_x', ['const int dfd;\toffset:16;\tsize:8;\tsigned:0;'])
  t.same(describeFields(format, columnsOf(format, LE64)), [
    {
      position: 1,
      field: 'dfd',
      cType: 'const int dfd',
      offset: 16,
      size: 8,
      signed: false,
      columnType: 'INTEGER',
    },
  ])
})

t.test('a format that could not be parsed is one blob', async (t) => {
  const format = parseEventFormat('name: e\nID: 3\nformat:\nrubbish\n', 'sys', { longSize: 8 })!
  t.same(columnsOf(format, LE64), [
    { name: 'raw', type: 'BLOB', read: { op: 'blob', extent: { at: 'rest', offset: 8 } } },
  ])
})
