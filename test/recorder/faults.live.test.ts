/** What happens to a recording while it runs: stopped, switched off by others, its tracefs taken away. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openTrace, readRecords } from '../../parser/index.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
const { tracefs } = found
t.setTimeout(240_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-faults-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = { ...process.env, TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
const EVENTS = ['-e', 'sched', '-e', 'raw_syscalls']

interface Running {
  readonly child: ChildProcess
  /** Its instance below tracefs. */
  readonly instance: string
  said: () => string
}

/** Starts a recording and waits until it is tracing. */
const start = async (path: string, ...more: string[]): Promise<Running> => {
  const args = [main, 'record', '-o', path, ...EVENTS, ...more]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr!.on('data', (data) => (said += data))
  const instance = `instances/traceduck-${child.pid}`
  // A new instance is on until it is set up, which it is when the file describes it.
  const isTracing = (): boolean =>
    existsSync(`${path}.partial.json`) && tracefs.tryRead(`${instance}/tracing_on`)?.trim() === '1'
  while (child.exitCode === null && !isTracing()) await setTimeout(20)
  return { child, instance, said: () => said }
}

const end = async ({ child }: Running): Promise<number | null> => {
  const ended = once(child, 'close')
  child.kill('SIGINT')
  const [status] = await ended
  return status as number | null
}

/** Reads all records; losses are the only complaint. */
const countRecords = async (t: Test, path: string): Promise<number> => {
  const trace = await openTrace(path)
  let records = 0
  for (const _ of readRecords(trace)) records++
  const found = trace.diagnostics.list().filter(({ severity }) => severity !== 'info')
  t.same(
    found.filter(({ code }) => code !== 'LOST_EVENTS'),
    [],
  )
  trace.close()
  return records
}

/** Makes some thousand events. */
const load = (): void => {
  spawnSync('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=20000', 'status=none'])
}

t.test('stopped and continued: a whole file, and losses that are told', async (t) => {
  const path = join(folder, 'stopped.dat')
  const running = await start(path, '-b', '64')
  running.child.kill('SIGSTOP')
  load()
  running.child.kill('SIGCONT')
  t.equal(await end(running), 0, running.said())
  t.match(running.said(), /lost events: /)
  t.ok((await countRecords(t, path)) > 0)
})

for (const [what, file, value, notice] of [
  ['tracing is switched off', 'tracing_on', '0', /tracing of the recording was switched off/],
  ['events are disabled', 'events/enable', '0', /events of the recording were disabled/],
] as const) {
  t.test(`${what} by another user: it is said`, async (t) => {
    const path = join(folder, 'other.dat')
    const running = await start(path, '--force')
    load()
    tracefs.write(`${running.instance}/${file}`, value)
    t.equal(await end(running), 0, running.said())
    t.match(running.said(), notice)
    t.ok((await countRecords(t, path)) > 0)
  })
}

const apart = spawnSync('unshare', ['-m', 'true']).status === 0 ? false : 'needs mount namespaces'

t.test('tracefs is unmounted: what was drained is kept', { skip: apart }, async (t) => {
  const path = join(folder, 'unmounted.dat')
  const script = `mount --make-rprivate /
"$0" "$@" & pid=$!
until [ -e '${path}.partial.json' ] && [ "$(cat /sys/kernel/tracing/instances/traceduck-$pid/tracing_on 2>/dev/null)" = 1 ]; do sleep 0.05; done
dd if=/dev/zero of=/dev/null bs=1 count=50000 status=none
umount -l /sys/kernel/tracing
kill -INT $pid; wait $pid; status=$?; echo "$pid"; exit $status`
  const args = [process.execPath, main, 'record', '-o', path, '-b', '64', ...EVENTS]
  const options = { env, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, ...args],
    options,
  )
  t.equal(status, 4, stderr)
  t.match(stderr, `traceduck recover ${path}.partial`)
  const recovered = traceduck(['recover', `${path}.partial`], { env: { ...env } as never })
  t.equal(recovered.status, 0, recovered.err)
  t.ok((await countRecords(t, path)) > 0)
  const instance = tracefs.resolve(`instances/traceduck-${stdout.trim()}`)
  if (existsSync(instance)) rmdirSync(instance)
})

t.test('the file is for its user alone, the command has its own umask and user', async (t) => {
  const path = join(folder, 'private.dat')
  const out = join(folder, 'said')
  writeFileSync(out, '')
  const before = process.umask(0o022)
  t.teardown(() => process.umask(before))
  const script = `{ umask; id -u; } > ${out}`
  const args = ['record', '-o', path, ...EVENTS, '--', 'sh', '-c', script]
  const { status, err } = traceduck(args, { env: { ...env } as never })
  t.equal(status, 0, err)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(spawnSync('cat', [out], { encoding: 'utf8' }).stdout, `0022\n${process.getuid!()}\n`)
})

const ONLINE = '/sys/devices/system/cpu/cpu1/online'
const noHotplug =
  process.env.TRACEDUCK_TEST_ALL !== '1'
    ? 'takes a CPU away from the whole machine: TRACEDUCK_TEST_ALL=1'
    : existsSync(ONLINE)
      ? false
      : 'CPUs cannot be taken offline'

t.test('a CPU goes offline and comes back', { skip: noHotplug }, async (t) => {
  const path = join(folder, 'offline.dat')
  const running = await start(path)
  t.teardown(() => writeFileSync(ONLINE, '1'))
  load()
  writeFileSync(ONLINE, '0')
  load()
  writeFileSync(ONLINE, '1')
  load()
  t.equal(await end(running), 0, running.said())
  t.ok((await countRecords(t, path)) > 0)
})
