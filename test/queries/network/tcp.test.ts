import t from 'tap'
import { answer, type Given, type GivenTable, makeDatabase, scaled } from '../given.ts'
import { type Change, changes } from './tcp-changes.ts'

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

const RET = { ret: 'bigint' }
const attempt = (ts: number, skaddr: number, dport: number, tid = 5): Change[] => [
  { ts, skaddr, from: 7, to: 2, sport: 0, dport, tid, comm: 'app' },
]
const end = (ts: number, skaddr: number, dport: number, to: number): Change[] => [
  { ts, skaddr, from: 2, to, sport: 4000 + skaddr, dport, tid: 5 },
]

t.test('tcp-connect: every way a connection can go', async (t) => {
  const tables = {
    ...changes([
      ...attempt(10, 1, 81),
      ...end(15, 1, 81, 1),
      ...attempt(20, 2, 82),
      ...end(25, 2, 82, 7),
      ...attempt(30, 3, 83),
      ...end(35, 3, 83, 7),
      ...attempt(40, 4, 84),
      ...end(45, 4, 84, 7),
      ...attempt(50, 5, 85),
      ...attempt(60, 6, 86),
      ...end(65, 6, 86, 7),
      ...attempt(70, 7, 87, 6),
      ...end(75, 7, 87, 7),
    ]),
    'syscalls.sys_exit_connect': {
      columns: RET,
      rows: [
        { ts: 16, tid: 5, ret: 0 },
        { ts: 26, tid: 5, ret: -111 },
        { ts: 36, tid: 5, ret: -110 },
        { ts: 41, tid: 5, ret: -115 },
        { ts: 61, tid: 5, ret: -115 },
      ],
    },
    'tcp.tcp_receive_reset': { columns: { skaddr: 'ubigint' }, rows: [{ ts: 64, skaddr: 6 }] },
  }
  const rows = await rowsFor('tcp-connect', tables)
  t.same(
    rows.map(({ dport, lport, result, lat_ms }) => [dport, lport, result, lat_ms]),
    [
      [81, 4001, 'ok', 5],
      [82, 4002, 'refused', null],
      [83, 4003, 'ETIMEDOUT', null],
      [84, 4004, 'failed', null],
      [85, 0, 'pending', null],
      [86, 4006, 'refused', null],
      [87, 4007, 'failed', null],
    ],
  )
  t.equal((await rowsFor('tcp-connect', tables, ['failed=true'])).length, 6)
  t.equal((await rowsFor('tcp-connect', tables, ['port=81'])).length, 1)
  t.equal((await rowsFor('tcp-connect', tables, ['tid=6'])).length, 1)
  const tasks = [{ pid: 5, tgid: 4 }]
  t.equal((await rowsFor('tcp-connect', tables, ['pid=4'], { tasks })).length, 6)
  t.match(await rowsFor('tcp-connect', tables, ['port=81'], { tasks }), [
    { time: '0.000000', pid: 4, tid: 5, ts: 10 * MS },
  ])
  t.equal((await rowsFor('tcp-connect', tables, ['comm=nobody'])).length, 0)
  const lost = [{ cpu: 0, from: 12, to: 13, count: 4 }]
  t.match(await rowsFor('tcp-connect', tables, ['port=81'], { lost }), [
    { result: 'lost', lat_ms: null },
  ])
})

const LISTEN = { fd: 'integer', backlog: 'integer' }
const ACCEPT = { fd: 'integer', addr: 'ubigint', addrlen: 'ubigint', flags: 'integer' }

const listener = (ts: number, skaddr: number, sport: number, tid: number): Change => ({
  ...{ ts, skaddr, from: 7, to: 10, sport, dport: 0, daddr: '00000000', tid, comm: 'server' },
})
const child = (ts: number, skaddr: number, sport: number, dport: number): Change[] => [
  { ts, skaddr, from: 10, to: 3, sport, dport, tid: 99, comm: 'client', context: 0x10 },
  { ts: ts + 1, skaddr, from: 3, to: 1, sport, dport, tid: 99, comm: 'client', context: 0x10 },
]

t.test('tcp-accept: two listeners, accepted in order, one never', async (t) => {
  const accept = (ts: number, fd: number, ret: number, tid = 7) => ({
    enter: { ts, tid, fd, addr: 0, addrlen: 0, flags: 0, comm: 'server' },
    exit: { ts: ts + 1, tid, ret, comm: 'server' },
  })
  const accepts = [
    accept(40, 3, -11),
    accept(50, 4, 6),
    accept(60, 3, 7, 8),
    accept(70, 3, 8),
    accept(80, 9, 5),
  ]
  const tables = {
    ...changes([
      listener(2, 1, 80, 7),
      listener(5, 2, 81, 7),
      ...child(10, 11, 80, 4001),
      ...child(20, 12, 81, 4002),
      ...child(30, 13, 80, 4003),
      ...child(90, 14, 80, 4004),
    ]),
    'syscalls.sys_enter_listen': {
      columns: LISTEN,
      rows: [
        { ts: 1, tid: 7, fd: 3, backlog: 5 },
        { ts: 4, tid: 7, fd: 4, backlog: 5 },
      ],
    },
    'syscalls.sys_exit_listen': {
      columns: RET,
      rows: [
        { ts: 3, tid: 7, ret: 0 },
        { ts: 6, tid: 7, ret: 0 },
      ],
    },
    'syscalls.sys_enter_accept4': { columns: ACCEPT, rows: accepts.map(({ enter }) => enter) },
    'syscalls.sys_exit_accept4': { columns: RET, rows: accepts.map(({ exit }) => exit) },
  }
  const tasks = [7, 8].map((pid) => ({ pid, tgid: 7 }))
  const rows = await rowsFor('tcp-accept', tables, ['all=true'], { tasks })
  t.same(
    rows.map(({ lport, rport, pid, tid, accepted, wait_ms }) => [
      ...[lport, rport, pid, tid, accepted, wait_ms],
    ]),
    [
      [80, 4001, 7, 8, true, 50],
      [81, 4002, 7, 7, true, 30],
      [80, 4003, 7, 7, true, 40],
      [80, 4004, 7, 7, false, null],
    ],
  )
  t.equal((await rowsFor('tcp-accept', tables, [], { tasks })).length, 3)
  t.equal((await rowsFor('tcp-accept', tables, ['pid=7'], { tasks })).length, 3)
  t.equal((await rowsFor('tcp-accept', tables, ['pid=8'], { tasks })).length, 1)
  t.equal((await rowsFor('tcp-accept', tables, ['port=81'], { tasks })).length, 1)
})

t.test('tcp-accept: nothing but states', async (t) => {
  const tables = changes([listener(2, 1, 80, 7), ...child(10, 11, 80, 1), ...child(20, 12, 443, 2)])
  t.match(await rowsFor('tcp-accept', tables), [
    { lport: 80, pid: 7, tid: 7, comm: 'server', accepted: null, wait_ms: null },
    { lport: 443, pid: null, tid: null, comm: '<unknown>', accepted: null },
  ])
})

const ENDS = {
  ...{ skaddr: 'ubigint', state: 'integer', sport: 'usmallint', dport: 'usmallint' },
  ...{ family: 'usmallint', saddr: 'blob', daddr: 'blob' },
}
const place = { skaddr: 1, sport: 1, dport: 2, family: 2, saddr: '\\x7F\\x00\\x00\\x01' }

t.test('tcp-retransmits, by connection', async (t) => {
  const tables = {
    'tcp.tcp_retransmit_skb': {
      columns: ENDS,
      rows: [
        { ts: 10, state: 1, ...place, daddr: place.saddr },
        { ts: 30, state: 4, ...place, daddr: place.saddr },
        { ts: 20, state: 2, ...place, daddr: place.saddr, dport: 3 },
      ],
    },
  }
  t.match(await rowsFor('tcp-retransmits', tables), [
    { first: '0.000000', last: '0.020000', rport: 2, retransmits: 2, ts: 10 * MS },
    { first: '0.010000', last: '0.010000', rport: 3, retransmits: 1, state: 'SYN_SENT' },
  ])
  t.match(await rowsFor('tcp-retransmits', tables, ['port=2']), [
    { state: 'ESTABLISHED, FIN_WAIT1' },
  ])
  t.equal((await rowsFor('tcp-retransmits', tables, ['port=3'])).length, 1)
})

t.test('tcp-resets name their reason', async (t) => {
  const tables = {
    'tcp.tcp_send_reset': {
      columns: { ...ENDS, reason: 'integer' },
      rows: [{ ts: 10, state: 1, reason: 2, ...place, daddr: place.saddr }],
    },
    'tcp.tcp_receive_reset': { columns: ENDS, rows: [{ ts: 5, ...place, daddr: place.saddr }] },
  }
  const sql = [
    `insert into meta.print_values values (0, 'tcp', 'tcp_send_reset', 'reason', 'symbolic', 0,
      18446744073709551615, '', 0, 2, 'NO_SOCKET')`,
  ]
  t.match(await rowsFor('tcp-resets', tables, [], { sql }), [
    { time: '0.000000', ts: 5 * MS, direction: 'received', state: null, reason: null },
    { time: '0.005000', ts: 10 * MS, direction: 'sent', state: 'ESTABLISHED', reason: 'NO_SOCKET' },
  ])
})
