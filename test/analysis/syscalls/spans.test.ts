// Enters and exits of system calls in pairs, by hand-made events.
import t from 'tap'
import { type Given, type GivenTable, makeDatabase, select } from '../../queries/given.ts'

type Row = GivenTable['rows'][number]

const ENTER = { __syscall_nr: 'integer', fd: 'integer', buf: 'ubigint', count: 'ubigint' }
const EXIT = { __syscall_nr: 'integer', ret: 'bigint' }

const entered = (ts: number, more: Partial<Row> = {}): Row =>
  ({ ts, __syscall_nr: 0, fd: 3, buf: 16, count: 100, ...more }) as Row
const left = (ts: number, ret = 100, more: Partial<Row> = {}): Row =>
  ({ ts, __syscall_nr: 0, ret, ...more }) as Row

/** `ts state dur ret error` of each span of a recording of named calls. */
async function spans(
  tables: Readonly<Record<string, readonly Row[]>>,
  more: Partial<Given> = {},
): Promise<string[]> {
  const columns = (name: string) => (name.startsWith('exit') ? EXIT : ENTER)
  return spansOf({
    ...more,
    tables: Object.fromEntries(
      Object.entries(tables).map(([name, rows]) => [
        `syscalls.sys_${name}`,
        { columns: columns(name), rows },
      ]),
    ),
  })
}

async function spansOf(given: Given): Promise<string[]> {
  const db = await makeDatabase(given)
  const rows = await select(
    db,
    `select concat_ws(' ', ts, name, state, dur, ret, error) as line from syscall_spans order by source, tid, ts`,
  )
  await db.close()
  return rows.map(({ line }) => String(line))
}

t.test('an exit belongs to the enter before it', async (t) => {
  t.same(
    await spans({
      enter_read: [entered(10), entered(30), entered(50)],
      exit_read: [left(14), left(33, -11), left(51, -4096)],
      enter_close: [entered(20, { __syscall_nr: 3 })],
      exit_close: [left(21, 0, { __syscall_nr: 3 })],
    }),
    [
      '10 read complete 4 100',
      '20 close complete 1 0',
      '30 read complete 3 -11 EAGAIN',
      '50 read complete 1 -4096',
    ],
  )
})

t.test('threads, and buffers, are apart', async (t) => {
  t.same(
    await spans(
      {
        enter_read: [entered(10), entered(11, { tid: 101 }), entered(12, { source: 1 })],
        exit_read: [left(20, 1, { tid: 101 }), left(21, 2, { source: 1 }), left(22, 3)],
      },
      { files: ['a.dat', 'b.dat'] },
    ),
    ['10 read complete 12 3', '11 read complete 9 1', '12 read complete 9 2'],
  )
})

t.test('ends that are missing', async (t) => {
  t.same(
    await spans({
      enter_read: [entered(20), entered(30), entered(60)],
      exit_read: [left(10), left(40, 5), left(50, 6)],
      enter_close: [],
    }),
    [
      '10 read began_before 100',
      '20 read no_exit',
      '30 read complete 10 5',
      '50 read no_enter 6',
      '60 read open',
    ],
  )
})

t.test('three exits without enter and two enters without exit are no losses', async (t) => {
  t.same(
    await spans({
      exit_execve: [left(1, 0, { __syscall_nr: 59 })],
      enter_clone: [entered(10, { __syscall_nr: 56 })],
      exit_clone: [
        left(12, 101, { __syscall_nr: 56 }),
        left(13, 0, { __syscall_nr: 56, tid: 101 }),
      ],
      enter_rt_sigreturn: [entered(20, { __syscall_nr: 15 })],
      enter_exit_group: [
        entered(30, { __syscall_nr: 231 }),
        entered(31, { __syscall_nr: 231, tid: 101 }),
      ],
    }),
    [
      '1 execve began_before 0',
      '10 clone complete 2 101',
      '20 rt_sigreturn no_return',
      '30 exit_group no_return',
      '13 clone child 0',
      '31 exit_group no_return',
    ],
  )
})

t.test('calls are not paired across lost events of either CPU', async (t) => {
  const tables = {
    enter_read: [entered(10), entered(30)],
    exit_read: [left(20), left(40, 100, { cpu: 1 })],
  }
  const lost = (cpu: number, ts: number) => [{ cpu, from: ts - 1, to: ts, count: 3 }]
  t.same(await spans(tables, { lost: lost(0, 15) }), ['10 read lost', '30 read complete 10 100'])
  t.same(await spans(tables, { lost: lost(1, 35) }), ['10 read complete 10 100', '30 read lost'])
  t.same(await spans(tables, { lost: lost(1, 15) }), [
    '10 read complete 10 100',
    '30 read complete 10 100',
  ])
  t.same(await spans(tables, { lost: lost(0, 10) }), [
    '10 read complete 10 100',
    '30 read complete 10 100',
  ])
})

const RAW_ENTER = { id: 'bigint', args: 'ubigint[]' }
const RAW_EXIT = { id: 'bigint', ret: 'bigint' }
const raw = (rows: readonly Row[], columns: Readonly<Record<string, string>>): GivenTable => ({
  columns,
  rows,
})

t.test('calls by number have the names of the recorded machine', async (t) => {
  const tables = {
    'raw_syscalls.sys_enter': raw(
      [
        { ts: 10, id: 257 },
        { ts: 20, id: 15 },
        { ts: 30, id: 257 },
      ],
      RAW_ENTER,
    ),
    'raw_syscalls.sys_exit': raw(
      [
        { ts: 11, id: 257, ret: -2 },
        { ts: 21, id: -1, ret: -13 },
        { ts: 31, id: 257, ret: 3 },
      ],
      RAW_EXIT,
    ),
  }
  const machine = (kernel: string, longSize: number): string[] => [
    `update meta.sources set kernel = '${kernel}', long_size = ${longSize}`,
  ]
  t.same(await spansOf({ tables, sql: machine('Linux h 6.1 x86_64', 8) }), [
    '10 openat complete 1 -2 ENOENT',
    '20 rt_sigreturn no_return',
    '30 openat complete 1 3',
  ])
  t.same(
    (await spansOf({ tables, sql: machine('Linux h 6.1 i686', 4) }))[0],
    '10 remap_file_pages complete 1 -2 ENOENT',
  )
  t.same((await spansOf({ tables, sql: machine('', 8) }))[0], '10 complete 1 -2 ENOENT')
})

t.test('the exit of rt_sigreturn may have the number of the interrupted call', async (t) => {
  const tables = {
    'raw_syscalls.sys_enter': raw(
      [
        { ts: 10, id: 15 },
        { ts: 20, id: 0 },
      ],
      RAW_ENTER,
    ),
    'raw_syscalls.sys_exit': raw(
      [
        { ts: 11, id: 62, ret: 0 },
        { ts: 21, id: 0, ret: 1 },
      ],
      RAW_EXIT,
    ),
  }
  const sql = [`update meta.sources set kernel = 'Linux h 6.1 x86_64', long_size = 8`]
  t.same(await spansOf({ tables, sql }), ['10 rt_sigreturn no_return', '20 read complete 1 1'])
})

t.test('a call with events of its own and by number counts once', async (t) => {
  const tables = {
    'raw_syscalls.sys_enter': raw(
      [
        { ts: 10, id: 0 },
        { ts: 20, id: 3 },
      ],
      RAW_ENTER,
    ),
    'raw_syscalls.sys_exit': raw(
      [
        { ts: 12, id: 0, ret: 7 },
        { ts: 22, id: 3, ret: 0 },
      ],
      RAW_EXIT,
    ),
    'syscalls.sys_enter_read': { columns: ENTER, rows: [entered(11)] },
  }
  const sql = [`update meta.sources set kernel = 'Linux h 6.1 x86_64', long_size = 8`]
  t.same(await spansOf({ tables, sql }), ['11 read complete 1 7', '20 close complete 2 0'])
})

t.test('arguments by the names of the kernel', async (t) => {
  const fields = ['fd', 'buf', 'count'].map(
    (field, i) =>
      `insert into meta.fields (system, event, position, field, source) values
      ('syscalls', 'sys_enter_read', ${i + 8}, '${field}', 0)`,
  )
  const db = await makeDatabase({
    tables: { 'syscalls.sys_enter_read': { columns: ENTER, rows: [entered(10)] } },
    sql: fields,
  })
  const [row] = await select(db, 'select args::varchar as args, arg1, arg3 from syscall_spans')
  t.same(row, { args: '{fd=3, buf=16, count=100}', arg1: 3, arg3: 100 })
  await db.close()
})
