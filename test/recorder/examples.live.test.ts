// The first things that people record, and whether trace-cmd takes each kind of file without a word.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openTrace, readEvents, type TraceEvent } from '../../parser/index.ts'
import { traceduck } from '../helpers/cli.ts'
import {
  noLosses,
  noTraceCmd,
  noTracefs,
  recordLosses,
  reportedEvents,
  startTraceduck,
} from '../helpers/live.ts'
import { root } from '../helpers/paths.ts'
import { holdTracefs } from '../helpers/tracefs-snapshot.ts'

const TRACEFS = '/sys/kernel/tracing'
const skip = noTracefs()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(600_000)
holdTracefs(t)
const noPeer = noTraceCmd()

async function eventsOf(path: string): Promise<TraceEvent[]> {
  const trace = await openTrace(path)
  const events: TraceEvent[] = []
  for await (const event of readEvents(trace)) events.push(event)
  trace.close()
  return events
}

/** Records into a folder of the test; returns the file and what was said. */
function record(
  t: { testdir(): string },
  ...args: readonly string[]
): { path: string; err: string } {
  const path = `${t.testdir()}/t.dat`
  const { status, err } = traceduck(['record', '-o', path, ...args])
  if (status !== 0) throw new Error(`${status}: ${err}`)
  return { path, err }
}

const available = readFileSync(`${TRACEFS}/available_events`, 'utf8').trimEnd().split('\n')
const dd = (bytes: number, count: number): string =>
  `dd if=/dev/zero of=/dev/null bs=${bytes} count=${count} status=none`

t.test('writes of more than 10000 bytes', async (t) => {
  const large = ['-e', 'syscalls:sys_enter_write', '-f', 'count > 10000', '-F', '-c']
  const script = `${dd(20_000, 3)}; ${dd(10_001, 2)}; ${dd(10_000, 50)}; exit 0`
  const { path } = record(t, ...large, '--', 'sh', '-c', script)
  const events = await eventsOf(path)
  t.ok(events.every(({ event }) => event === 'sys_enter_write'))
  t.same(
    events.map(({ fields }) => Number(fields.count)),
    [20_000, 20_000, 20_000, 10_001, 10_001],
  )
})

const EXT4_MAGIC = 0xef53
const ext4 = available.filter((event) => event.startsWith('ext4:'))
const noExt4 =
  ext4.length === 0 || statfsSync(root).type !== EXT4_MAGIC ? 'this folder is not on ext4' : false

t.test('all that ext4 does for a command', { skip: noExt4 }, async (t) => {
  const folder = mkdtempSync(join(root, '.tap-ext4-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const script = `ls ${folder}; : > ${folder}/a; rm ${folder}/a; exit 0`
  const { path } = record(t, '-e', 'ext4', '-F', '-c', '--', 'sh', '-c', script)
  const trace = await openTrace(path)
  const known = trace.formats.filter(({ system }) => system === 'ext4').map(({ name }) => name)
  t.same(known.map((name) => `ext4:${name}`).sort(), ext4.sort(), 'every event of the system')
  trace.close()
  const events = await eventsOf(path)
  t.ok(events.length > 0 && events.every(({ system }) => system === 'ext4'))
  for (const name of ['ext4_request_inode', 'ext4_unlink_enter', 'ext4_free_inode']) {
    t.ok(
      events.some(({ event }) => event === name),
      name,
    )
  }
})

t.test('networking events are listed', async (t) => {
  const { status, out } = traceduck(['list', 'events', 'net:*', '--format', 'csv'])
  t.equal(status, 0)
  const listed = out.split('\n').flatMap((line) => /^net:(\w+),/.exec(line)?.[1] ?? [])
  const there = available.flatMap((event) => /^net:(\w+)$/.exec(event)?.[1] ?? [])
  t.same(listed.sort(), there.sort())
})

const graphs = existsSync(`${TRACEFS}/set_graph_function`) ? 'functions can be graphed here' : false

t.test('a function graph is refused where there is none', { skip: graphs }, async (t) => {
  const folder = t.testdir()
  const args = ['-p', 'function_graph', '-g', 'ksys_write', '-o', `${folder}/t.dat`]
  const { status, err } = traceduck(['record', ...args, '--', 'echo', 'hello'])
  t.equal(status, 4)
  t.match(err, /functions cannot be traced[\s\S]*doctor/)
  t.same(readdirSync(folder), [])
})

t.test('two recordings at once', async (t) => {
  const folder = t.testdir()
  const kinds = { a: ['-e', 'sched'], b: ['-e', 'raw_syscalls', '-e', 'sched:sched_process_exec'] }
  const runs = Object.entries(kinds).map(([name, events]) => {
    const args = ['record', '-o', `${folder}/${name}.dat`, ...events, '--', 'sleep', '4']
    return startTraceduck(args)
  })
  const until = Date.now() + 60_000
  const tracing = (pid: number): boolean => {
    const path = `${TRACEFS}/instances/traceduck-${pid}/tracing_on`
    return existsSync(path) && readFileSync(path, 'utf8').startsWith('1')
  }
  while (!runs.every(({ pid }) => tracing(pid)) && Date.now() < until) spawnSync('sleep', ['0.01'])
  const marker = spawnSync('/bin/echo', ['marker']).pid
  for (const { ended } of runs) {
    const { status, stderr } = await ended
    t.equal(status, 0, stderr)
  }
  for (const name of Object.keys(kinds)) {
    const events = await eventsOf(`${folder}/${name}.dat`)
    const exec = events.filter(({ event, pid }) => event === 'sched_process_exec' && pid === marker)
    t.equal(exec.length, 1, `${name} saw what happened while both were running`)
    const systems = [...new Set(events.map(({ system }) => system))]
    t.same(systems.sort(), name === 'a' ? ['sched'] : ['raw_syscalls', 'sched'])
  }
})

const LOAD = ['--', 'sh', '-c', `${dd(1, 3000)}; exit 0`]
const NEVER = ['-e', 'sched:sched_process_exec', '-f', 'pid == 1000000000', '--duration', '0.1']
const CALLS = ['-e', 'raw_syscalls']
const OTHERS = ['-B', 'one', '-e', 'sched', '-B', 'two', ...NEVER.slice(0, 4)]
const KINDS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['events on all CPUs', [...CALLS, ...LOAD]],
  ['an idle CPU', [...CALLS, '-M', '1', '--', 'taskset', '-c', '0', ...LOAD.slice(1)]],
  ['three buffers, one of them empty', [...CALLS, ...OTHERS, ...LOAD]],
  ['no events', NEVER],
  ['sub-buffers of 64 KB and the wall clock', [...CALLS, '--subbuf-size', '64', '--date', ...LOAD]],
]
const FORMATS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['version 6', ['--file-version', '6']],
  ['version 7', ['--compression', 'none']],
  ['version 7, zstd', ['--compression', 'zstd']],
]

/** What `trace-cmd dump` prints; anything on stderr is an error. */
function dump(path: string, ...options: readonly string[]): string {
  const ran = spawnSync('trace-cmd', ['dump', ...options, path], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  if (ran.status !== 0 || ran.stderr !== '') throw new Error(`${ran.status} ${ran.stderr}`)
  return ran.stdout
}

for (const [kind, args] of KINDS) {
  t.test(`trace-cmd reads without a word: ${kind}`, { skip: noPeer }, async (t) => {
    for (const [format, options] of FORMATS) {
      const { path, err } = record(t, ...options, ...args)
      t.match(dump(path, '--validate'), /is a valid trace-cmd file/, format)
      t.match(dump(path, '--summary', '--options', '--flyrecord'), /Header page/)
      const own = await eventsOf(path)
      t.equal(reportedEvents(path).length, own.length, `${own.length} events`)
      t.equal(own.length > 0, kind !== 'no events')
      t.notMatch(err, /lost events/)
      if (kind === 'an idle CPU') t.ok(own.every(({ cpu }) => cpu === 0))
    }
  })
}

t.test('trace-cmd reads without a word: lost events', { skip: noPeer || noLosses() }, async (t) => {
  for (const [format, options] of FORMATS) {
    const path = `${t.testdir()}/t.dat`
    const { status, err } = recordLosses(path, '--force', ...options)
    t.equal(status, 0, err)
    t.match(err, /lost events/, format)
    t.match(dump(path, '--validate'), /is a valid trace-cmd file/)
    t.equal(reportedEvents(path).length, (await eventsOf(path)).length)
  }
})
