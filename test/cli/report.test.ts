import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { ReportInputs } from '../../cli/report-inputs.ts'
import { traceduck } from '../helpers/cli.ts'
import { makeTrace } from '../helpers/make-trace.ts'
import { fixture } from '../helpers/paths.ts'

// Many runs of the command, each slow on a busy machine.
t.setTimeout(180_000)

const LOST = fixture('traces', 'amd64-6.12-lost-v7.dat')
const SMALL = fixture('traces', 'amd64-6.12-split-cpu.dat')
const golden = (name: string, kind: string): string =>
  gunzipSync(readFileSync(fixture('traces', `${name}.${kind}.txt.gz`))).toString('utf8')
const directory = mkdtempSync(join(tmpdir(), 'report-test-'))
t.teardown(() => rmSync(directory, { recursive: true }))

t.test('the text of trace-cmd on stdout, losses on stderr', async (t) => {
  const { status, out, err } = traceduck(['report', LOST])
  t.equal(status, 0)
  t.equal(out, golden('amd64-6.12-lost-v7', 'report'))
  t.match(err, /^warning: CPU \d lost at least \d+ events$/m)
  t.equal(traceduck(['report', LOST, '-q', '-e', 'nothing']).err, '')
})

t.test('letters of trace-cmd', async (t) => {
  t.equal(traceduck(['report', SMALL, '-R', '-t']).out, golden('amd64-6.12-split-cpu', 'raw'))
  const switches = golden('amd64-6.12-split-cpu', 'report')
    .split('\n')
    .filter((line) => !line.includes(': sys_e'))
  const out = traceduck(['report', SMALL, '-v', '-F', 'raw_syscalls']).out
  t.equal(out, switches.join('\n'))
})

t.test('into a file', async (t) => {
  const file = join(directory, 'out.txt')
  t.equal(traceduck(['report', SMALL, '-o', file]).status, 0)
  t.equal(readFileSync(file, 'utf8'), golden('amd64-6.12-split-cpu', 'report'))
  t.match(traceduck(['report', SMALL, '-o', file]).err, /exists/)
})

t.test('JSON has fields, text and exact numbers', async (t) => {
  const events = JSON.parse(traceduck(['report', SMALL, '--format', 'json']).out) as {
    ts: number
    event: string
    fields: Record<string, unknown>
    text: string
  }[]
  t.equal(events.length, 71)
  const [first] = events
  t.match(first, { event: 'sched_switch', fields: { prev_comm: 'swapper/0' } })
  t.ok(golden('amd64-6.12-split-cpu', 'report').includes(first!.text))
  const lines = traceduck(['report', SMALL, '--format', 'ndjson']).out.trimEnd().split('\n')
  t.same(
    lines.map((line) => JSON.parse(line)),
    events,
  )
  t.equal(traceduck(['report', SMALL, '--format', 'json', '-F', 'sched']).status, 2)
})

t.test('formats, and errors in two lines', async (t) => {
  t.match(traceduck(['report', SMALL, '--events']).out, /^name: sched_switch\nID: \d+\nformat:/m)
  t.match(traceduck(['report', SMALL, '-O', 'nonesuch']), { status: 2, err: /no such option/ })
  t.match(traceduck(['report', SMALL, '-F', 'x: y']), { status: 2, err: /no event/ })
  t.match(traceduck(['report', fixture('corrupt', 'wrong-magic.dat')]), { status: 3 })
})

t.test('statistics as trace-cmd prints them, hooks first', async (t) => {
  const name = 's390x-7.2-hooks'
  const file = fixture('traces', `${name}.dat`)
  const { status, out } = traceduck(['report', '--stat', file])
  t.equal(status, 0)
  t.match(out, /^start .*\ncpus=\d+\n/s)
  t.equal(out, golden(name, 'stat').split('\n==== dump')[0])
  const [facts] = JSON.parse(traceduck(['report', '--stat', file, '--format', 'json']).out)
  t.equal(facts.cpus, Number(/cpus=(\d+)/.exec(out)![1]))
})

t.test('times, by file', async (t) => {
  const NEXT = fixture('traces', 'amd64-6.12-split-part0001.dat')
  const second = (...args: string[]): string | undefined =>
    / +(\d+\.?\d*): s/.exec(traceduck(['report', ...args]).out.split('\n')[2]!)?.[1]
  const plain = second(SMALL)
  t.equal(second(SMALL, '--ts-offset', '-1000000000'), (Number(plain) - 1).toFixed(6))
  t.equal(second(SMALL, '--align-ts', '--nodate', '--ts-check'), '0.000064')
  const both = traceduck(['report', '-i', NEXT, '--ts-offset', '999000000000', '-i', SMALL]).out
  t.match(both.trimEnd().split('\n').at(-1), /part0001\.dat: .* 1461\.\d+: /)
  t.match(
    traceduck(['report', SMALL, '--first-event']).out,
    /^ {2}0\tFirst event: {2}462\.995251$/m,
  )
})

t.test('which file a time option is of', (t) => {
  const inputs = new ReportInputs()
  inputs.hertz('5')
  inputs.file('a')
  inputs.offset('-7')
  inputs.file('b')
  inputs.hertz('9')
  const common = { raw: true, noDate: undefined, merged: true }
  t.same(inputs.with(['c'], true, undefined), [
    { file: 'a', times: { ...common, hertz: 5n, offset: -7n } },
    { file: 'b', times: { ...common, hertz: 9n } },
    { file: 'c', times: { ...common, hertz: 5n } },
  ])
  const usage = { code: 'ERR_USAGE' }
  t.throws(() => inputs.offset('x'), usage)
  t.throws(() => inputs.hertz('0'), usage)
  t.throws(() => new ReportInputs().with([], false, false), usage)
  t.end()
})

t.test('single events raw, and without plugins', async (t) => {
  const { out } = traceduck(['report', SMALL, '-r', 'sys_enter', '-n', 'sched_.*'])
  t.match(out, /: sys_enter: {13}id=334 args=ARRAY/)
  t.match(out, /: sys_exit: {13}NR /)
  t.match(out, /: sched_switch: {9}prev_comm=\S+ prev_pid=0 .* ==> next_comm=/)
})

t.test('the text of a latency tracer', async (t) => {
  const file = join(directory, 'latency.dat')
  writeFileSync(file, makeTrace({ buffers: [], cpuCount: 2, latencyText: '# tracer: wakeup\n' }))
  t.match(traceduck(['report', file]), { status: 0, out: 'cpus=2\n# tracer: wakeup\n\n', err: '' })
  t.equal(traceduck(['report', file, SMALL]).status, 2)
})
