// Recordings of traffic whose sizes, results and times others measure at the same time: the kernel's
// own text, interface counters, a packet capture, curl, the programs themselves.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { root } from '../helpers/paths.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'
import { answer } from '../queries/given.ts'

const PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path))
const WORKLOAD = join(root, 'test/live/network-workload.py')

const found = liveTracefs()
const isAlone = spawnSync('unshare', ['-n', 'true']).status === 0
const skip =
  'skip' in found
    ? found.skip
    : PYTHON === undefined
      ? 'no python3'
      : !isAlone && 'no network namespace of our own'
if ('skip' in found || PYTHON === undefined || skip) {
  t.plan(0, String(skip))
  process.exit()
}
const { tracefs } = found
t.setTimeout(240_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-network-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Records the workload in a network of its own; what it says of itself. */
function record<T>(t: Test, name: string, presets: string, words: readonly string[]): T {
  const env = { TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
  const command = ['unshare', '-n', PYTHON!, WORKLOAD, ...words]
  const args = ['record', '-q', '--preset', presets, '-o', join(folder, name), '--', ...command]
  const { out, err, status } = traceduck(args, { env })
  t.equal(status, 0, err)
  return JSON.parse(out) as T
}

/** The answers of reports on a recording, which must not have lost anything. */
async function ask(
  t: Test,
  name: string,
  reports: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, Record<string, unknown>[]>> {
  const opened = await openTraceDatabase(join(folder, name), { objects: analysisObjects })
  const { database, trace } = opened
  const lost = await database.all('select count(*) from meta.lost_events')
  t.equal(Number(lost.rows[0]?.[0]), 0, 'nothing was lost')
  const answers: Record<string, Record<string, unknown>[]> = {}
  for (const [report, params] of Object.entries(reports))
    answers[report] = await answer(database, report, params)
  await database.close()
  trace.close()
  return answers
}

/** Allocations between sendto and the return of recvmsg, by the kernel's own text of a buffer. */
function countInText(text: string, pid: number): { kmalloc: number; cache: number }[] {
  const echoes: { kmalloc: number; cache: number }[] = []
  let echo: { kmalloc: number; cache: number } | undefined
  for (const line of text.split('\n')) {
    if (!new RegExp(`^.{16}-${pid} `).test(line)) continue
    if (line.includes(' sys_sendto(')) echo = { kmalloc: 0, cache: 0 }
    else if (line.includes(' kmalloc: ') && echo) echo.kmalloc++
    else if (line.includes(' kmem_cache_alloc: ') && echo) echo.cache++
    else if (line.includes(' sys_recvmsg -> ') && echo) {
      echoes.push(echo)
      echo = undefined
    }
  }
  return echoes
}

const PINGS = [
  { kind: 'raw', size: 56, ip: 84, frame: 98, reply: 84 },
  { kind: 'raw', size: 200, ip: 228, frame: 242, reply: 228 },
  { kind: 'datagram', size: 56, ip: 84, frame: 98, reply: 64 },
] as const

for (const { kind, size, ip, frame, reply } of PINGS) {
  t.test(`ping of ${size} bytes by a ${kind} socket`, async (t) => {
    const name = `ping-${kind}-${size}.dat`
    const own = tracefs.createInstance(`td-network-${process.pid}`)
    let text = ''
    let done = { pid: 0, received: [] as number[] }
    try {
      own.write('buffer_size_kb', '16384')
      const calls = ['sys_enter_sendto', 'sys_exit_recvmsg'].map((call) => `syscalls/${call}`)
      for (const event of ['kmem/kmalloc', 'kmem/kmem_cache_alloc', ...calls])
        own.write(`events/${event}/enable`, '1')
      done = record(t, name, 'memory,network', ['ping', String(size), '3', kind])
      own.write('tracing_on', '0')
      text = own.read('trace')
    } finally {
      tracefs.removeInstance(own.instance)
    }
    const counted = countInText(text, done.pid)
    const rows = await ask(t, name, { 'icmp-packets': [], 'icmp-allocs': [] })
    t.equal(counted.length, 3)
    t.match(
      rows['icmp-packets'],
      done.received.map((received) => ({
        tid: done.pid,
        data: size,
        icmp: size + 8,
        ip,
        frame,
        dev: 'lo',
        reply: received,
        socket: kind,
      })),
    )
    t.same(done.received, [reply, reply, reply])
    const allocs = rows['icmp-allocs']!.map(({ echo, allocator, count }) => [
      echo,
      allocator,
      count,
    ])
    t.same(
      allocs,
      counted.flatMap(({ kmalloc, cache }, i) => [
        [i + 1, 'kmalloc', kmalloc],
        [i + 1, 'kmem_cache_alloc', cache],
      ]),
    )
  })
}

interface Download {
  readonly port: number
  readonly local_port: number
  readonly body: number
  readonly response_head: number
  readonly request: number
  readonly frames: number
  readonly frame_bytes: number
  readonly counter_bytes: number
  readonly counter_packets: number
}

for (const size of [5000, 300_000]) {
  const skip = spawnSync('curl', ['--version']).error ? 'no curl' : false
  t.test(`a download of ${size} bytes`, { skip }, async (t) => {
    const name = `http-${size}.dat`
    const done = record<Download>(t, name, 'network', ['http', String(size)])
    const port = `port=${done.port}`
    const rows = await ask(t, name, {
      'protocol-overhead': [`body=${size}`, port],
      'tcp-connect': [port],
      'tcp-accept': [port],
      'socket-throughput': ['comm=curl'],
    })
    t.match(rows['protocol-overhead'], [
      {
        dev: 'lo',
        frames: done.frames,
        wire: done.frame_bytes,
        link: done.frame_bytes - done.counter_bytes,
        sent: done.request,
        received: done.response_head + done.body,
        http: done.request + done.response_head,
        overhead: done.frame_bytes - size,
      },
    ])
    t.equal(done.frames, done.counter_packets)
    const ends = { daddr: '127.0.0.1', dport: done.port, lport: done.local_port }
    t.match(rows['tcp-connect'], [{ comm: 'curl', ip: 4, ...ends, result: 'ok' }])
    t.match(rows['tcp-accept'], [{ rport: done.local_port, lport: done.port, accepted: true }])
    t.match(
      rows['socket-throughput']!.filter(({ protocol }) => protocol === 'TCP'),
      [{ sent: done.request, received: done.response_head + done.body }],
    )
  })
}

interface Connected {
  readonly pid: number
  readonly accepted: readonly { host: string; port: number; from: number }[]
  readonly pending: readonly { host: string; port: number; from: number }[]
  readonly refused: readonly { host: string; port: number }[]
}

t.test('connections made, accepted, left waiting and refused', async (t) => {
  const done = record<Connected>(t, 'connect.dat', 'network', ['connect'])
  const { accepted, pending, refused } = done
  const own = [`tid=${done.pid}`]
  const all = { 'tcp-connect': own, 'tcp-accept': ['all=true'] }
  const rows = await ask(t, 'connect.dat', all)
  const key = (parts: readonly unknown[]): string => parts.join(' ')
  t.same(
    rows['tcp-connect']!.map((r) => key([r.daddr, r.dport, r.lport, r.result]))
      .map((text) => text.replace(/\d+ refused/, 'refused'))
      .sort(),
    [
      ...[...accepted, ...pending].map(({ host, port, from }) => key([host, port, from, 'ok'])),
      ...refused.map(({ host, port }) => key([host, port, 'refused'])),
    ].sort(),
  )
  const ports = new Set(accepted.map(({ port }) => port))
  t.same(
    rows['tcp-accept']!.filter(({ lport }) => ports.has(Number(lport)))
      .map((r) => key([r.tid, r.laddr, r.lport, r.rport, r.accepted]))
      .sort(),
    [
      ...accepted.map(({ host, port, from }) => key([done.pid, host, port, from, true])),
      ...pending.map(({ host, port, from }) => key([done.pid, host, port, from, false])),
    ].sort(),
  )
})

interface Names {
  readonly pid: number
  readonly lookups: readonly { host: string; ret: number; ns: number }[]
}

t.test('names looked up, by the clock of the program', async (t) => {
  const hosts = ['localhost', 'not-a-number', '127.0.0.1', 'localhost']
  const done = record<Names>(t, 'names.dat', 'dns', ['names', ...hosts])
  const rows = (await ask(t, 'names.dat', { 'dns-latency': [`tid=${done.pid}`] }))['dns-latency']!
  t.match(
    rows,
    done.lookups.map(({ host, ret }) => ({ host, error: ret === -2 ? 'EAI_NONAME' : null })),
  )
  // The program's clock includes its own call and both probes, and whoever took the CPU meanwhile; the
  // report has whole µs.
  const off = done.lookups.map(({ ns }, i) => ns - Number(rows[i]!.lat_ms) * 1e6)
  t.ok(Math.min(...off) >= -500, off.join(' '))
  t.ok(Math.min(...off) < 1_000_000, off.join(' '))
})
