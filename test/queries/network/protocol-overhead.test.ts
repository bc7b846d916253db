import t from 'tap'
import { answer, type Given, type GivenTable, makeDatabase } from '../given.ts'
import { type Change, changes } from './tcp-changes.ts'

const SENT = { skbaddr: 'ubigint', len: 'uinteger', rc: 'integer', name: 'varchar' }
const RECEIVED = { skbaddr: 'ubigint', len: 'uinteger', name: 'varchar' }
const STARTED = {
  name: 'varchar',
  skbaddr: 'ubigint',
  transport_offset: 'integer',
  gso_size: 'usmallint',
  gso_segs: 'usmallint',
}
const PROBE = { skbaddr: 'ubigint', skaddr: 'ubigint', sport: 'usmallint', dport: 'usmallint' }
const LENGTH = { sk: 'ubigint', ret: 'integer', flags: 'integer' }
const MS = 1_000_000

const remote = { skaddr: 1, sport: 4000, dport: 80, saddr: '0A000001', daddr: '0A000002' }
const CONNECTION: readonly Change[] = [
  { ts: 10 * MS, ...remote, from: 7, to: 2, sport: 0 },
  { ts: 11 * MS, ...remote, from: 2, to: 1 },
  { ts: 20 * MS, ...remote, from: 1, to: 7 },
]

const nic: Record<string, GivenTable> = {
  'net.net_dev_start_xmit': {
    columns: STARTED,
    rows: [
      { ts: 12 * MS, skbaddr: 2, name: 'eth0', transport_offset: 34, gso_size: 1448, gso_segs: 3 },
    ],
  },
  'net.net_dev_xmit': {
    columns: SENT,
    rows: [
      { ts: 10 * MS + 1, skbaddr: 1, name: 'eth0', len: 74, rc: 0 },
      { ts: 12 * MS + 1, skbaddr: 2, name: 'eth0', len: 4066, rc: 0 },
      { ts: 12 * MS + 2, skbaddr: 3, name: 'eth0', len: 66, rc: 16 },
      { ts: 60 * MS, skbaddr: 4, name: 'eth0', len: 1000, rc: 0 },
      { ts: 15 * MS, skbaddr: 5, name: 'lo', len: 5000, rc: 0 },
    ],
  },
  'net.netif_receive_skb': {
    columns: RECEIVED,
    rows: [
      { ts: 11 * MS, skbaddr: 6, name: 'eth0', len: 60 },
      { ts: 15 * MS + 1, skbaddr: 5, name: 'lo', len: 4986 },
      { ts: 16 * MS, skbaddr: 7, name: 'eth0', len: 2948 },
    ],
  },
  'sock.sock_send_length': { columns: LENGTH, rows: [{ ts: 12 * MS, sk: 1, ret: 4000, flags: 0 }] },
  'sock.sock_recv_length': {
    columns: LENGTH,
    rows: [
      { ts: 17 * MS, sk: 1, ret: 2896, flags: 2 },
      { ts: 18 * MS, sk: 1, ret: 2896, flags: 64 },
      { ts: 19 * MS, sk: 1, ret: -11, flags: 64 },
      { ts: 19 * MS, sk: 9, ret: 77, flags: 0 },
    ],
  },
}

async function rowsFor(
  tables: Record<string, GivenTable>,
  params: readonly string[] = [],
  more: Partial<Given> = {},
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase({ ...more, tables })
  const rows = await answer(database, 'protocol-overhead', params)
  await database.close()
  return rows
}

t.test(
  'a network card: received packets count, headers of large ones are an estimate',
  async (t) => {
    const rows = await rowsFor({ ...changes(CONNECTION), ...nic }, ['body=2000'])
    t.equal(rows.length, 1)
    const wire = 74 + 4066 + (60 + 14) + (2948 + 14)
    t.match(rows[0], {
      dev: 'eth0',
      frames: 4,
      wire,
      wire_most: wire + 2 * (34 + 32) + 66,
      link: 56,
      ip_tcp: wire - 56 - 4000 - 2896,
      sent: 4000,
      received: 2896,
      http: 4896,
      overhead: wire - 2000,
    })
  },
)

t.test('a segment told by tcp_probe to be of another connection does not count', async (t) => {
  const probe = { skaddr: 8, sport: 81, dport: 4001 }
  const tables = {
    ...changes(CONNECTION),
    ...nic,
    'tcp.tcp_probe': {
      columns: PROBE,
      rows: [
        { ts: 16 * MS + 500, skbaddr: 7, ...probe },
        { ts: 30 * MS, skbaddr: 6, ...probe },
      ],
    },
  }
  t.match(await rowsFor(tables, ['port=80']), [{ frames: 3 }])
  t.match(await rowsFor(tables), [{ frames: 4, method: /1 of them told by tcp_probe/ }])
})

t.test('what cannot be known is not guessed', async (t) => {
  const { 'sock.sock_recv_length': _, 'sock.sock_send_length': __, ...noLengths } = nic
  const [bare] = await rowsFor({ ...changes(CONNECTION), ...noLengths })
  t.match(bare, { sent: null, received: null, ip_tcp: null, method: /needs sock:sock_recv_length/ })
  const all = await rowsFor(nic)
  t.match(all, [
    { dev: 'eth0', frames: 5, sent: null, method: /no connections recorded/ },
    { dev: 'lo', frames: 1, wire: 5000 },
  ])
  const { 'net.netif_receive_skb': ___, ...half } = nic
  const [sentOnly] = await rowsFor({ ...changes(CONNECTION), ...half })
  t.match(sentOnly, { frames: 2, method: /needs net:netif_receive_skb/ })
  const second = nic['net.net_dev_xmit']!
  const rows = [...second.rows, { ts: 14 * MS, skbaddr: 9, name: 'eth1', len: 66, rc: 0 }]
  const two = await rowsFor({
    ...changes(CONNECTION),
    ...nic,
    'net.net_dev_xmit': { ...second, rows },
  })
  t.match(two, [
    { dev: 'eth0', sent: null, method: /several devices/ },
    { dev: 'eth1', sent: null, received: null },
  ])
})

t.test('on lo the side that connects has the payload, or else the other', async (t) => {
  const local = { skaddr: 1, sport: 4000, dport: 80 }
  const server = { skaddr: 2, sport: 80, dport: 4000 }
  const accepted: readonly Change[] = [
    { ts: 1 * MS, ...server, from: 10, to: 3 },
    { ts: 2 * MS, ...server, from: 3, to: 1 },
    { ts: 9 * MS, ...server, from: 1, to: 7 },
  ]
  const connected: readonly Change[] = [
    { ts: 1 * MS, ...local, from: 7, to: 2 },
    { ts: 2 * MS, ...local, from: 2, to: 1 },
    { ts: 9 * MS, ...local, from: 1, to: 7 },
  ]
  const tables = {
    'net.net_dev_xmit': {
      columns: SENT,
      rows: [{ ts: 3 * MS, skbaddr: 1, name: 'lo', len: 500, rc: 0 }],
    },
    'sock.sock_send_length': {
      columns: LENGTH,
      rows: [
        { ts: 3 * MS, sk: 1, ret: 30, flags: 0 },
        { ts: 4 * MS, sk: 2, ret: 300, flags: 0 },
      ],
    },
  }
  t.match(await rowsFor({ ...changes([...connected, ...accepted]), ...tables }), [
    { dev: 'lo', sent: 30, received: 0 },
  ])
  t.match(await rowsFor({ ...changes(accepted), ...tables }), [{ dev: 'lo', sent: 300 }])
})
