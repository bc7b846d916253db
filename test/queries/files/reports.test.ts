import t, { type Test } from 'tap'
import { findQuery, Recording } from '../../../queries/index.ts'
import { answer, type Given, type GivenTable, makeDatabase } from '../given.ts'

type Row = GivenTable['rows'][number]

/** An event's table from rows with the columns that they have. */
function table(columns: Readonly<Record<string, string>>, rows: readonly Row[]): GivenTable {
  return { columns, rows }
}
const RET = { ret: 'bigint' }

/** Enter and exit tables of one system call. */
function call(
  name: string,
  columns: Readonly<Record<string, string>>,
  calls: readonly (Row & { readonly took?: number; readonly ret: number })[],
): Given['tables'] {
  return {
    [`syscalls.sys_enter_${name}`]: table(columns, calls),
    [`syscalls.sys_exit_${name}`]: table(
      RET,
      calls.map((row) => ({ ...row, ts: row.ts + (row.took ?? 1) })),
    ),
  }
}

const OPEN = { dfd: 'integer', filename: 'ubigint', flags: 'integer', mode: 'usmallint' }
const NAMED = { ...OPEN, __filename_val: 'varchar' }
const open = (ts: number, path: string, ret: number, more: object = {}) => ({
  ...{ ts, dfd: -100, filename: 1, flags: 0, mode: 0, __filename_val: path, ret },
  ...more,
})
const IO = { fd: 'uinteger', buf: 'ubigint', count: 'ubigint' }

async function ask(
  t: Test,
  given: Given,
  name: string,
  params: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase(given)
  t.teardown(() => database.close())
  return answer(database, name, params)
}

t.test('files-opened', async (t) => {
  const tables = {
    ...call('openat', NAMED, [
      open(10, '/etc/a', 3),
      open(20, '/etc/../etc/b', -2),
      open(30, '/etcetera', 3),
      open(40, 'c', 3),
      open(50, '/etc/a', -13, { tid: 101, comm: 'other' }),
      open(60, '', -14),
    ]),
    'ftrace.print': table({ buf: 'varchar' }, [
      { ts: 15, buf: 'begin' },
      { ts: 35, buf: 'end' },
    ]),
  }
  const shown = async (...params: string[]): Promise<string[]> =>
    (await ask(t, { tables }, 'files-opened', params)).map(
      ({ path, fd, err, error, count, failed }) =>
        `${path} ${fd} ${err} ${error} ${count} ${failed}`,
    )
  t.same(await shown(), [
    '/etc/a 3 0 null 1 0',
    '/etc/b -1 2 ENOENT 1 1',
    '/etcetera 3 0 null 1 0',
    'c 3 0 null 1 0',
    '/etc/a -1 13 EACCES 1 1',
    '<unknown> -1 14 EFAULT 1 1',
  ])
  t.same(await shown('distinct=true', 'under=/etc'), [
    '/etc/a null null EACCES 2 1',
    '/etc/b -1 2 ENOENT 1 1',
    '<relative> 3 0 null 1 0',
    '<unknown> -1 14 EFAULT 1 1',
  ])
  t.same(await shown('marker=begin', 'until=end'), [
    '/etc/b -1 2 ENOENT 1 1',
    '/etcetera 3 0 null 1 0',
  ])
  t.same(await shown('until=end', 'failed=true'), ['/etc/b -1 2 ENOENT 1 1'])
  t.same(await shown('comm=other'), ['/etc/a -1 13 EACCES 1 1'])
  t.same(await shown('from=30ns', 'to=40ns'), ['/etcetera 3 0 null 1 0', 'c 3 0 null 1 0'])
})

t.test('a process has threads, and shows as one', async (t) => {
  const tables = {
    ...call('openat', NAMED, [open(10, '/a', 3, { tid: 7 }), open(20, '/b', -2, { tid: 8 })]),
    ...call('fsync', { fd: 'uinteger' }, [{ ts: 30, took: 20, fd: 3, ret: 0, tid: 8 }]),
  }
  const given = { tables, tasks: [{ pid: 8, tgid: 7 }] }
  for (const [name, params] of [
    ['files-opened', []],
    ['vfs-slower', ['min_ms=0']],
  ] as const) {
    const pids = async (...more: string[]): Promise<unknown[]> =>
      (await ask(t, given, name, [...params, ...more])).map(({ pid, tid }) => [pid, tid])
    t.same((await pids()).slice(0, 2), [
      [7, 7],
      [7, 8],
    ])
    t.same(await pids('pid=7'), await pids(), `${name}: a process`)
    t.same((await pids('pid=8')).at(0), [7, 8], `${name}: a thread`)
    t.same(await pids('pid=9'), [])
  }
  const [first] = await ask(t, given, 'files-opened')
  t.match(first, { time: '0.000000', ts: 10, dur_us: 0, flags: '0x0' })
})

t.test('files-opened without any source of names counts by error', async (t) => {
  const tables = call('openat', OPEN, [open(10, '', 3), open(20, '', -2), open(30, '', 4)])
  const rows = await ask(t, { tables }, 'files-opened')
  t.match(rows, [
    { path: '<unknown>', error: null, count: 2, note: /^needs a file-name source/ },
    { path: '<unknown>', error: 'ENOENT', count: 1, failed: 1 },
  ])
  t.equal(rows.length, 2)
})

t.test('what is not recorded is named', async (t) => {
  const database = await makeDatabase({
    tables: call('close', { fd: 'uinteger' }, [{ ts: 1, fd: 3, ret: 0 }]),
  })
  t.teardown(() => database.close())
  const recording = await Recording.of(database)
  for (const name of ['files-opened', 'stat-calls', 'sockopt-calls', 'file-top', 'ext4-activity'])
    t.ok(recording.missing(findQuery(name).needs).length > 0, name)
})

t.test('sockopt-calls on descriptors from before the recording', async (t) => {
  const OPTION = { fd: 'integer', level: 'integer', optname: 'integer', optval: 'ubigint' }
  const tables = {
    ...call('getsockopt', OPTION, [
      { ts: 10, fd: 3, level: 1, optname: 17, ret: 0 },
      { ts: 20, fd: 4, level: 1, optname: 17, ret: 0 },
      { ts: 50, fd: 4, level: 1, optname: 20, ret: -9 },
    ]),
    ...call('close', { fd: 'uinteger' }, [{ ts: 40, fd: 4, ret: 0 }]),
  }
  const sql = ["insert into meta.descriptors values (0, 100, 4, 'socket:[1]', false)"]
  const power = 'Linux p 6.1.0 #1 SMP ppc64le'
  const [a, b, c] = await ask(t, { tables, sql }, 'sockopt-calls')
  t.match(
    [a, b, c],
    [
      { family: 'unknown', opt: 'SO_PEERCRED', note: /opened before the recording/ },
      { family: 'unknown', opt: 'SO_PEERCRED', err: 0, error: null },
      { family: 'unknown', opt: 'SO_RCVTIMEO', ret: -9, err: 9, error: 'EBADF' },
    ],
  )
  const given = { tables, sql: [`update meta.sources set kernel = '${power}'`] }
  const options = (await ask(t, given, 'sockopt-calls')).map(({ opt }) => opt)
  t.same(options, ['SO_SNDLOWAT', 'SO_SNDLOWAT', 'SO_PASSCRED'], 'POWER has numbers of its own')
  t.match(await ask(t, { tables, sql }, 'sockopt-ratio', ['family=AF_UNIX']), [])
})

t.test('a snapshot of descriptors says nothing where closing is not recorded', async (t) => {
  const WRITE = { fd: 'uinteger', buf: 'ubigint', count: 'ubigint' }
  const sql = ["insert into meta.descriptors values (0, 100, 1, '/dev/null', false)"]
  const writes = call('write', WRITE, [{ ts: 10, fd: 1, count: 20000, ret: 20000 }])
  const closes = call('close', { fd: 'uinteger' }, [{ ts: 20, fd: 1, ret: 0 }])
  t.match(await ask(t, { tables: writes, sql }, 'large-writes'), [{ count: 20000, file: null }])
  t.match(await ask(t, { tables: { ...writes, ...closes }, sql }, 'large-writes'), [
    { count: 20000, file: '/dev/null' },
  ])
})

t.test('file-top', async (t) => {
  const tables = {
    ...call('openat', NAMED, [open(10, '/a', 3), open(12, '/proc/stat', 4)]),
    ...call('socket', { family: 'integer', type: 'integer', protocol: 'integer' }, [
      { ts: 14, family: 1, type: 1, protocol: 0, ret: 5 },
    ]),
    ...call('read', IO, [
      { ts: 20, fd: 3, count: 4096, ret: 2048 },
      { ts: 22, fd: 3, count: 4096, ret: 0 },
      { ts: 24, fd: 4, count: 4096, ret: 100 },
      { ts: 26, fd: 5, count: 4096, ret: 7 },
      { ts: 28, fd: 9, count: 4096, ret: -9 },
    ]),
    ...call('sendfile64', { out_fd: 'integer', in_fd: 'integer', o: 'ubigint', n: 'ubigint' }, [
      { ts: 30, out_fd: 5, in_fd: 3, ret: 1000 },
    ]),
  }
  const shown = async (...params: string[]): Promise<string[]> =>
    (await ask(t, { tables }, 'file-top', params)).map(
      (row) =>
        `${row.t} ${row.file} ${row.reads} ${row.writes} ${row.read_bytes} ${row.write_bytes}`,
    )
  t.same(await shown(), ['R /a 3 0 3048 0', 'O /proc/stat 1 0 100 0', '? <unknown> fd 9 1 0 0 0'])
  t.same(await shown('all=true', 'top=3'), [
    'R /a 3 0 3048 0',
    'O /proc/stat 1 0 100 0',
    'S AF_UNIX fd 5 1 1 7 1000',
  ])
  const [first] = await ask(t, { tables }, 'file-top', ['interval=0.000000015'])
  t.match(first, { ts: 10, file: '/a', reads: 2 }, 'intervals begin with the recording')
})

t.test('vfs-slower and ext4-slower', async (t) => {
  const ms = 1e6
  const tables = {
    ...call('openat', NAMED, [
      open(10, '/a', 3, { took: 2 }),
      open(20, '/log', 4, { flags: 1024 }),
    ]),
    ...call('write', IO, [
      { ts: ms, took: 20 * ms, fd: 3, count: 4096, ret: 4096 },
      { ts: 30 * ms, took: 20 * ms, fd: 3, count: 4096, ret: 1024 },
      { ts: 60 * ms, took: 20 * ms, fd: 4, count: 10, ret: 10 },
      { ts: 120 * ms, took: 1 * ms, fd: 3, count: 10, ret: 10 },
    ]),
    ...call('pread64', { ...IO, pos: 'bigint' }, [
      { ts: 90 * ms, took: 12 * ms, fd: 3, count: 10, pos: 2048, ret: 10 },
    ]),
    ...call('fsync', { fd: 'uinteger' }, [{ ts: 130 * ms, took: 30 * ms, fd: 3, ret: 0 }]),
    'ext4.ext4_da_write_begin': table(
      { dev: 'uinteger', ino: 'ubigint', pos: 'bigint', len: 'uinteger' },
      [
        { ts: 2 * ms, dev: 8388609, ino: 12, pos: 0, len: 4096 },
        { ts: 31 * ms, dev: 8388609, ino: 12, pos: 4096, len: 1024 },
        { ts: 135 * ms, tid: 7, dev: 8388609, ino: 13, pos: 0, len: 1 },
      ],
    ),
    'filemap.mm_filemap_get_pages': table({ i_ino: 'ubigint', s_dev: 'uinteger' }, [
      { ts: 91 * ms, i_ino: 12, s_dev: 8388609 },
    ]),
  }
  const given = { tables }
  t.match(await ask(t, given, 'vfs-slower'), [
    { t: 'W', lat_ms: 20, off_kb: 0, bytes: 4096, fs: 'ext4', filename: '/a', disk_ms: null },
    { t: 'W', lat_ms: 20, off_kb: 4, bytes: 1024, fs: 'ext4', filename: '/a', wait_ms: null },
    { t: 'W', lat_ms: 20, off_kb: null, fs: 'unknown', filename: '/log' },
    { t: 'R', lat_ms: 12, off_kb: 2, fs: 'ext4', filename: '/a' },
    { t: 'S', lat_ms: 30, off_kb: null, bytes: 0, fs: 'unknown', filename: '/a' },
  ])
  t.equal((await ask(t, given, 'vfs-slower', ['min_ms=15'])).length, 4)
  t.equal((await ask(t, given, 'vfs-slower', ['min_ms=0'])).length, 8, 'opens too')
  t.equal((await ask(t, given, 'vfs-slower', ['fs=ext4'])).length, 3)
  t.match(await ask(t, given, 'ext4-slower'), [
    { t: 'W', off_kb: 0, device: '8:1', ino: 12, filename: '/a' },
    { t: 'W', off_kb: 4, device: '8:1', ino: 12, filename: '/a' },
    { t: 'R', off_kb: 2, device: '8:1', ino: 12, filename: '/a' },
  ])
})

t.test('vfs-slower says what the disk and the CPU had to do with it', async (t) => {
  const ms = 1e6
  const FSYNC = { fd: 'uinteger' }
  const ISSUE = {
    dev: 'uinteger',
    sector: 'ubigint',
    nr_sector: 'uinteger',
    bytes: 'uinteger',
    rwbs: 'varchar',
  }
  const SWITCH = {
    prev_comm: 'varchar',
    prev_pid: 'integer',
    prev_prio: 'integer',
    prev_state: 'bigint',
    next_comm: 'varchar',
    next_pid: 'integer',
    next_prio: 'integer',
  }
  const task = (ts: number, prev: number, state: number, next: number) => ({
    ...{ ts, tid: prev, prev_comm: 'x', prev_pid: prev, prev_prio: 120, prev_state: state },
    ...{ next_comm: 'x', next_pid: next, next_prio: 120 },
  })
  const request = (ts: number, sector: number) => ({
    ts,
    dev: 8388609,
    sector,
    nr_sector: 8,
    bytes: 4096,
    rwbs: 'W',
  })
  const tables = {
    ...call('fsync', FSYNC, [{ ts: 10 * ms, took: 30 * ms, fd: 3, ret: 0 }]),
    'ext4.ext4_sync_file_enter': table({ dev: 'uinteger', ino: 'ubigint' }, [
      { ts: 11 * ms, dev: 8388609, ino: 12 },
    ]),
    // Two requests at the same time, 12 to 20 ms, and one that began before.
    'block.block_rq_issue': table(ISSUE, [
      request(5 * ms, 1),
      request(12 * ms, 2),
      request(14 * ms, 3),
    ]),
    'block.block_rq_complete': table({ ...ISSUE, error: 'integer' }, [
      request(11 * ms, 1),
      request(18 * ms, 2),
      request(20 * ms, 3),
    ]),
    'sched.sched_switch': table(SWITCH, [
      task(1 * ms, 5, 1, 100),
      task(21 * ms, 100, 0, 5),
      task(26 * ms, 5, 1, 100),
    ]),
    'sched.sched_wakeup': table(
      { comm: 'varchar', pid: 'integer', prio: 'integer', target_cpu: 'bigint' },
      [],
    ),
  }
  t.match(await ask(t, { tables }, 'vfs-slower'), [
    { t: 'S', lat_ms: 30, disk_ms: 9, wait_ms: 5, filename: '8:1 inode 12' },
  ])
})

t.test('ext4-activity', async (t) => {
  const INODE = { dev: 'uinteger', ino: 'ubigint' }
  const tables = {
    'ext4.ext4_sync_file_enter': table(INODE, [
      { ts: 1e6, dev: 1, ino: 5 },
      { ts: 4e6, dev: 1, ino: 5 },
      { ts: 9e6, dev: 1, ino: 5, tid: 7 },
    ]),
    'ext4.ext4_sync_file_exit': table(INODE, [
      { ts: 3e6, dev: 1, ino: 5 },
      { ts: 8e6, dev: 1, ino: 5, cpu: 1 },
      { ts: 8.5e6, dev: 1, ino: 5, tid: 7 },
    ]),
    'jbd2.jbd2_start_commit': table({ dev: 'uinteger' }, [{ ts: 2e6, dev: 1, tid: 9 }]),
  }
  const lost = [{ cpu: 1, from: 5e6, to: 6e6, count: 3 }]
  t.match(await ask(t, { tables, lost }, 'ext4-activity'), [
    { tid: 7, event: 'ext4_sync_file', count: 2, pairs: 0, total_ms: null },
    { tid: 100, event: 'ext4_sync_file', ino: 5, count: 2, pairs: 1, total_ms: 2, max_ms: 2 },
    { tid: 9, event: 'jbd2_start_commit', ino: null, device: '0:1', count: 1 },
  ])
  t.match(await ask(t, { tables }, 'ext4-activity', ['tid=100', 'inodes=false']), [
    { ino: null, pairs: 2, total_ms: 6, max_ms: 4 },
  ])
})
