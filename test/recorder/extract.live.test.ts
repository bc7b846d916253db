import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openTrace, readRecords } from '../../parser/index.ts'
import type { Tracefs } from '../../recorder/tracefs.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { noTraceCmd, reportedEvents } from '../helpers/live.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
const { tracefs } = found
t.setTimeout(180_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-extract-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = { TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
const run = (args: readonly string[]) => traceduck(['extract', ...args], { env })

/** An instance set up by hand, as a user of tracefs has one. */
const byHand = (t: Test, name: string, events: readonly string[]): Tracefs => {
  const instance = tracefs.createInstance(`td-extract-${name}-${process.pid}`)
  t.teardown(() => {
    instance.write('tracing_on', '0')
    tracefs.removeInstance(instance.instance)
  })
  for (const event of events) instance.write(`events/${event}/enable`, '1')
  return instance
}

const MARKS = 500
const mark = (instance: Tracefs): void => {
  for (let i = 0; i < MARKS; i++) instance.append('trace_marker', `mark ${i} of ${MARKS}\n`)
}

interface Line {
  readonly pid: number
  readonly cpu: number
  /** As the kernel prints it, to the microsecond. */
  readonly time: string
  readonly event: string
}

/** What the kernel's own text says is in the buffer, in order of time; reading it takes nothing. */
const kernelText = (instance: Tracefs): Line[] =>
  instance
    .read('trace')
    .split('\n')
    .flatMap((line) => {
      const [, pid, cpu, time, event] =
        /^.{16}-(\d+) +\[(\d+)\] [^ ]+ +(\d+\.\d{6}): ([\w]+):/.exec(line) ?? []
      if (event === undefined) return []
      const name = event === 'tracing_mark_write' ? 'print' : event
      return [{ pid: Number(pid), cpu: Number(cpu), time: time!, event: name }]
    })

/** The kernel rounds to the microsecond. */
const microseconds = (ns: bigint): string => {
  const text = ((ns + 500n) / 1000n).toString().padStart(7, '0')
  return `${text.slice(0, -6)}.${text.slice(-6)}`
}

const ownEvents = async (path: string, buffer: string): Promise<(Line & { ns: bigint })[]> => {
  const trace = await openTrace(path)
  const lines: (Line & { ns: bigint })[] = []
  for (const { cpu, ts, format, pid, buffer: name } of readRecords(trace)) {
    if (name !== buffer) throw new Error('of another buffer')
    lines.push({ pid, cpu, time: microseconds(ts), event: format?.name ?? '?', ns: ts })
  }
  trace.close()
  return lines
}

const shape = ({ pid, cpu, time, event }: Line): string => `${time} ${cpu} ${pid} ${event}`

/** Settings of an instance that extracting must leave as they were. */
const settings = (instance: Tracefs): string[] =>
  [
    'tracing_on',
    'set_event',
    'trace_clock',
    'buffer_size_kb',
    'trace_options',
    'current_tracer',
  ].map((name) => `${name}: ${instance.read(name)}`)

for (const options of [[], ['--file-version', '6'], ['--compression', 'none']]) {
  t.test(`all that the kernel has, ${options.join(' ') || 'version 7'}`, async (t) => {
    const instance = byHand(t, 'all', ['sched', 'raw_syscalls'])
    mark(instance)
    instance.write('tracing_on', '0')
    const text = kernelText(instance)
    const before = settings(instance)
    const path = `${t.testdir()}/t.dat`
    const ran = run(['-B', instance.instance, '-o', path, ...options])
    t.equal(ran.status, 0, ran.err)
    const own = await ownEvents(path, instance.instance)
    t.ok(own.filter(({ event }) => event === 'print').length === MARKS, 'every mark')
    t.same(
      own.map(shape).sort(),
      text.map(shape).sort(),
      `${text.length} events of the kernel's text`,
    )
    const said = Number(/([\d,]+) events,/.exec(ran.err)?.[1]?.replaceAll(',', ''))
    t.equal(said, own.length, 'and of the summary')
    if (!noTraceCmd()) {
      const peer = own.map(({ cpu, ns, event }) => {
        const digits = ns.toString().padStart(10, '0')
        return `${cpu} ${digits.slice(0, -9)}.${digits.slice(-9)} ${event}`
      })
      t.same(reportedEvents(path), peer, 'the same, in the same order, by trace-cmd')
    }
    t.same(settings(instance), before)
    t.same(kernelText(instance), [], 'what was extracted is taken')
  })
}

t.test('recording pauses and goes on', async (t) => {
  const instance = byHand(t, 'on', [])
  mark(instance)
  const before = settings(instance)
  const path = `${t.testdir()}/t.dat`
  t.equal(run(['-B', instance.instance, '-o', path]).status, 0)
  t.same(settings(instance), before)
  t.match(before[0], /tracing_on: 1/)
  mark(instance)
  const again = path.replace('t.dat', 'again.dat')
  t.equal(run(['-B', instance.instance, '-o', again]).status, 0)
  t.equal((await ownEvents(again, instance.instance)).length, MARKS, 'only what came after')
})

t.test('events that are disabled by now are known', async (t) => {
  const instance = byHand(t, 'off', ['sched/sched_switch'])
  await setTimeout(200)
  instance.write('events/sched/sched_switch/enable', '0')
  const path = `${t.testdir()}/t.dat`
  t.equal(run(['-B', instance.instance, '-o', path]).status, 0)
  const own = await ownEvents(path, instance.instance)
  t.ok(own.length > 0)
  t.same([...new Set(own.map(({ event }) => event))], ['sched_switch'])
})

t.test('killed while it reads: reset and recover', async (t) => {
  const instance = byHand(t, 'killed', [])
  mark(instance)
  const path = `${t.testdir()}/t.dat`
  const args = [main, 'extract', '-B', instance.instance, '-o', path]
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (!existsSync(`${path}.partial.json`) && child.exitCode === null) await setTimeout(1)
  child.kill('SIGKILL')
  await ended
  t.equal(instance.read('tracing_on').trim(), '0')
  t.equal(traceduck(['reset'], { env }).status, 0)
  t.equal(instance.read('tracing_on').trim(), '1')
  const recovered = traceduck(['recover', path], { env })
  t.equal(recovered.status, 0, recovered.err)
  const left = path.replace('t.dat', 'left.dat')
  t.equal(run(['-B', instance.instance, '-o', left]).status, 0)
  const both = [path, left].map((name) => ownEvents(name, instance.instance))
  t.equal((await Promise.all(both)).flat().length, MARKS, 'in the one file or still in the kernel')
})

t.test('what cannot be', async (t) => {
  const path = `${t.testdir()}/t.dat`
  const nosuch = run(['-B', 'td-nosuch', '-o', path])
  t.equal(nosuch.status, 2)
  t.match(nosuch.err, /there is no instance td-nosuch/)
  t.notOk(existsSync(path))
  const instance = byHand(t, 'empty', [])
  const empty = run(['-B', instance.instance, '-o', path])
  t.equal(empty.status, 0, empty.err)
  t.match(empty.err, /no events: the buffers were empty/)
  t.same(await ownEvents(path, instance.instance), [])
  t.equal(run(['-B', instance.instance, '-o', path]).status, 2, 'the file is not overwritten')
  if (!noTraceCmd()) t.same(reportedEvents(path), [])
})

const noSnapshot = tracefs.exists('snapshot') ? false : 'this kernel has no snapshots'

t.test('without snapshots -s is refused', { skip: !noSnapshot }, async (t) => {
  const path = `${t.testdir()}/t.dat`
  const ran = run(['-s', '-o', path])
  t.equal(ran.status, 4)
  t.match(ran.err, /this kernel has no snapshot buffers/)
  t.notOk(existsSync(path))
})

t.test('-s takes the snapshot and leaves the live buffer', { skip: noSnapshot }, async (t) => {
  const instance = byHand(t, 'snap', [])
  mark(instance)
  instance.write('snapshot', '1')
  instance.append('trace_marker', 'later\n')
  const path = `${t.testdir()}/t.dat`
  const ran = run(['-s', '-B', instance.instance, '-o', path])
  t.equal(ran.status, 0, ran.err)
  t.equal((await ownEvents(path, instance.instance)).length, MARKS)
  t.match(instance.read('trace'), /later/)
})
