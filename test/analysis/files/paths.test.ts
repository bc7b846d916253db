import t from 'tap'
import { type Given, type GivenTable, makeDatabase, select } from '../../queries/given.ts'

const OPENAT = { dfd: 'integer', filename: 'ubigint', flags: 'integer', mode: 'usmallint' }
const PROBE = { __probe_ip: 'ubigint', path: 'varchar', pathp: 'ubigint' }

/** Enters and exits of openat: `[enter, exit, pointer, ret]`. */
function openats(
  calls: readonly [enter: number, exit: number, pointer: number, ret: number][],
  more: object = {},
): Given['tables'] {
  return {
    'syscalls.sys_enter_openat': {
      columns: OPENAT,
      rows: calls.map(([ts, , filename]) => ({
        ts,
        dfd: -100,
        filename,
        flags: 0,
        mode: 0,
        ...more,
      })),
    },
    'syscalls.sys_exit_openat': {
      columns: { ret: 'bigint' },
      rows: calls.map(([, ts, , ret]) => ({ ts, ret, ...more })),
    },
  }
}

function probes(rows: readonly [ts: number, pathp: number, path: string | null][]): GivenTable {
  return { columns: PROBE, rows: rows.map(([ts, pathp, path]) => ({ ts, pathp, path })) }
}

async function paths(given: Given): Promise<string[]> {
  const database = await makeDatabase(given)
  const rows = await select(
    database,
    `select ts, coalesce(path, '?') as path, coalesce(path_source, '-') as via from syscall_paths order by ts`,
  )
  await database.close()
  return rows.map(({ ts, path, via }) => `${ts} ${path} ${via}`)
}

t.test('a probe in the C library belongs to the next call with its pointer', async (t) => {
  const calls = openats([
    [10, 12, 500, 3],
    [20, 22, 600, 3],
    [30, 32, 500, -38],
    [34, 36, 500, 3],
    [40, 42, 700, 3],
    [50, 52, 800, 3],
  ])
  const given = {
    ...calls,
    'td.open': probes([
      [9, 500, '/a'],
      [29, 500, '/c'],
      [39, 701, '/d'],
    ]),
  }
  t.same(
    await paths({ tables: { ...given, 'td.stat': probes([[48, 800, null]]) } }),
    ['10 /a uprobe', '20 ? -', '30 /c uprobe', '34 /c uprobe', '40 ? -', '50 ? -'],
    'another pointer, a text that was not read, an unknown call that is made in another way',
  )
  t.same(
    await paths({
      tables: {
        ...openats([
          [10, 12, 500, 3],
          [20, 22, 500, 3],
        ]),
        'x.open': probes([[9, 500, '/a']]),
      },
    }),
    ['10 /a uprobe', '20 ? -'],
    'what was read for one call says nothing of the next one',
  )
  t.same(
    await paths({
      tables: {
        ...openats([[10, 12, 500, 3]]),
        'td.open': { columns: PROBE, rows: [{ ts: 9, tid: 7, pathp: 500, path: '/other' }] },
      },
    }),
    ['10 ? -'],
    'another thread',
  )
})

t.test('probes in the kernel read during the call', async (t) => {
  t.same(
    await paths({
      tables: {
        ...openats([
          [10, 14, 500, 3],
          [20, 24, 500, 3],
          [30, 34, 500, 3],
        ]),
        'td.openat': probes([
          [11, 500, '/a'],
          [22, 501, '/b'],
          [35, 500, '/c'],
        ]),
      },
    }),
    ['10 /a kprobe', '20 ? -', '30 ? -'],
  )
  t.same(
    await paths({
      tables: {
        ...openats([
          [10, 14, 500, 3],
          [20, 24, 500, 3],
        ]),
        'my.openat': {
          columns: { path: 'varchar', pathp: 'ubigint' },
          rows: [
            { ts: 10, pathp: 500, path: '/a' },
            { ts: 20, pathp: 500, path: '(fault)' },
          ],
        },
      },
    }),
    ['10 /a eprobe', '20 ? -'],
  )
})

t.test('probes in another buffer of the file', async (t) => {
  const tables = {
    ...openats([[10, 14, 500, 3]]),
    'td.open': { columns: PROBE, rows: [{ ts: 9, source: 1, pathp: 500, path: '/a' }] },
  }
  t.same(await paths({ tables, files: ['a.dat', 'a.dat'] }), ['10 /a uprobe'])
  t.same(await paths({ tables, files: ['a.dat', 'b.dat'] }), ['10 ? -'])
})

t.test('strings that the kernel records', async (t) => {
  const enter = (rows: readonly object[]): GivenTable => ({
    columns: { ...OPENAT, __filename_val: 'varchar' },
    rows: rows as GivenTable['rows'],
  })
  t.same(
    await paths({
      tables: {
        'syscalls.sys_enter_openat': enter([
          { ts: 10, dfd: -100, filename: 1, __filename_val: '/a' },
          { ts: 20, dfd: -100, filename: 2, __filename_val: '' },
          { ts: 30, dfd: -100, filename: 3, __filename_val: '' },
        ]),
        'syscalls.sys_exit_openat': {
          columns: { ret: 'bigint' },
          rows: [
            { ts: 11, ret: 3 },
            { ts: 21, ret: -14 },
            { ts: 31, ret: -2 },
          ],
        },
      },
    }),
    ['10 /a syscall', '20 ? -', '30  syscall'],
    'an empty path is one, unless the memory could not be read',
  )
})

t.test('programs that were executed', async (t) => {
  const exec = (rows: readonly object[]): GivenTable => ({
    columns: { filename: 'varchar', pid: 'integer', old_pid: 'integer' },
    rows: rows as GivenTable['rows'],
  })
  t.same(
    await paths({
      tables: {
        'syscalls.sys_enter_execve': {
          columns: { filename: 'ubigint', argv: 'ubigint', envp: 'ubigint' },
          rows: [
            { ts: 20, filename: 1 },
            { ts: 30, filename: 2 },
          ],
        },
        'syscalls.sys_exit_execve': {
          columns: { ret: 'bigint' },
          rows: [
            { ts: 12, ret: 0 },
            { ts: 24, ret: -2 },
            { ts: 34, ret: 0 },
          ],
        },
        'sched.sched_process_exec': exec([
          { ts: 11, filename: '/bin/a', pid: 100, old_pid: 100 },
          { ts: 32, filename: '/bin/b', pid: 100, old_pid: 100 },
        ]),
      },
    }),
    ['12 /bin/a exec', '20 ? -', '30 /bin/b exec'],
    'also when the recording began in the call',
  )
})

t.test('calls are paired with their exits', async (t) => {
  const tables = openats([
    [10, 12, 1, 3],
    [20, 22, 1, -2],
    [40, 42, 1, 4],
  ])
  const rows = tables['syscalls.sys_exit_openat']!.rows
  const database = await makeDatabase({
    tables: {
      ...tables,
      'syscalls.sys_exit_openat': {
        columns: { ret: 'bigint' },
        rows: [{ ts: 5, ret: 7 }, ...rows.slice(0, 2), { ts: 23, ret: 9 }, { ...rows[2]!, cpu: 1 }],
      },
      'syscalls.sys_enter_close': { columns: { fd: 'uinteger' }, rows: [{ ts: 50, fd: 3 }] },
      'syscalls.sys_exit_close': { columns: { ret: 'bigint' }, rows: [] },
    },
    lost: [{ cpu: 1, from: 39, to: 41, count: null }],
    tasks: [{ pid: 100, tgid: 90 }],
  })
  t.teardown(() => database.close())
  t.same(
    await select(
      database,
      'select name, ts, end_ts, dur, tgid, ret, error, state from call_pairs order by ts',
    ),
    [
      ['openat', 5, 5, null, 90, 7, null, 'no_enter'],
      ['openat', 10, 12, 2, 90, 3, null, 'complete'],
      ['openat', 20, 22, 2, 90, -2, 'ENOENT', 'complete'],
      ['openat', 23, 23, null, 90, 9, null, 'no_enter'],
      ['openat', 40, null, null, 90, null, null, 'lost'],
      ['close', 50, null, null, 90, null, null, 'no_exit'],
    ].map(([name, ts, end_ts, dur, tgid, ret, error, state]) => ({
      ...{ name, ts, end_ts, dur, tgid, ret, error, state },
    })),
  )
})
