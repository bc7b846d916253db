// What a recording says of its processes, held against what they say of themselves.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import t from 'tap'
import { openTrace } from '../../parser/index.ts'
import type { Trace } from '../../parser/trace.ts'
import { main } from '../helpers/cli.ts'
import { noTracefs, startTraceduck } from '../helpers/live.ts'
import { holdTracefs } from '../helpers/tracefs-snapshot.ts'

const skip = noTracefs()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(120_000)
holdTracefs(t)

/** `start-end offset path` of the executable lines of `/proc/PID/maps`. */
const executable = (maps: string): string[] =>
  [...maps.matchAll(/^(\w+)-(\w+) ..x. (\w+) \S+ \d+ +(\/.*)$/gm)]
    .map(([, start, end, offset, path]) =>
      [start, end, offset]
        .map((hex) => BigInt(`0x${hex}`).toString(16))
        .concat(path!)
        .join(' '),
    )
    .sort()

const stored = (trace: Trace, pid: number): string[] =>
  trace.file.own.maps
    .filter(({ tgid, until }) => tgid === pid && until === undefined)
    .map(({ start, end, fileOffset, path }) =>
      [start, end, fileOffset]
        .map((n) => n.toString(16))
        .concat(path)
        .join(' '),
    )
    .sort()

/** Records `script` in a shell; returns the trace and what the shell wrote. */
async function recordShell(
  path: string,
  script: string,
  options: readonly string[] = [],
): Promise<{ trace: Trace; out: string; err: string }> {
  const args = ['record', '-o', path, '-e', 'sched', ...options, '--', 'sh', '-c', script]
  const ran = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(ran.stderr)
  return { trace: await openTrace(path), out: ran.stdout, err: ran.stderr }
}

for (const version of ['6', '7']) {
  t.test(`maps of a child that is gone at once, version ${version}`, async (t) => {
    const script = 'true; cat /proc/self/stat; cat /proc/self/maps; exit 0'
    const version_ = ['--file-version', version]
    const { trace, out, err } = await recordShell(`${t.testdir()}/t.dat`, script, version_)
    t.notMatch(err, /not in the file|missed|too many/)
    const maps = out.slice(out.indexOf('\n') + 1)
    const cat = trace.file.own.maps.filter(({ path }) => path.endsWith('/cat')).at(-1)
    t.same(stored(trace, cat?.tgid ?? 0), executable(maps), 'as /proc/self/maps has them')
    const shell = trace.file.processMaps.find(({ maps }) =>
      maps.some(({ path }) => /sh$/.test(path)),
    )
    t.equal(trace.file.processMaps.length, 3, 'the shell and twice cat')
    t.ok(shell)
    trace.close()
  })
}

t.test('an exec ends what was mapped before', async (t) => {
  const { trace, out } = await recordShell(
    `${t.testdir()}/t.dat`,
    'echo $$; exec cat /proc/self/maps',
  )
  const pid = Number.parseInt(out, 10)
  t.same(stored(trace, pid), executable(out))
  const before = trace.file.own.maps.filter(
    ({ tgid, until }) => tgid === pid && until !== undefined,
  )
  t.ok(before.length >= 2 && before.every(({ path }) => !path.endsWith('/cat')))
  const first = trace.index().cpus.flatMap(({ firstTs }) => firstTs ?? [])
  const last = trace.index().cpus.flatMap(({ lastTs }) => lastTs ?? [])
  const near = 1_000_000_000n
  for (const { from, until } of before) {
    t.ok(from! < until! && from! > first.sort()[0]! - near && until! < last.sort().at(-1)! + near)
  }
  trace.close()
})

t.test('descriptors of the command are those it has', async (t) => {
  const list = 'for fd in $(ls /proc/$$/fd); do echo $fd $(readlink /proc/$$/fd/$fd); done'
  const { trace, out } = await recordShell(`${t.testdir()}/t.dat`, `echo $$; ${list}; exit 0`)
  const [pid, ...lines] = out.trimEnd().split('\n')
  const own = trace.file.own.descriptors
  t.ok(own.length >= 3 && own.every(({ tgid }) => tgid === Number(pid)))
  for (const { fd, target, closeOnExec } of own) {
    t.equal(closeOnExec, false)
    t.ok(lines.includes(`${fd} ${target}`), `${fd} ${target}`)
  }
  trace.close()
})

t.test('a process that was running', async (t) => {
  const path = `${t.testdir()}/t.dat`
  const file = t.testdir({ open: 'text' })
  const fd = openSync(`${file}/open`, 'r')
  t.teardown(() => closeSync(fd))
  const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  t.teardown(() => child.kill())
  while (!/sleep/.test(readFileSync(`/proc/${child.pid}/maps`, 'utf8')));
  const args = ['record', '-o', path, '-e', 'sched', '-P', String(child.pid), '--duration', '0.2']
  const { status, stderr } = await startTraceduck(args).ended
  t.equal(status, 0, stderr)
  const trace = await openTrace(path)
  const pid = child.pid!
  t.same(stored(trace, pid), executable(readFileSync(`/proc/${pid}/maps`, 'utf8')))
  t.match(trace.file.own.descriptors.find((one) => one.fd === 3)?.target, /open$/)
  t.equal(trace.file.own.tgids.get(pid), pid)
  trace.close()
})

t.test('threads that are gone have a process, names and a clock', async (t) => {
  const code = `const { Worker } = require('node:worker_threads')
new Worker('require("fs").writeSync(1, require("fs").readlinkSync("/proc/thread-self") + "\\\\n")', { eval: true })`
  const path = `${t.testdir()}/t.dat`
  const args = ['record', '-o', path, '-e', 'sched', '--', process.execPath, '-e', code]
  const before = BigInt(Date.now()) * 1_000_000n
  const ran = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  const after = BigInt(Date.now()) * 1_000_000n
  t.equal(ran.status, 0, ran.stderr)
  const [, tgid, tid] = /(\d+)\/task\/(\d+)/.exec(ran.stdout) ?? []
  const trace = await openTrace(path)
  t.not(tgid, tid)
  t.equal(trace.tgids().get(Number(tid)), Number(tgid))
  const offset = trace.file.own.wallOffset ?? 0n
  const [cpu] = trace.index().cpus
  t.ok(cpu!.firstTs! + offset > before && cpu!.lastTs! + offset < after, 'the wall clock')
  t.equal(trace.file.corrections.wallOffset, undefined, 'which nothing prints')
  trace.close()
})
