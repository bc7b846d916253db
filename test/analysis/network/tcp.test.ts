import t from 'tap'
import { type Given, makeDatabase, select } from '../../queries/given.ts'
import { type Change, changes } from '../../queries/network/tcp-changes.ts'

async function rowsOf(
  sql: string,
  list: readonly Change[],
  lost: NonNullable<Given['lost']> = [],
  tables: Given['tables'] = {},
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase({ tables: { ...changes(list), ...tables }, lost })
  const rows = await select(database, sql)
  await database.close()
  return rows
}

const client = { skaddr: 1, daddr: '7F000001', dport: 80 }
const CONNECTED: readonly Change[] = [
  { ts: 10, ...client, from: 7, to: 2, sport: 0, tid: 5, comm: 'curl' },
  { ts: 14, ...client, from: 2, to: 1, sport: 4000, tid: 9, context: 0x10 },
  { ts: 50, ...client, from: 1, to: 4, sport: 4000, tid: 5 },
  { ts: 60, ...client, from: 4, to: 7, sport: 4000, tid: 9 },
]

t.test('the life of a socket that connects', async (t) => {
  t.match(await rowsOf('from tcp_sockets', CONNECTED), [
    {
      ts: 10,
      dur: 50,
      role: 'connect',
      tid: 5,
      comm: 'curl',
      family: 4,
      saddr: '127.0.0.1',
      sport: 4000,
      daddr: '127.0.0.1',
      dport: 80,
      established_ts: 14,
      latency: 4,
      failed: false,
      state: 'CLOSE',
      end_ts: 60,
    },
  ])
})

t.test('an address is used again; changes without a beginning; closed twice', async (t) => {
  const again = CONNECTED.map((change) => ({ ...change, ts: change.ts + 100, dport: 81 }))
  const other = { skaddr: 2, daddr: '7F000001', dport: 90, sport: 7 }
  const rows = await rowsOf('from tcp_sockets order by ts', [
    ...CONNECTED,
    { ts: 65, ...client, from: 7, to: 7, sport: 4000 },
    ...again,
    { ts: 70, ...other, from: 1, to: 4 },
    { ts: 80, ...other, from: 4, to: 7 },
  ])
  t.match(rows, [
    { ts: 10, dport: 80, dur: 50 },
    { ts: 70, role: null, tid: null, dur: null, latency: null, failed: null, state: 'CLOSE' },
    { ts: 110, dport: 81, dur: 50 },
  ])
})

t.test('a listener and its child, made in whatever thread is current', async (t) => {
  const rows = await rowsOf('from tcp_sockets order by ts', [
    { ts: 1, skaddr: 3, from: 7, to: 10, sport: 80, dport: 0, daddr: '00000000', tid: 8 },
    { ts: 12, skaddr: 4, from: 10, to: 3, sport: 80, dport: 4000, tid: 5, context: 0x10 },
    { ts: 13, skaddr: 4, from: 3, to: 1, sport: 80, dport: 4000, tid: 5, context: 0x10 },
  ])
  t.match(rows, [
    { role: 'listen', tid: 8, sport: 80, state: 'LISTEN', dur: null, established_ts: null },
    { role: 'accept', tid: null, comm: null, sport: 80, dport: 4000, established_ts: 13 },
  ])
})

t.test('refused; other protocols; IPv6, and IPv4 in it', async (t) => {
  const v6 = { family: 10, saddr: '7F000006', daddr: '7F000006' }
  const rows = await rowsOf('from tcp_sockets order by ts', [
    { ts: 1, ...client, from: 7, to: 2, sport: 0, tid: 5 },
    { ts: 2, ...client, from: 2, to: 7, sport: 4000, tid: 5 },
    { ts: 3, ...client, skaddr: 2, from: 7, to: 2, sport: 1, protocol: 33 },
    {
      ...{ ts: 4, skaddr: 3, from: 7, to: 2, sport: 5, dport: 6, ...v6 },
      ...{
        saddr_v6: '00000000000000000000000000000001',
        daddr_v6: `20010DB8${'0'.repeat(23)}1`,
      },
    },
    {
      ...{ ts: 5, skaddr: 4, from: 7, to: 2, sport: 5, dport: 6, ...v6 },
      ...{
        saddr_v6: '00000000000000000000FFFF7F000001',
        daddr_v6: '00000000000000000000FFFF7F000002',
      },
    },
  ])
  t.match(rows, [
    { ts: 1, failed: true, dur: 1, established_ts: null, sport: 4000 },
    { ts: 4, family: 6, saddr: '::1', daddr: '2001:db8::1' },
    { ts: 5, family: 6, saddr: '127.0.0.1', daddr: '127.0.0.2' },
  ])
})

t.test('what was lost in between is not known', async (t) => {
  const early = await rowsOf('from tcp_sockets', CONNECTED, [
    { cpu: 3, from: 11, to: 13, count: 1 },
  ])
  t.match(early, [{ latency: null, established_ts: null, dur: null, failed: false }])
  const late = await rowsOf('from tcp_sockets', CONNECTED, [{ cpu: 3, from: 20, to: 30, count: 1 }])
  t.match(late, [{ latency: 4, established_ts: 14, dur: null }])
  const after = await rowsOf('from tcp_sockets', CONNECTED, [
    { cpu: 3, from: 60, to: 70, count: 1 },
  ])
  t.match(after, [{ latency: 4, dur: 50 }])
})

t.test('events with addresses of every shape', async (t) => {
  const sockaddr = `0002005A7F000001${'00'.repeat(20)}`
  const sockaddr6 = `0A00005B00000000${'00'.repeat(15)}0100000000`
  const blob = (hex: string) => `unhex('${hex}')`
  const database = await makeDatabase({
    tables: {
      ...changes(CONNECTED.slice(0, 1)),
      'tcp.tcp_send_reset': {
        columns: {
          skbaddr: 'ubigint',
          skaddr: 'ubigint',
          state: 'integer',
          reason: 'integer',
          saddr: 'blob',
          daddr: 'blob',
        },
        rows: [],
      },
      'tcp.tcp_probe': {
        columns: {
          saddr: 'blob',
          daddr: 'blob',
          sport: 'usmallint',
          dport: 'usmallint',
          family: 'usmallint',
          data_len: 'usmallint',
        },
        rows: [],
      },
    },
    sql: [
      `insert into tcp.tcp_send_reset values (20, 0, 1, 'x', 16, 0, 0, 7, 8, 0, 2, ${blob(sockaddr)}, ${blob(sockaddr)})`,
      `insert into tcp.tcp_probe values (30, 0, 1, 'x', 0, 0, 0, ${blob(sockaddr6)}, ${blob(sockaddr6)}, 91, 91, 10, 500)`,
    ],
  })
  t.match(await select(database, 'from tcp_events order by ts'), [
    {
      event: 'inet_sock_set_state',
      old_state: 'CLOSE',
      state: 'SYN_SENT',
      saddr: '127.0.0.1',
      family: 4,
    },
    {
      event: 'tcp_send_reset',
      saddr: '127.0.0.1',
      sport: 90,
      family: 4,
      state: null,
      reason: 2,
      in_interrupt: true,
    },
    { event: 'tcp_probe', saddr: '::1', sport: 91, family: 6, len: 500, skaddr: null },
  ])
  await database.close()
})
