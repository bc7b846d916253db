import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { extract } from '../../recorder/extract.ts'
import { type FakeTracefs, fakeTracefs } from '../helpers/fake-tracefs.ts'
import { openBytes, readCpu } from '../helpers/open-bytes.ts'
import { fixture } from '../helpers/paths.ts'

// Page images of a real kernel, as its trace_pipe_raw and snapshot_raw give them.
const original = openBytes(readFileSync(fixture('traces/amd64-6.1-offline-v6.dat')))
const [top] = original.file.buffers
const pages = Buffer.concat(top!.cpus.map(({ cpu }) => readCpu(original, top!, cpu)))

const STATS = 'entries: 9\noverrun: 3\ncommit overrun: 0\ndropped events: 0\nread events: 0\n'

/** A tree whose CPU 0 has `live` and `snapshot` in its buffers. */
const tree = (t: Test, live: Uint8Array, snapshot?: Uint8Array): FakeTracefs => {
  const fake = fakeTracefs(t)
  const { put } = fake
  put('set_event', '')
  put('events/header_page', HEADER_PAGE)
  for (const cpu of [0, 1]) {
    put(`per_cpu/cpu${cpu}/stats`, STATS)
    put(`per_cpu/cpu${cpu}/trace_pipe_raw`, '')
    if (snapshot) put(`per_cpu/cpu${cpu}/snapshot_raw`, '')
  }
  fake.putBytes('per_cpu/cpu0/trace_pipe_raw', live)
  if (!snapshot) return fake
  fake.putBytes('per_cpu/cpu0/snapshot_raw', snapshot)
  put('snapshot', '# tracer: nop\n')
  return fake
}

const HEADER_PAGE = [
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;',
  '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;',
  '\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;',
  '',
].join('\n')

const options = (t: Test) =>
  ({ output: `${t.testdir()}/t.dat`, version: 7, compression: 'none', instances: [] }) as const

t.ok(pages.length >= 4 * 4096, 'the fixture has pages')

t.test('the snapshot is taken, not the live buffer', async (t) => {
  const { tracefs, runtime, text } = tree(t, pages.subarray(0, 4096), pages.subarray(4096))
  const asked = { ...options(t), snapshot: true }
  const { cpus, notices } = await extract(asked, tracefs, runtime)
  const opened = openBytes(readFileSync(asked.output))
  t.equal(Buffer.compare(readCpu(opened, opened.file.buffers[0]!, 0), pages.subarray(4096)), 0)
  t.equal(cpus[0]!.lost, 0, 'the counters are about the live buffer')
  t.notOk(notices.some((text) => /snapshot/.test(text)))
  t.equal(text('tracing_on'), '1')
})

t.test('a snapshot that nobody took', async (t) => {
  const { tracefs, runtime, put } = tree(t, pages, Buffer.alloc(0))
  put('snapshot', '# tracer: nop\n#\n#\n# * Snapshot is not allocated *\n')
  const { cpus, notices } = await extract({ ...options(t), snapshot: true }, tracefs, runtime)
  t.match(notices.join(), /no snapshot was taken in .*echo 1 > snapshot/)
  t.equal(
    cpus.reduce((sum, { events }) => sum + events, 0),
    0,
  )
})

t.test('the live buffer of a kernel without snapshots', async (t) => {
  const { tracefs, runtime, text } = tree(t, pages)
  const asked = options(t)
  const { cpus } = await extract(asked, tracefs, runtime)
  const opened = openBytes(readFileSync(asked.output))
  t.equal(Buffer.compare(readCpu(opened, opened.file.buffers[0]!, 0), pages), 0)
  t.equal(cpus[0]!.lost, 3)
  t.equal(text('tracing_on'), '1', 'paused and put back')
  t.rejects(extract({ ...options(t), snapshot: true }, tracefs, runtime), {
    code: 'ERR_RECORD_UNSUPPORTED',
  })
})

t.test('a latency tracer keeps its text elsewhere', async (t) => {
  const { tracefs, runtime, put } = tree(t, pages)
  put('current_tracer', 'irqsoff\n')
  const { notices } = await extract(options(t), tracefs, runtime)
  t.match(notices.join(), /tracer irqsoff found are text, in .*trace/)
})

t.test('buffers of running recordings are left out of -a', async (t) => {
  const { tracefs, runtime, put } = tree(t, pages)
  const own = `traceduck-${process.pid}`
  put(`instances/${own}/tracing_on`, '1\n')
  const { notices, cpus } = await extract({ ...options(t), allInstances: true }, tracefs, runtime)
  t.match(notices.join(), `left out ${own}`)
  t.same(cpus, [])
})
