import { readFileSync } from 'node:fs'
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'
import { answer, type GivenTable, makeDatabase, scaled } from '../given.ts'

t.test('a recorded ping has the sizes its workload is known for', async (t) => {
  const { expect } = JSON.parse(readFileSync(fixture('reports', 'icmp-ping-default.json'), 'utf8'))
  const { database, trace } = await openTraceDatabase(fixture('reports', 'icmp-ping-default.dat'), {
    objects: analysisObjects,
  })
  const rows = await answer(database, 'icmp-packets')
  t.equal(rows.length, expect.echo_requests)
  t.match(rows[0], {
    comm: 'ping',
    data: expect['icmp_message_bytes_sent (8 header + data)'] - 8,
    icmp: expect['icmp_message_bytes_sent (8 header + data)'],
    ip: expect.ip_packet_bytes,
    frame: expect.ethernet_style_frame_bytes_at_net_dev_queue,
    dev: 'lo',
    reply: expect.recvmsg_return,
    socket: 'raw',
  })
  await database.close()
  trace.close()
})

const RET = { ret: 'bigint' }

/** In ms: an ICMP socket of IPv4 or IPv6, a message of 64 bytes sent at 100 … 110, its reply at 150. */
function echo(family: number, type: number, reply: number): Record<string, GivenTable> {
  return {
    'syscalls.sys_enter_socket': {
      columns: { family: 'integer', type: 'integer', protocol: 'integer' },
      rows: [{ ts: 10, family, type, protocol: family === 2 ? 1 : 58 }],
    },
    'syscalls.sys_exit_socket': { columns: RET, rows: [{ ts: 11, ret: 3 }] },
    'syscalls.sys_enter_sendto': {
      columns: { fd: 'integer', buff: 'ubigint', len: 'ubigint' },
      rows: [{ ts: 100, fd: 3, buff: 0, len: 64 }],
    },
    'syscalls.sys_exit_sendto': { columns: RET, rows: [{ ts: 110, ret: 64 }] },
    'syscalls.sys_enter_recvmsg': {
      columns: { fd: 'integer', msg: 'ubigint', flags: 'uinteger' },
      rows: [{ ts: 120, fd: 3, msg: 0, flags: 0 }],
    },
    'syscalls.sys_exit_recvmsg': { columns: RET, rows: [{ ts: 150, ret: reply }] },
  }
}

async function rowsFor(
  report: string,
  tables: Record<string, GivenTable>,
): Promise<Record<string, unknown>[]> {
  const database = await makeDatabase(scaled({ tables }, 1e6))
  const rows = await answer(database, report)
  await database.close()
  return rows
}

const QUEUED = { skbaddr: 'ubigint', len: 'uinteger', name: 'varchar' }

t.test('the first frame of the call, and what the device was given', async (t) => {
  const queue = (rows: GivenTable['rows']) => ({ 'net.net_dev_queue': { columns: QUEUED, rows } })
  const started = {
    'net.net_dev_start_xmit': {
      columns: { ...QUEUED, network_offset: 'integer' },
      rows: [{ ts: 106, skbaddr: 1, len: 82, name: 'tun0', network_offset: 0 }],
    },
  }
  const frames = queue([
    { ts: 105, skbaddr: 1, len: 84, name: 'tun0' },
    { ts: 107, skbaddr: 2, len: 98, name: 'eth0' },
    { ts: 104, skbaddr: 3, len: 500, name: 'eth0', tid: 9 },
  ])
  const sizes = { data: 56, icmp: 64, reply: 84, rtt_ms: 50 }
  t.match(await rowsFor('icmp-packets', { ...echo(2, 3, 84), ...frames, ...started }), [
    { ...sizes, ip: 84, frame: 84, dev: 'tun0' },
  ])
  t.match(await rowsFor('icmp-packets', { ...echo(2, 3, 84), ...frames }), [
    { ...sizes, ip: 84, frame: 84 },
  ])
  const later = queue([{ ts: 111, skbaddr: 1, len: 98, name: 'eth0' }])
  t.match(await rowsFor('icmp-packets', { ...echo(10, 0x80002, 64), ...later }), [
    { ip: 104, frame: null, dev: null, reply: 64, socket: 'datagram' },
  ])
})

t.test('icmp-allocs: the receiving half on a network card is an estimate', async (t) => {
  const SOFTIRQ = 0x10
  const elsewhere = { tid: 7, cpu: 1, context: SOFTIRQ, bytes_req: 576, bytes_alloc: 576 }
  const columns = {
    ...{ name: 'varchar', ptr: 'ubigint' },
    ...{ bytes_req: 'ubigint', bytes_alloc: 'ubigint' },
  }
  const tables = {
    ...echo(2, 2, 64),
    'kmem.kmem_cache_alloc': {
      columns,
      rows: [
        { ts: 105, name: 'skbuff_head_cache', ptr: 1, bytes_req: 224, bytes_alloc: 256 },
        { ts: 129, ...elsewhere, ptr: 8 },
        { ts: 130, ...elsewhere, ptr: 9 },
        { ts: 131, ...elsewhere, ptr: 10 },
        { ts: 132, ...elsewhere, ptr: 11, context: 0 },
        { ts: 133, ...elsewhere, ptr: 12, cpu: 0 },
        { ts: 141, ...elsewhere, ptr: 13 },
        { ts: 146, ...elsewhere, ptr: 14 },
      ],
    },
    'net.netif_receive_skb': {
      columns: QUEUED,
      rows: [
        { ts: 120, cpu: 1, tid: 7, skbaddr: 30, len: 1500, name: 'eth0' },
        { ts: 140, cpu: 1, tid: 7, skbaddr: 9, len: 84, name: 'eth0' },
        { ts: 145, cpu: 1, tid: 7, skbaddr: 31, len: 52, name: 'eth0' },
      ],
    },
  }
  const rows = await rowsFor('icmp-allocs', tables)
  t.match(rows, [
    { allocator: 'kmalloc', count: null, elsewhere: null, note: 'needs kmem:kmalloc' },
    { allocator: 'kmem_cache_alloc', count: 1, softirq: 0, elsewhere: 3 },
  ])
  const lo = tables['net.netif_receive_skb'].rows.map((row) => ({ ...row, name: 'lo' }))
  const local = await rowsFor('icmp-allocs', {
    ...tables,
    'net.netif_receive_skb': { columns: QUEUED, rows: lo },
  })
  t.match(local[1], { count: 1, elsewhere: null })
})
