import t from 'tap'
import { answer, type Given, type GivenTable, makeDatabase, scaled } from '../given.ts'
import { changes } from './tcp-changes.ts'

/** Times of the tables are in ms. */
const MS = 1_000_000

async function rowsFor(
  report: string,
  tables: Record<string, GivenTable>,
  params: readonly string[] = [],
  more: Partial<Given> = {},
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase(scaled({ ...more, tables }, MS))
  const rows = await answer(database, report, params)
  await database.close()
  return rows
}

const QUEUED = { skbaddr: 'ubigint', len: 'uinteger', name: 'varchar' }
const SENT = { ...QUEUED, rc: 'integer' }

const devices: Record<string, GivenTable> = {
  'net.net_dev_queue': {
    columns: QUEUED,
    rows: [
      { ts: 10, skbaddr: 1, len: 100, name: 'eth0' },
      { ts: 20, skbaddr: 2, len: 3000, name: 'eth0' },
      { ts: 50, skbaddr: 9, len: 100, name: 'eth0' },
    ],
  },
  'net.net_dev_xmit': {
    columns: SENT,
    rows: [
      { ts: 15, skbaddr: 1, len: 100, name: 'eth0', rc: 0 },
      { ts: 21, skbaddr: 2, len: 3000, name: 'eth0', rc: 16 },
      { ts: 35, skbaddr: 2, len: 3000, name: 'eth0', rc: 0 },
      { ts: 40, skbaddr: 1, len: 60, name: 'wg0', rc: 0 },
    ],
  },
}

t.test('net-devices: packets, the busy driver, the wait in the queue', async (t) => {
  const rows = await rowsFor('net-devices', devices)
  const eth = { dev: 'eth0', sent: 2, sent_bytes: 3100, busy: 1, queued: 3 }
  t.match(rows, [
    { ...eth, wait_avg_us: 10_000, wait_max_us: 15_000, received: null, received_bytes: null },
    { dev: 'wg0', sent: 1, busy: 0, queued: 0, wait_avg_us: null },
  ])
  const lost = [{ cpu: 1, from: 11, to: 14, count: 1 }]
  t.match(await rowsFor('net-devices', devices, ['dev=eth0'], { lost }), [
    { ...eth, wait_avg_us: 15_000, wait_max_us: 15_000 },
  ])
  const { 'net.net_dev_queue': _, ...sent } = devices
  t.match(await rowsFor('net-devices', sent), [{ queued: null, wait_avg_us: null }, {}])
})

t.test('packet-drops: reasons by the names of their own file, symbols, old kernels', async (t) => {
  const columns = { skbaddr: 'ubigint', location: 'ubigint', protocol: 'usmallint' }
  const tables = {
    'skb.kfree_skb': {
      columns: { ...columns, reason: 'integer' },
      rows: [
        { ts: 1, location: 0x1010, protocol: 2048, reason: 3 },
        { ts: 2, location: 0x1010, protocol: 2048, reason: 3 },
        { ts: 3, location: 0x20000000, protocol: 0x88cc, reason: 3, source: 1 },
        { ts: 4, location: 0x20000000, protocol: 0x1234, reason: 99 },
      ],
    },
  }
  const value = (source: number, name: string) =>
    `insert into meta.print_values values (${source}, 'skb', 'kfree_skb', 'reason', 'symbolic', 0,
      18446744073709551615, '', 0, 3, '${name}')`
  const more: Partial<Given> = {
    files: ['a.dat', 'b.dat'],
    symbols: [[0x1000n, 'tcp_v4_rcv']],
    sql: [value(0, 'NO_SOCKET'), value(1, 'OTHER')],
  }
  t.match(await rowsFor('packet-drops', tables, [], more), [
    {
      reason: 'NO_SOCKET',
      protocol: 'IPv4',
      location: 'tcp_v4_rcv+0x10',
      count: 2,
      first: '0.000000',
      last: '0.001000',
      ts: 1 * MS,
    },
    { reason: '99', protocol: '0x1234', location: '0x20000000', count: 1 },
    { reason: 'OTHER', protocol: 'LLDP', count: 1 },
  ])
  const old = {
    'skb.kfree_skb': { columns, rows: [{ ts: 1, location: 0x1010, protocol: 2054 }] },
  }
  t.match(await rowsFor('packet-drops', old), [{ reason: null, protocol: 'ARP', count: 1 }])
})

t.test('socket-throughput: what was looked at, errors, families, addresses', async (t) => {
  const columns = {
    ...{ sk: 'ubigint', family: 'usmallint', protocol: 'usmallint' },
    ...{ ret: 'integer', flags: 'integer' },
  }
  const tcp = { sk: 1, family: 2, protocol: 6 }
  const tables = {
    ...changes([{ ts: 1, skaddr: 1, from: 7, to: 2, sport: 5, dport: 80, tid: 3 }]),
    'sock.sock_send_length': {
      columns,
      rows: [
        { ts: 10, tid: 3, ...tcp, ret: 100, flags: 0 },
        { ts: 11, tid: 3, ...tcp, ret: -11, flags: 0 },
        { ts: 12, tid: 4, sk: 2, family: 1, protocol: 0, ret: 7, flags: 0 },
        { ts: 13, tid: 4, sk: 3, family: 2, protocol: 253, ret: 5, flags: 0 },
      ],
    },
    'sock.sock_recv_length': {
      columns,
      rows: [
        { ts: 14, tid: 3, ...tcp, ret: 50, flags: 2 },
        { ts: 15, tid: 3, ...tcp, ret: 50, flags: 64 },
        { ts: 16, tid: 3, ...tcp, ret: 0, flags: 0 },
      ],
    },
  }
  const tasks = { tasks: [{ pid: 3, tgid: 2 }] }
  const rows = await rowsFor('socket-throughput', tables, [], tasks)
  t.match(rows, [
    {
      ...{ pid: 2, tid: 3, protocol: 'TCP', laddr: '127.0.0.1:5', raddr: '127.0.0.1:80' },
      ...{ sent: 100, received: 50, rx_kb: 0.049, tx_kb: 0.098, sends: 1, receives: 1, errors: 1 },
    },
    { pid: 4, tid: 4, protocol: 'UNIX', laddr: null, sent: 7 },
    { tid: 4, protocol: 'IP protocol 253', sent: 5 },
  ])
  t.equal((await rowsFor('socket-throughput', tables, ['protocol=TCP'])).length, 1)
  t.equal((await rowsFor('socket-throughput', tables, ['pid=2'], tasks)).length, 1)
  t.equal((await rowsFor('socket-throughput', tables, ['pid=4'], tasks)).length, 2)
})

const ENTRY = { __probe_ip: 'ubigint' }
const RETURN = { __probe_func: 'ubigint', __probe_ret_ip: 'ubigint' }

t.test('dns-latency: the outer call, its failure, and what never returned', async (t) => {
  const tables = {
    'td.getaddrinfo': {
      columns: { ...ENTRY, node: 'varchar', service: 'varchar' },
      rows: [
        { ts: 10, node: 'a.test', service: '80' },
        { ts: 30, node: '', service: 'http' },
        { ts: 50, node: 'late.test', service: '' },
        { ts: 12, tid: 7, node: 'other.test', service: '' },
      ],
    },
    'td.getaddrinfo_ret': {
      columns: { ...RETURN, ret: 'integer' },
      rows: [
        { ts: 20, ret: 0 },
        { ts: 35, ret: -2 },
        { ts: 99, tid: 7, ret: -77 },
      ],
    },
    'other.gethostbyname': {
      columns: { ...ENTRY, name: 'varchar' },
      rows: [{ ts: 40, name: 'b.test' }],
    },
    'other.gethostbyname_ret': {
      columns: { ...RETURN, ret: 'ubigint' },
      rows: [{ ts: 48, ret: 0 }],
    },
    'other.gethostbyname_r': {
      columns: { ...ENTRY, name: 'varchar' },
      rows: [
        { ts: 42, name: 'b.test' },
        { ts: 44, name: 'b.test' },
      ],
    },
    'other.gethostbyname_r_ret': {
      columns: { ...RETURN, ret: 'integer' },
      rows: [
        { ts: 43, ret: 34 },
        { ts: 46, ret: 0 },
      ],
    },
  }
  const tasks = { tasks: [{ pid: 7, tgid: 6 }] }
  const rows = await rowsFor('dns-latency', tables, [], tasks)
  t.same(
    rows.map(({ pid, tid, call, host, service, lat_ms, ret, error, state }) => [
      ...[pid, tid, call, host, service, lat_ms, ret, error, state],
    ]),
    [
      [100, 100, 'getaddrinfo', 'a.test', '80', 10, 0, null, 'complete'],
      [6, 7, 'getaddrinfo', 'other.test', null, 87, -77, 'EAI -77', 'complete'],
      [100, 100, 'getaddrinfo', '<unknown>', 'http', 5, -2, 'EAI_NONAME', 'complete'],
      [100, 100, 'gethostbyname', 'b.test', null, 8, 0, 'not found', 'complete'],
      [100, 100, 'getaddrinfo', 'late.test', null, null, null, null, 'open'],
    ],
  )
  t.equal((await rowsFor('dns-latency', tables, ['min_ms=50'])).length, 1)
  t.equal((await rowsFor('dns-latency', tables, ['pid=6'], tasks)).length, 1)
  t.equal((await rowsFor('dns-latency', tables, ['host=%.test', 'tid=7'])).length, 1)
  const lost = [{ cpu: 0, from: 12, to: 15, count: 1 }]
  t.match((await rowsFor('dns-latency', tables, ['host=a.test'], { lost }))[0], {
    lat_ms: null,
    state: 'lost',
  })
})
