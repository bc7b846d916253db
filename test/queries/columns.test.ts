// Columns that people know from bcc, strace and ping come first, under their names; the exact clock last.
import t from 'tap'
import { bindParams, composeQuery, findQuery, listQueries, Recording } from '../../queries/index.ts'
import { openTables, tablesOfKernel } from '../helpers/kernel-database.ts'

/** What each report begins with; parameters for those that need some. */
const FIRST: Readonly<Record<string, { columns: string; params?: readonly string[] }>> = {
  'run-queue-latency': { columns: 'group, low, high, count' },
  'run-queue-threads': { columns: 'pid, comm, count, avg_us, p50_us, p99_us, max_us' },
  'run-queue-length': { columns: 'cpu, length, time_us, share' },
  'cpu-slices': { columns: 'group, low, high, count' },
  'off-cpu-time': { columns: 'pid, comm, state, count, total_us' },
  'thread-profile': { columns: 'pid, comm, span_us' },
  'cpu-migrations': { columns: 'pid, comm, moves' },
  'irq-time': { columns: 'hardirq, total_us, count' },
  'softirq-time': { columns: 'softirq, total_us, count' },
  'block-io': { columns: 'time, comm, pid, disk, t, sector, bytes, que_ms, lat_ms' },
  'block-latency': { columns: 'group, low, high, count' },
  'block-top': { columns: 'pid, comm, d, disk, i/o, kbytes, avg_ms' },
  signals: { columns: 'time, from, to, sig, code, result, delivered_us' },
  'signal-matrix': { columns: 'from, to, sig, sent, ignored, coalesced, delivered' },
  'icmp-packets': { columns: 'time, pid, data, icmp, ip, frame, dev' },
  'icmp-allocs': { columns: 'echo, allocator, count, over, sizes' },
  'protocol-overhead': {
    columns: 'dev, frames, wire, link, ip_tcp, http, body, overhead, percent',
  },
  'tcp-connect': {
    columns: 'time, pid, comm, ip, saddr, daddr, dport, lport, result, lat_ms',
  },
  'tcp-accept': { columns: 'time, pid, comm, ip, raddr, rport, laddr, lport' },
  'tcp-resets': { columns: 'time, direction, ip, laddr, lport, raddr, rport, state' },
  'tcp-retransmits': { columns: 'ip, laddr, lport, raddr, rport, retransmits' },
  'socket-throughput': { columns: 'pid, comm, laddr, raddr, rx_kb, tx_kb' },
  'dns-latency': { columns: 'time, pid, comm, lat_ms, host, ret' },
  'files-opened': { columns: 'time, pid, comm, fd, err, path, flags, dur_us, source, error' },
  'stat-calls': { columns: 'time, pid, comm, fd, err, path' },
  'file-top': { columns: 'pid, comm, reads, writes, r_kb, w_kb, t, file' },
  'vfs-slower': {
    columns: 'time, comm, pid, t, bytes, off_kb, lat_ms, filename, disk_ms, wait_ms',
  },
  'ext4-slower': { columns: 'time, comm, pid, t, bytes, off_kb, lat_ms, filename' },
  'ext4-activity': { columns: 'pid, comm, event, device, ino, count' },
  'sockopt-calls': { columns: 'time, pid, comm, fd, family, call, level, opt, ret, err, error' },
  'sockopt-ratio': { columns: 'family, calls, ok, failed' },
  'exec-snoop': { columns: 'time, pcomm, pid, ppid, ret, args' },
  'cgroup-moves': { columns: 'time, pid, comm, dst_root, level, path, by' },
  'syscall-trace': { columns: 'time, pid, comm, call, args, ret, err, error, dur_us' },
  'syscall-summary': { columns: '% time, seconds, usecs/call, calls, errors, syscall' },
  'syscall-errors': { columns: 'syscall, error, failed, calls' },
  'syscall-ratio': { columns: 'syscall, ok, failed, ratio' },
  'call-timeline': { columns: 'time, pid, comm, call, args, result, dur_us' },
  'large-writes': { columns: 'time, pid, comm, fd, file, count, ret, err, error' },
  'mount-calls': { columns: 'time, comm, pid, tid, call, err, error' },
  'ptrace-watch': { columns: 'time, tracer, request, target, ret, err, error' },
  'bpf-calls': { columns: 'time, pid, comm, cmd, size, fd, err, error, ret' },
  'user-call-count': { columns: '% time, seconds, usecs/call, calls, function' },
  'user-calls': { columns: 'time, pid, comm, call, dur_us' },
  'malloc-sizes': { columns: 'group, low, high, count' },
  'malloc-leaks': { columns: 'blocks, bytes, caller, first_ts, phases, verdict' },
  'kernel-allocs': { columns: 'call_site, allocator, cache, count, bytes_req, bytes_alloc, waste' },
  'kernel-leaks': { columns: 'call_site, allocator, cache, blocks, bytes' },
  'alloc-sizes': { columns: 'allocator, call_site, cache, bytes_req, bytes_alloc, count' },
  'memory-by-task': { columns: 'comm, pid, live, live_waste, max, total' },
  'page-faults': { columns: 'place, mode, faults' },
  'stack-count': { columns: 'stack, count' },
  'arg-dist': { columns: 'count, event', params: ['event=kmem:kmalloc', 'field=bytes_req'] },
  'event-print': {
    columns: 'time, pid, tid, comm, func, cpu, text',
    params: ['event=kmem:kmalloc'],
  },
  'cpu-usage': { columns: 'group, slices, total_us, share' },
  'net-devices': { columns: 'dev, sent, sent_bytes' },
  'packet-drops': { columns: 'reason, protocol' },
  'wakeup-latency': { columns: 'waker, context, comm, count, avg_us' },
  'event-catalogue': { columns: 'event, rows' },
  'function-graph': { columns: 'time, pid, comm, cpu, dur_us, function' },
  'function-profile': { columns: 'function, calls, total_us, self_us, avg_us, max_us' },
}

/** Those of which a row is something that happened, and a thread's. */
const OF_THREADS = [
  ...['block-io', 'dns-latency', 'icmp-packets', 'tcp-accept', 'tcp-connect'],
  ...['files-opened', 'stat-calls', 'vfs-slower', 'ext4-slower', 'sockopt-calls', 'exec-snoop'],
  ...['cgroup-moves', 'syscall-trace', 'call-timeline', 'large-writes', 'bpf-calls', 'user-calls'],
  'function-graph',
]

const tables = tablesOfKernel('amd64 7.2.13+deb14-amd64')
const database = await openTables(tables)
const recording = await Recording.of(database, tables)
t.teardown(() => database.close())
t.setTimeout(200_000)

async function columnsOf(name: string, params: readonly string[] = []): Promise<string[]> {
  const query = findQuery(name)
  const values = bindParams(query, params)
  const { rows } = await database.all(`describe ${composeQuery(query, recording, values)}`, values)
  return rows.map(([column]) => String(column))
}

t.test('every report is held', async (t) => {
  t.same(
    listQueries().map(({ name }) => name),
    Object.keys(FIRST).sort(),
  )
})

for (const [name, { columns, params }] of Object.entries(FIRST)) {
  t.test(name, async (t) => {
    const found = await columnsOf(name, params)
    const first = columns.split(', ')
    t.same(found.slice(0, first.length), first)
    t.equal(new Set(found).size, found.length, 'no name twice')
    if (found.includes('ts')) t.equal(found.at(-1), 'ts', 'the trace clock is last')
    if (found.includes('err')) t.ok(found.includes('error'), 'the name of the number')
    if (OF_THREADS.includes(name)) t.same(found.slice(-2), ['tid', 'ts'])
    for (const note of findQuery(name).columns)
      t.ok(found.includes(note.name), `${note.name} is a column`)
  })
}
