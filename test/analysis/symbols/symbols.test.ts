// Addresses as names, by symbols and maps made by hand.
import t from 'tap'
import { answer, makeDatabase, select } from '../../queries/given.ts'

const BASE = 0xffffffff81000000n
const value = async (database: Parameters<typeof select>[0], sql: string): Promise<unknown> =>
  Object.values((await select(database, `select ${sql}`))[0]!)[0]

t.test('kernel addresses', async (t) => {
  const database = await makeDatabase({
    tables: {},
    symbols: [
      [BASE, 'first'],
      [BASE, '__pfx_first'],
      [BASE + 0x2ff0n, 'second'],
      [0xffffffffffffff00n, 'last'],
    ],
  })
  t.teardown(() => database.close())
  const names: [bigint, string][] = [
    [BASE, 'first'],
    [BASE + 0x2fefn, 'first+0x2fef'],
    [BASE + 0x2ff0n, 'second'],
    [BASE + 0x3010n, 'second+0x20'],
    [BASE + 0x102fefn, 'second+0xfffff'],
    [BASE + 0x102ff0n, '0xffffffff81102ff0'],
    [BASE - 1n, '0xffffffff80ffffff'],
    [0xfffffffffffffffen, 'last+0xfe'],
    [0n, '0x0'],
  ]
  for (const [address, name] of names) {
    t.equal(await value(database, `sym(${address}::ubigint)`), name)
    t.equal(await value(database, `sym_in(${address}::ubigint, 0)`), name)
    t.equal(await value(database, `sym_name(${address}::ubigint)`), name.replace(/\+.*/, ''))
  }
  t.equal(await value(database, 'sym(null::ubigint)'), null)
})

t.test('stacks lose the frames of the tracing', async (t) => {
  const stack = [BASE + 0x10n, BASE + 0x1010n, BASE + 0x2010n, BASE + 0x1010n]
  const database = await makeDatabase({
    tables: {
      'tcp.tcp_sendmsg': {
        columns: { common_stack: 'ubigint[]' },
        rows: [1, 2, 3].map((ts) => ({ ts, common_stack: null })),
      },
    },
    symbols: [
      [BASE, 'ftrace_syscall_enter'],
      [BASE + 0x1000n, 'tcp_sendmsg'],
      [BASE + 0x2000n, 'sys_sendto'],
    ],
    sql: [
      `update tcp.tcp_sendmsg set common_stack = [2147483647, ${stack.join(', ')}] where ts < 3`,
    ],
  })
  t.teardown(() => database.close())
  const rows = await answer(database, 'stack-count', ['event=tcp_%'])
  t.same(
    rows.map(({ folded, count }) => [folded, count]),
    [['tcp_sendmsg;sys_sendto;tcp_sendmsg 2', 2]],
  )
})

t.test('maps of a process from its own calls', async (t) => {
  const call = (args: Record<string, string>): Record<string, string> => ({ nr: 'bigint', ...args })
  const database = await makeDatabase({
    tables: {
      'syscalls.sys_enter_openat': {
        columns: call({
          dfd: 'integer',
          filename: 'ubigint',
          flags: 'integer',
          mode: 'usmallint',
          __filename_val: 'varchar',
        }),
        rows: [{ ts: 10, dfd: -100, filename: 5, flags: 0, __filename_val: '/usr/lib/libx.so.1' }],
      },
      'syscalls.sys_exit_openat': { columns: call({ ret: 'bigint' }), rows: [{ ts: 11, ret: 3 }] },
      'syscalls.sys_enter_mmap': {
        columns: call({
          addr: 'ubigint',
          len: 'ubigint',
          prot: 'ubigint',
          flags: 'ubigint',
          fd: 'ubigint',
          off: 'ubigint',
        }),
        rows: [
          { ts: 20, addr: 0, len: 0x3000, prot: 5, flags: 2, fd: 3, off: 0x1000 },
          { ts: 30, addr: 0, len: 0x3000, prot: 3, flags: 34, fd: 0xffffffffffffffffn, off: 0 },
        ],
      },
      'syscalls.sys_exit_mmap': {
        columns: call({ ret: 'bigint' }),
        rows: [
          { ts: 21, ret: 0x700000 },
          { ts: 31, ret: 0x800000 },
        ],
      },
      'sched.sched_process_exec': {
        columns: { filename: 'varchar', pid: 'integer', old_pid: 'integer' },
        rows: [{ ts: 90, filename: '/bin/x', pid: 100, old_pid: 100 }],
      },
    },
    sql: [
      `insert into meta.process_maps values (0, 7, 4096, 8192, 0, '/bin/seen', null, null), (0, 7, 8192, 12288, null, '/bin/old', null, null),
        (0, 7, 12288, 16384, 0, '[uprobes]', null, null)`,
    ],
  })
  t.teardown(() => database.close())
  const at = (address: number, tgid: number, ts: number): Promise<unknown> =>
    value(database, `user_sym(${address}::ubigint, ${tgid}, 0, ${ts})`)
  t.equal(await at(0x700010, 100, 50), 'libx.so.1+0x1010')
  t.equal(await at(0x700010, 100, 15), '0x700010', 'not yet')
  t.equal(await at(0x700010, 100, 95), '0x700010', 'gone with the exec')
  t.equal(await at(0x800010, 100, 50), '0x800010', 'memory without a file')
  t.equal(await at(0x1004, 7, 50), 'seen+0x4')
  t.equal(await at(0x2004, 7, 50), 'old', 'no offset is known')
  t.equal(await at(0x3004, 7, 50), '<unknown>', "the kernel's page for return probes")
  t.equal(await at(0x7fffffffe000, 7, 50), '<unknown>')
  t.equal(
    await value(database, 'user_frames([4100, 8196, 0]::ubigint[], 4104, 7, 0, 50)::varchar'),
    '[seen+0x4, seen+0x8, old]',
  )
})
