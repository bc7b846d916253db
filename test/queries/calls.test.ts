// Reports with a row for a call, on recordings made by hand: times, processes, errors, descriptors.
import t, { type Test } from 'tap'
import { answer, type Given, type GivenTable, makeDatabase } from './given.ts'

type Row = GivenTable['rows'][number] & { readonly ret: number }

/** Enter and exit tables of one call; each takes 1500 ns, on thread 8 of process 7. */
function call(
  name: string,
  args: Readonly<Record<string, string>>,
  rows: readonly Row[],
): Given['tables'] {
  const own = rows.map((row) => ({ tid: 8, ...row }))
  return {
    [`syscalls.sys_enter_${name}`]: { columns: args, rows: own },
    [`syscalls.sys_exit_${name}`]: {
      columns: { ret: 'bigint' },
      rows: own.map((row) => ({ ...row, ts: row.ts + 1500 })),
    },
  }
}

const tasks = [{ pid: 8, tgid: 7 }]
/** A clock that was at 0 a tenth of a second past noon. */
const sql = [
  'update meta.sources set wall_offset_ns = 43200100000000',
  'alter table meta.fields add column c_type varchar',
]

async function ask(
  t: Test,
  given: Given,
  name: string,
  params: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase({ tasks, sql, ...given })
  t.teardown(() => database.close())
  return answer(database, name, params)
}

const fields = (names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, 'bigint']))

t.test('bpf-calls: a descriptor, or none', async (t) => {
  const tables = call('bpf', fields('cmd uattr size'), [
    { ts: 1000, cmd: 0, size: 72, ret: 5 },
    { ts: 5000, cmd: 5, size: 144, ret: -1 },
    { ts: 9000, cmd: 1, size: 32, ret: 0 },
    { ts: 13000, cmd: 15, size: 16, ret: 0 },
  ])
  const same = { pid: 7, tid: 8, dur_us: 1.5 }
  t.match(await ask(t, { tables }, 'bpf-calls'), [
    { ...same, time: '12:00:00.100001', cmd: 'BPF_MAP_CREATE', size: 72, fd: 5, err: 0, ts: 1000 },
    { ...same, cmd: 'BPF_PROG_LOAD', fd: -1, err: 1, error: 'EPERM', ret: -1 },
    { ...same, cmd: 'BPF_MAP_LOOKUP_ELEM', fd: null, err: 0, error: null, ret: 0 },
    { ...same, cmd: 'BPF_OBJ_GET_INFO_BY_FD', fd: null, ret: 0 },
  ])
})

t.test('ptrace-watch', async (t) => {
  const tables = call('ptrace', fields('request pid addr data'), [
    { ts: 1000, request: 16, pid: 50, ret: -1 },
    { ts: 5000, request: 0, pid: 0, ret: 0 },
  ])
  t.match(await ask(t, { tables }, 'ptrace-watch'), [
    { tracer: 8, pid: 7, request: 'PTRACE_ATTACH', target: 50, ret: -1, err: 1, error: 'EPERM' },
    { tracer: 8, pid: 7, request: 'PTRACE_TRACEME', target: null, err: 0, error: null, ts: 5000 },
  ])
  t.equal((await ask(t, { tables }, 'ptrace-watch', ['failed=true'])).length, 1)
})

t.test('mount-calls', async (t) => {
  const tables = call('umount', fields('name flags'), [{ ts: 1000, name: 4096, ret: -16 }])
  t.match(await ask(t, { tables }, 'mount-calls'), [
    {
      ...{ time: '12:00:00.100001', comm: 'ping', pid: 7, tid: 8, err: 16, error: 'EBUSY' },
      ...{ call: 'umount2(0x1000) = -1 EBUSY', dur_us: 1.5, ts: 1000 },
    },
  ])
})

t.test('syscall-trace and call-timeline: a process and its threads', async (t) => {
  const tables = call('close', fields('fd'), [
    { ts: 1000, fd: 3, ret: 0 },
    { ts: 5000, fd: 3, ret: -9 },
    { ts: 9000, fd: 4, ret: 0, tid: 100 },
  ])
  const rows = await ask(t, { tables }, 'syscall-trace')
  t.match(rows, [
    { time: '12:00:00.100001', pid: 7, tid: 8, call: 'close', args: '0x3', ret: 0, err: 0 },
    { pid: 7, tid: 8, ret: -9, err: 9, error: 'EBADF', dur_us: 1.5, ts: 5000 },
    { pid: 100, tid: 100 },
  ])
  t.equal(rows[1]?.line, '12:00:00.100005 8 ping close(0x3) = -1 EBADF <0.000002>')
  for (const [param, count] of [
    ['pid=7', 2],
    ['pid=8', 2],
    ['tid=7', 0],
    ['pid=100', 1],
  ] as const)
    for (const name of ['syscall-trace', 'call-timeline'])
      t.equal((await ask(t, { tables }, name, [param])).length, count, `${name} ${param}`)
  t.match(await ask(t, { tables }, 'call-timeline', ['pid=7']), [
    { time: '12:00:00.100001', pid: 7, call: 'close', args: '0x3', result: '0', depth: 0, tid: 8 },
    { result: '-1 EBADF', line: '12:00:00.100005 8 ping close(0x3) = -1 EBADF <0.000002>' },
  ])
})

t.test('cgroup-moves and event-print: threads as processes', async (t) => {
  const tables = {
    'cgroup.cgroup_attach_task': {
      columns: { ...fields('dst_root dst_level pid'), dst_path: 'varchar', comm: 'varchar' },
      rows: [{ ts: 1000, dst_root: 0, dst_level: 2, pid: 8, dst_path: '/a/b', comm: 'moved' }],
    },
  }
  const moved = { comm: 'moved', dst_root: 0, level: 2, path: '/a/b', by: /^100 /, ts: 1000 }
  const [row] = await ask(t, { tables }, 'cgroup-moves')
  t.match(row, { time: '12:00:00.100001', pid: 7, tid: 8, ...moved })
  const params = ['event=cgroup_attach_task', 'format=%pid to %dst_path']
  t.match(await ask(t, { tables, tasks: [{ pid: 100, tgid: 99 }] }, 'event-print', params), [
    { pid: 99, tid: 100, text: '8 to /a/b', func: 'cgroup_attach_task', ts: 1000 },
  ])
  t.equal((await ask(t, { tables }, 'event-print', [...params, 'pid=99'])).length, 0)
  t.equal((await ask(t, { tables }, 'event-print', [...params, 'pid=100'])).length, 1)
})

t.test('function-graph, and memory by thread', async (t) => {
  const at = { tid: 8, func: 4096n, depth: 0 }
  const tables = {
    'ftrace.funcgraph_entry': {
      columns: { func: 'ubigint', depth: 'integer' },
      rows: [{ ts: 1000, ...at }],
    },
    'ftrace.funcgraph_exit': {
      columns: { func: 'ubigint', depth: 'integer', calltime: 'ubigint', rettime: 'ubigint' },
      rows: [{ ts: 3500, ...at, calltime: 1000, rettime: 3500 }],
    },
    'kmem.kmalloc': {
      columns: {
        ...{ call_site: 'ubigint', ptr: 'ubigint', bytes_req: 'ubigint', bytes_alloc: 'ubigint' },
      },
      rows: [{ ts: 2000, tid: 8, call_site: 1, ptr: 2, bytes_req: 100, bytes_alloc: 128 }],
    },
    // Without frees nothing is known to be alive.
    'kmem.kfree': {
      columns: { call_site: 'ubigint', ptr: 'ubigint' },
      rows: [{ ts: 1500, tid: 8, call_site: 1, ptr: 3 }],
    },
  }
  t.match(await ask(t, { tables }, 'function-graph', ['pid=7']), [
    { time: '12:00:00.100001', pid: 7, tid: 8, dur_us: 2.5, ts: 1000 },
  ])
  for (const name of ['function-profile', 'kernel-allocs', 'kernel-leaks', 'alloc-sizes'])
    for (const [param, count] of [
      ['pid=7', 1],
      ['pid=8', 1],
      ['pid=9', 0],
    ] as const) {
      const rows = await ask(t, { tables }, name, [param])
      t.equal(rows.filter((row) => row.count !== 0).length, count, `${name} ${param}`)
    }
  t.match(await ask(t, { tables }, 'memory-by-task', ['by=tid']), [{ pid: 7, tid: 8, live: 128 }])
  t.match(await ask(t, { tables }, 'memory-by-task'), [{ pid: null, tid: null, live: 128 }])
})
