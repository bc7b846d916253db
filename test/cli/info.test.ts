import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { TraceDescription } from '../../parser/container/describe.ts'
import { traceduck } from '../helpers/cli.ts'
import { makeTrace } from '../helpers/make-trace.ts'
import { fixture } from '../helpers/paths.ts'

const ZLIB = fixture('traces', 'amd64-7.2-buffers-zlib.dat')
const directory = mkdtempSync(join(tmpdir(), 'info-test-'))
t.teardown(() => rmSync(directory, { recursive: true }))

t.test('text for people, in a pipe too', async (t) => {
  const { status, out, err } = traceduck(['info', ZLIB])
  t.equal(status, 0)
  t.equal(err, '')
  t.match(out, /^file +.*amd64-7\.2-buffers-zlib\.dat \(111,663 bytes\)$/m)
  t.match(out, /version 7, compression zlib 1\.3\.2/)
  t.match(out, /3 CPUs, 64-bit little-endian kernel, pages of 4096/)
  t.match(out, /^wall clock +unknown/m)
  t.match(out, /^top buffer: clock local/m)
  t.match(out, /^instance inst1: clock local/m)
  t.match(out, /^ {2}sched +30$/m)
})

t.test('JSON is one object, by either option', async (t) => {
  const { status, out } = traceduck(['info', ZLIB, '--json'])
  t.equal(status, 0)
  const all = JSON.parse(out) as TraceDescription
  t.match(all, { file_version: 7, cpus: 3, endian: 'little', kernel: /^7\.2\.13/, wall_zero: null })
  t.same(
    all.buffers.map(({ name }) => name),
    ['', 'empty', 'inst2', 'inst1'],
  )
  t.ok(all.events.sched?.includes('sched_switch'))
  t.equal(traceduck(['info', ZLIB, '--format', 'json']).out, out)
  const lines = traceduck(['info', ZLIB, '--format', 'ndjson']).out
  t.equal(lines.indexOf('\n'), lines.length - 1)
  t.same(JSON.parse(lines), all)
})

t.test('rows of property and value', async (t) => {
  const { out } = traceduck(['info', ZLIB, '--format', 'csv'])
  t.match(out, /^property,value\n/)
  t.match(out, /^buffers\.3\.name,inst1$/m)
  t.match(out, /^cpus,3$/m)
})

t.test('into a file', async (t) => {
  const file = join(directory, 'x.json')
  t.equal(traceduck(['info', ZLIB, '-o', file]).status, 0)
  t.match(JSON.parse(readFileSync(file, 'utf8')), { cpus: 3 })
  t.equal(traceduck(['info', ZLIB, '-o', file]).status, 2, 'not twice')
})

t.test('damage is said on stderr, and fails a strict run', async (t) => {
  const path = fixture('corrupt', 'cut-in-last-page-v6.dat')
  const { status, out, err } = traceduck(['info', path])
  t.equal(status, 0)
  t.match(out, /4 CPUs/)
  t.match(err, /ERR_TRACE_TRUNCATED.*CPU 3: 3396 of 4096 bytes/)
  const strict = traceduck(['info', '--strict', path])
  t.equal(strict.status, 3)
  t.equal(strict.out, '')
})

t.test('what is no trace', async (t) => {
  const wrong = traceduck(['info', fixture('corrupt', 'wrong-magic.dat')])
  t.equal(wrong.status, 3)
  t.match(wrong.err, /^traceduck: .*not a trace\.dat.*\n.+\n$/)
  t.equal(traceduck(['info', join(directory, 'none.dat')]).status, 3)
})

t.test('a latency trace shows what it measured', async (t) => {
  const path = join(directory, 'latency.dat')
  const text = '# tracer: irqsoff\n#\n# latency: 123 us\n  sh-1 0d..1 0us : x\n'
  writeFileSync(path, makeTrace({ version: 6, buffers: [], latencyText: text }))
  const { status, out } = traceduck(['info', path])
  t.equal(status, 0)
  t.match(out, /text of a latency tracer/)
  t.match(out, /# latency: 123 us/)
  t.notMatch(out, /sh-1/)
})

t.test('needs no decoder that the file does not need', async (t) => {
  const path = fixture('traces', 'amd64-6.1-offline-v6.dat')
  const broken = { TRACEDUCK_ZSTD: 'nothing' }
  t.equal(traceduck(['info', path], { env: broken }).status, 0)
  t.equal(traceduck(['info', fixture('traces', 's390x-6.1-marker.dat')], { env: broken }).status, 3)
})

t.test('losses come first', async (t) => {
  const { out } = traceduck(['info', fixture('traces', 'amd64-6.12-lost-v7.dat')])
  t.match(out, /^lost +112,023 events on 2 CPUs: counts are lower bounds\nfile /)
  t.match(traceduck(['info', fixture('reports', 'icmp-ping-default.dat')]).out, /^file /)
})
