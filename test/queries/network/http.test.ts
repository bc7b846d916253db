// A recorded download whose numbers are known from curl, a packet capture and interface counters.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'
import { answer } from '../given.ts'

const { expect } = JSON.parse(readFileSync(fixture('reports', 'http-small.json'), 'utf8'))
const [connection] = expect.connections
const { database, trace } = await openTraceDatabase(fixture('reports', 'http-small.dat'), {
  objects: analysisObjects,
})
t.teardown(async () => {
  await database.close()
  trace.close()
})

t.test('protocol-overhead', async (t) => {
  const http = connection.response_header_bytes + connection.request_bytes
  const [row, ...more] = await answer(database, 'protocol-overhead', [
    `body=${connection.body_bytes}`,
  ])
  t.same(more, [])
  t.match(row, {
    dev: 'lo',
    frames: expect.frames,
    wire: expect.frame_bytes_l2,
    wire_most: expect.frame_bytes_l2,
    link: expect.of_which.link_headers,
    ip_tcp: expect.of_which.ip_tcp_headers,
    sent: expect.client_socket_sent_bytes,
    received: expect.client_socket_received_bytes,
    http,
    body: connection.body_bytes,
    overhead: expect['overhead_bytes_l2 (frames minus body)'],
    percent: expect.overhead_percent_of_wire_l2,
    retransmits: null,
  })
  t.equal(http, expect.of_which.http_headers_both_ways)
  const [bare] = await answer(database, 'protocol-overhead')
  t.match(bare, { wire: expect.frame_bytes_l2, http: null, overhead: null, percent: null })
  t.same(await answer(database, 'protocol-overhead', ['port=1']), [])
  t.same(await answer(database, 'protocol-overhead', ['dev=eth0']), [])
})

t.test('net-devices', async (t) => {
  const counters = expect.interface_counter_delta
  t.match(await answer(database, 'net-devices'), [
    {
      dev: 'lo',
      sent: counters.tx_packets,
      sent_bytes: expect.frame_bytes_l2,
      busy: 0,
      received: counters.rx_packets,
      received_bytes: counters.rx_bytes,
      queued: counters.tx_packets,
    },
  ])
})

t.test('tcp-connect, tcp-accept, socket-throughput', async (t) => {
  const port = connection.local_port
  t.match(await answer(database, 'tcp-connect'), [
    { comm: 'curl', ip: 4, dport: 18080, lport: port, result: 'ok' },
  ])
  t.match(await answer(database, 'tcp-accept'), [
    { comm: 'python3', rport: port, lport: 18080, accepted: true },
  ])
  const [client, ...others] = await answer(database, 'socket-throughput', ['protocol=TCP'])
  t.match(client, {
    comm: 'curl',
    laddr: `127.0.0.1:${port}`,
    raddr: '127.0.0.1:18080',
    sent: expect.client_socket_sent_bytes,
    received: expect.client_socket_received_bytes,
  })
  t.match(others, [
    {
      comm: 'python3',
      laddr: '127.0.0.1:18080',
      sent: expect.client_socket_received_bytes,
      received: expect.client_socket_sent_bytes,
    },
  ])
})
