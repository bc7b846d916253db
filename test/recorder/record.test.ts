import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { openTrace, readEvents } from '../../parser/index.ts'
import { traceduck } from '../helpers/cli.ts'
import {
  isTracing,
  leftovers,
  noLosses,
  noTraceCmd,
  noTracefs,
  recordLosses,
  reportedEvents,
  startTraceduck,
} from '../helpers/live.ts'

const skip = noTracefs()

// Starting, enabling and RCU waits take seconds on a busy machine.
t.setTimeout(180_000)
const noPeer = noTraceCmd()

/** Events by our own reader, in the words of `reportedEvents`. */
async function ownEvents(path: string): Promise<string[]> {
  const trace = await openTrace(path)
  const events: string[] = []
  for await (const { cpu, ts, event } of readEvents(trace)) {
    const ns = ts.toString().padStart(10, '0')
    events.push(`${cpu} ${ns.slice(0, -9)}.${ns.slice(-9)} ${event}`)
  }
  trace.close()
  return events
}

const COMMAND = ['--', 'ls', '-l', '/usr/bin']
const FILES = [
  ['version 6', ['--file-version', '6']],
  ['version 7, uncompressed', ['--compression', 'none']],
  ['version 7, zstd', ['--compression', 'zstd']],
  ['two buffers', ['-B', 'memory', '-e', 'kmem:kmalloc']],
  ['two buffers, version 6', ['--file-version', '6', '-B', 'memory', '-e', 'kmem:kmalloc']],
  ['the last KB only', ['-m', '16', '-b', '64', '--compression', 'none']],
] as const

t.test('--date maps time stamps to the wall clock', { skip }, async (t) => {
  const path = `${t.testdir()}/t.dat`
  const before = BigInt(Date.now()) * 1_000_000n
  const run = startTraceduck(['record', '-o', path, '-e', 'sched', '--date', '--', 'true'])
  const { status, stderr } = await run.ended
  const after = BigInt(Date.now() + 1) * 1_000_000n
  t.equal(status, 0, stderr)
  const trace = await openTrace(path)
  const offset = trace.file.corrections.wallOffset ?? 0n
  for await (const { ts } of readEvents(trace)) {
    t.ok(ts + offset >= before && ts + offset <= after, 'between the clock before and after')
    break
  }
  trace.close()
})

for (const [name, options] of FILES) {
  t.test(`recorded as ${name}`, { skip }, async (t) => {
    const path = `${t.testdir()}/t.dat`
    const run = startTraceduck(['record', '-o', path, '-e', 'sched', ...options, ...COMMAND])
    const { status, stderr } = await run.ended
    t.equal(status, 0, stderr)
    t.same(readdirSync(dirname(path)), ['t.dat'], 'nothing else is left')
    t.same(leftovers(run.pid), [], 'nothing is left in tracefs')
    const own = await ownEvents(path)
    t.ok(own.length > 10, `${own.length} events`)
    const peer = noPeer ? own : reportedEvents(path)
    t.same(peer.sort(), own.sort(), noPeer || 'the same events and times by trace-cmd')
    const said = Number(/([\d,]+) events,/.exec(stderr)?.[1]?.replaceAll(',', ''))
    t.equal(said, own.length, 'and by the summary')
  })
}

const NEVER = ['-e', 'sched:sched_process_exec', '-f', 'pid == 1000000000']

t.test('no event happens', { skip }, async (t) => {
  const path = `${t.testdir()}/t.dat`
  const ran = traceduck(['record', '-o', path, ...NEVER, '--duration', '0.1'])
  t.equal(ran.status, 0, ran.err)
  t.match(ran.err, /no events/)
  t.same(await ownEvents(path), [])
  if (!noPeer) t.same(reportedEvents(path), [])
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} ends a recording cleanly`, { skip }, async (t) => {
    const path = `${t.testdir()}/t.dat`
    const recording = startTraceduck(['record', '-o', path, '-e', 'sched'])
    while (!existsSync(`${path}.partial.json`) || !isTracing(recording.pid)) await setTimeout(20)
    await setTimeout(300)
    recording.kill(signal)
    const { status, stderr } = await recording.ended
    t.equal(status, 0, stderr)
    t.match(stderr, /next: traceduck run/)
    t.ok((await ownEvents(path)).length > 0)
    t.same(leftovers(recording.pid), [])
  })
}

t.test(
  'lost events are counted, and a size named that holds them',
  { skip: skip || noLosses() },
  async (t) => {
    const path = `${t.testdir()}/t.dat`
    const ran = recordLosses(path)
    t.equal(ran.status, 0, ran.err)
    t.match(ran.err, /lost events: [\d,]+; try -b \d+/)
    const own = await ownEvents(path)
    if (!noPeer) t.equal(reportedEvents(path).length, own.length)
  },
)

t.test('a command keeps its status; one that is not there is refused', { skip }, async (t) => {
  const path = `${t.testdir()}/t.dat`
  const start = ['record', '-o', path, '-e', 'sched', '--']
  t.equal(traceduck([...start, 'sh', '-c', 'exit 7']).status, 7)
  t.equal(traceduck([...start, 'true']).status, 2, 'the file is not overwritten')
  t.equal(traceduck(['record', '-o', `${path}2`, '-e', 'sched', '--', '/no/program']).status, 127)
  t.same(readdirSync(dirname(path)), ['t.dat'])
})
