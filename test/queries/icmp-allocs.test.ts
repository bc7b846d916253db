import { readFileSync } from 'node:fs'
import t from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { findQuery, needText, Recording } from '../../queries/index.ts'
import { fixture } from '../helpers/paths.ts'
import { answer, type Given, type GivenTable, makeDatabase } from './given.ts'

const SOFTIRQ = 0x10

/** Enters and exits of one call. */
function call(
  name: string,
  columns: Readonly<Record<string, string>>,
  calls: readonly {
    at: number
    to: number
    ret: number
    args: Record<string, number>
    more?: Record<string, number>
  }[],
): Record<string, GivenTable> {
  return {
    [`syscalls.sys_enter_${name}`]: {
      columns,
      rows: calls.map(({ at, args, more }) => ({ ts: at, ...args, ...more })),
    },
    [`syscalls.sys_exit_${name}`]: {
      columns: { ret: 'bigint' },
      rows: calls.map(({ to, ret, more }) => ({ ts: to, ret, ...more })),
    },
  }
}

const SOCKET = { family: 'integer', type: 'integer', protocol: 'integer' }
const SENDTO = { fd: 'integer', buff: 'ubigint', len: 'ubigint' }
const RECVMSG = { fd: 'integer', msg: 'ubigint', flags: 'uinteger' }
const ALLOC = { call_site: 'ubigint', bytes_req: 'ubigint', bytes_alloc: 'ubigint' }

const icmpSocket = { at: 10, to: 11, ret: 3, args: { family: 2, type: 3, protocol: 1 } }
const send = (at: number, to: number, fd = 3, ret = 64) => ({ at, to, ret, args: { fd, len: 64 } })
const receive = (at: number, to: number, ret = 84, flags = 0, fd = 3) => ({
  at,
  to,
  ret,
  args: { fd, flags },
})

function given(more: Partial<Given> & { tables?: Record<string, GivenTable> } = {}): Given {
  const { tables = {}, ...rest } = more
  return {
    ...rest,
    tables: {
      ...call('socket', SOCKET, [icmpSocket]),
      ...call('sendto', SENDTO, [send(100, 110)]),
      ...call('recvmsg', RECVMSG, [receive(112, 120)]),
      'kmem.kmalloc': {
        columns: ALLOC,
        rows: [
          { ts: 99, bytes_req: 1000, bytes_alloc: 1024 },
          { ts: 105, bytes_req: 64, bytes_alloc: 64 },
          { ts: 106, bytes_req: 65, bytes_alloc: 96, context: SOFTIRQ },
          { ts: 107, bytes_req: 500, bytes_alloc: 512, tid: 200 },
          { ts: 121, bytes_req: 1000, bytes_alloc: 1024 },
        ],
      },
      ...tables,
    },
  }
}

/** Rows of the report for a given database. */
async function rowsFor(what: Given, params: string[] = []): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase(what)
  try {
    return await answer(database, 'icmp-allocs', params)
  } finally {
    await database.close()
  }
}

t.test('a recorded ping has the numbers its workload is known for', async (t) => {
  const known = JSON.parse(readFileSync(fixture('reports', 'icmp-ping-default.json'), 'utf8'))
  const { database, trace } = await openTraceDatabase(fixture('reports', 'icmp-ping-default.dat'), {
    objects: analysisObjects,
  })
  const rows = await answer(database, 'icmp-allocs')
  const expected = known.expect.window_sendto_enter_to_matching_recvmsg_exit
  t.equal(rows.length, 2 * known.expect.echo_requests)
  t.match(rows[0], {
    allocator: 'kmalloc',
    count: expected.kmalloc,
    over: expected.kmalloc_over_64,
    sizes: null,
    note: 'recorded, none in this window',
  })
  t.match(rows[1], {
    allocator: 'kmem_cache_alloc',
    count: expected.kmem_cache_alloc,
    over: expected.kmem_cache_alloc_over_64,
    sizes: '224×3 skbuff_head_cache, 576×2 skbuff_small_head',
    note: null,
  })
  await database.close()
  trace.close()
})

t.test('only the thread, only the window, more than the limit', async (t) => {
  const [kmalloc, cache] = await rowsFor(given())
  t.match(kmalloc, {
    echo: 1,
    ts: 100,
    dur: 20,
    tid: 100,
    comm: 'ping',
    allocator: 'kmalloc',
    count: 2,
    over: 1,
    bytes_req: 129,
    bytes_alloc: 160,
    softirq: 1,
    sizes: '64×1, 65×1',
    note: null,
  })
  t.match(cache, {
    allocator: 'kmem_cache_alloc',
    count: null,
    over: null,
    note: 'needs kmem:kmem_cache_alloc',
  })
  t.match((await rowsFor(given(), ['over=65']))[0], { count: 2, over: 0 })
})

t.test('tables of older kernels count too', async (t) => {
  const rows = await rowsFor(
    given({
      tables: {
        'kmem.kmalloc_node': {
          columns: ALLOC,
          rows: [{ ts: 108, bytes_req: 700, bytes_alloc: 1024 }],
        },
        'kmem.kmem_cache_alloc': {
          columns: ALLOC,
          rows: [{ ts: 108, bytes_req: 232, bytes_alloc: 256 }],
        },
      },
    }),
  )
  t.match(rows, [
    { allocator: 'kmalloc', count: 3, sizes: '64×1, 65×1, 700×1' },
    { allocator: 'kmem_cache_alloc', count: 1, sizes: '232×1' },
  ])
})

t.test('what is not a reply', async (t) => {
  const tables = {
    ...call('recvmsg', RECVMSG, [
      receive(111, 112, -11),
      receive(113, 114, 84, 2),
      receive(115, 116, 84, 0x2000),
      receive(117, 118, 84, 0, 7),
      { ...receive(118, 119), more: { tid: 200 } },
      receive(130, 140),
    ]),
  }
  const [kmalloc] = await rowsFor(given({ tables }))
  t.match(kmalloc, { dur: 40, count: 3 })
})

t.test('a request without a reply is not given the next one’s', async (t) => {
  const tables = {
    ...call('sendto', SENDTO, [send(20, 30), send(100, 110)]),
  }
  const rows = await rowsFor(given({ tables }))
  t.match(rows[0], { echo: 1, ts: 20, dur: null, count: null, note: 'no reply recorded' })
  t.match(rows[2], { echo: 2, ts: 100, dur: 20, count: 2 })
})

t.test('other sockets, failed calls and closed descriptors', async (t) => {
  const none = async (tables: Record<string, GivenTable>, what: string) =>
    t.same(await rowsFor(given({ tables })), [], what)
  await none(
    call('socket', SOCKET, [{ ...icmpSocket, args: { family: 2, type: 2, protocol: 17 } }]),
    'UDP',
  )
  await none(call('socket', SOCKET, [{ ...icmpSocket, ret: -1 }]), 'no socket')
  await none(call('sendto', SENDTO, [send(100, 110, 3, -101)]), 'unreachable')
  await none(
    { 'syscalls.sys_enter_close': { columns: { fd: 'uinteger' }, rows: [{ ts: 50, fd: 3 }] } },
    'closed',
  )
  const again = call('socket', SOCKET, [
    { ...icmpSocket, args: { family: 10, type: 0x80802, protocol: 58 } },
  ])
  t.equal(
    (await rowsFor(given({ tables: again }))).length,
    2,
    'ICMPv6 by a datagram socket with flags',
  )
})

t.test('lost events make lower bounds; a call is not paired across a gap', async (t) => {
  const elsewhere = await rowsFor(given({ lost: [{ cpu: 1, from: 90, to: 105, count: 5 }] }))
  t.match(elsewhere[0], { count: 2, note: 'lost events: counts are lower bounds' })
  const before = await rowsFor(given({ lost: [{ cpu: 0, from: 80, to: 90, count: null }] }))
  t.match(before[0], { count: 2, note: null })
  t.same(
    await rowsFor(given({ lost: [{ cpu: 0, from: 101, to: 109, count: 5 }] })),
    [],
    'inside the send',
  )
  const reply = await rowsFor(given({ lost: [{ cpu: 0, from: 113, to: 119, count: 5 }] }))
  t.match(reply[0], { count: null, note: 'no reply recorded' })
})

t.test('buffers of one file belong together, files do not', async (t) => {
  const tables = {
    'kmem.kmalloc': {
      columns: ALLOC,
      rows: [
        { ts: 105, bytes_req: 100, bytes_alloc: 128, source: 1 },
        { ts: 106, bytes_req: 100, bytes_alloc: 128, source: 2 },
      ],
    },
  }
  const rows = await rowsFor(given({ tables, files: ['a.dat', 'a.dat', 'b.dat'] }))
  t.match(rows[0], { count: 1 })
})

t.test('a recording that lacks something', async (t) => {
  const { 'kmem.kmalloc': _, ...tables } = given().tables
  const database = await makeDatabase({ tables })
  const recording = await Recording.of(database)
  t.same(
    recording.missing(findQuery('icmp-allocs').needs).map((need) => needText(need).split(' ')[0]),
    ['kmem:kmalloc'],
  )
  t.notOk(recording.isEmpty)
  await database.close()
})
