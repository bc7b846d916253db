import t from 'tap'
import { type Given, type GivenTable, makeDatabase, select } from '../../queries/given.ts'

const QUEUED = { skbaddr: 'ubigint', len: 'uinteger', name: 'varchar' }
const SENT = { ...QUEUED, rc: 'integer' }
const STARTED = {
  name: 'varchar',
  skbaddr: 'ubigint',
  protocol: 'usmallint',
  network_offset: 'integer',
  transport_offset: 'integer',
  gso_size: 'usmallint',
  gso_segs: 'usmallint',
}
const ENTERED = {
  name: 'varchar',
  skbaddr: 'ubigint',
  protocol: 'usmallint',
  gso_size: 'usmallint',
}

const START = {
  protocol: 2048,
  network_offset: 14,
  transport_offset: 34,
  gso_size: 1448,
  gso_segs: 3,
}

async function packets(
  tables: Record<string, GivenTable>,
  lost: NonNullable<Given['lost']> = [],
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase({ tables, lost })
  const rows = await select(database, 'from packets order by ts')
  await database.close()
  return rows
}

t.test('a packet is what was last said of its buffer on its device', async (t) => {
  const rows = await packets({
    'net.net_dev_start_xmit': {
      columns: STARTED,
      rows: [
        { ts: 10, skbaddr: 1, name: 'eth0', ...START },
        { ts: 10, skbaddr: 2, name: 'eth0', ...START, gso_segs: 1 },
        { ts: 30, skbaddr: 3, name: 'eth1', ...START },
      ],
    },
    'net.net_dev_xmit': {
      columns: SENT,
      rows: [
        { ts: 11, skbaddr: 1, name: 'eth0', len: 4410, rc: 0, context: 0x10 },
        { ts: 12, skbaddr: 2, name: 'eth0', len: 98, rc: 16 },
        { ts: 31, skbaddr: 3, name: 'eth0', len: 60, rc: 0 },
      ],
    },
    // The buffer of a packet that was sent is used for one that comes in.
    'net.netif_receive_skb': {
      columns: QUEUED,
      rows: [{ ts: 40, skbaddr: 1, name: 'eth0', len: 52 }],
    },
  })
  t.match(rows, [
    { ts: 11, direction: 'sent', len: 4410, protocol: 2048, gso_segs: 3, gso_size: 1448, rc: 0 },
    { ts: 12, direction: 'sent', len: 98, gso_segs: 1, transport_offset: 34, rc: 16 },
    { ts: 31, direction: 'sent', len: 60, protocol: null, gso_segs: null },
    { ts: 40, direction: 'received', len: 52, protocol: null, gso_segs: null, rc: null },
  ])
  t.same(
    rows.map(({ in_interrupt }) => in_interrupt),
    [true, false, false, false],
  )
})

t.test('on lo the packet sent is the one received; elsewhere its entry tells', async (t) => {
  const rows = await packets({
    'net.net_dev_start_xmit': {
      columns: STARTED,
      rows: [{ ts: 10, skbaddr: 1, name: 'lo', ...START }],
    },
    'net.netif_receive_skb_entry': {
      columns: ENTERED,
      rows: [{ ts: 20, skbaddr: 5, name: 'eth0', protocol: 34525, gso_size: 0 }],
    },
    'net.netif_receive_skb': {
      columns: QUEUED,
      rows: [
        { ts: 12, skbaddr: 1, name: 'lo', len: 84 },
        { ts: 21, skbaddr: 5, name: 'eth0', len: 72, cpu: 1 },
      ],
    },
  })
  t.match(rows, [
    { direction: 'received', dev: 'lo', protocol: 2048, gso_segs: null, network_offset: null },
    { direction: 'received', dev: 'eth0', protocol: 34525 },
  ])
})

t.test('nothing is said across lost events', async (t) => {
  const tables = {
    'net.net_dev_start_xmit': {
      columns: STARTED,
      rows: [{ ts: 10, skbaddr: 1, name: 'eth0', ...START }],
    },
    'net.net_dev_xmit': {
      columns: SENT,
      rows: [{ ts: 20, skbaddr: 1, name: 'eth0', len: 60, rc: 0 }],
    },
  }
  const protocolWith = async (from: number | null, to: number): Promise<unknown> =>
    (await packets(tables, [{ cpu: 1, from, to, count: 1 }]))[0]?.protocol
  t.equal(await protocolWith(12, 15), null)
  t.equal(await protocolWith(15, 25), null)
  t.equal(await protocolWith(null, 12), null)
  t.equal(await protocolWith(2, 5), 2048)
  t.equal(await protocolWith(20, 30), 2048)
})

t.test('an old kernel without descriptions of packets', async (t) => {
  const columns = { skbaddr: 'uinteger', len: 'uinteger', name: 'varchar' }
  const rows = await packets({
    'net.netif_receive_skb': { columns, rows: [{ ts: 1, skbaddr: 9, name: 'lo', len: 84 }] },
  })
  t.match(rows, [{ direction: 'received', len: 84, protocol: null, skbaddr: 9 }])
})
