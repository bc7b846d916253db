import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openTrace, readRecords } from '../../parser/index.ts'
import { traceduck } from '../helpers/cli.ts'
import { isTracing, noLosses, noTraceCmd, recordLosses, startTraceduck } from '../helpers/live.ts'
import { readReference, referenceRecords } from '../helpers/reference-reader.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
t.setTimeout(290_000)
holdTracefs(t)
const noPeer = noTraceCmd()

const seconds = (ts: bigint): string => {
  const ns = ts.toString().padStart(10, '0')
  return `${ns.slice(0, -9)}.${ns.slice(-9)}`
}

/** Events in order, and between them how many were lost on a CPU: -1 where nobody knows. */
const ownLines = async (path: string): Promise<string[]> => {
  const trace = await openTrace(path, { strict: false })
  const lines: string[] = []
  for (const { cpu, ts, format, missed } of readRecords(trace)) {
    if (missed !== 0) lines.push(`CPU ${cpu} lost ${missed}`)
    lines.push(`${cpu} ${seconds(ts)} ${format?.name}`)
  }
  const damage = trace.diagnostics.list().filter(({ code }) => code.startsWith('ERR_'))
  if (damage.length > 0) throw new Error(JSON.stringify(damage))
  trace.close()
  return lines
}

/** The same by `trace-cmd report`; it must have nothing to say against the file. */
const peerLines = (path: string): string[] => {
  const options = { encoding: 'latin1', maxBuffer: 2 ** 28 } as const
  const { stdout, stderr, status } = spawnSync('trace-cmd', ['report', '-t', path], options)
  if (status !== 0 || stderr !== '') throw new Error(`trace-cmd report: ${status} ${stderr}`)
  return stdout.split('\n').flatMap((line) => {
    const [, cpu, lost] = /CPU:(\d+) \[(?:(\d+) )?EVENTS DROPPED\]/.exec(line) ?? []
    if (cpu !== undefined) return [`CPU ${cpu} lost ${lost ?? -1}`]
    const [, on, time, name] = /\[(\d+)\] +(\d+\.\d{9}): (\w+):/.exec(line) ?? []
    return name === undefined ? [] : [`${Number(on)} ${time} ${name}`]
  })
}

const summed = (err: string): number =>
  Number(/([\d,]+) events,/.exec(err)?.[1]?.replaceAll(',', ''))

const checkFile = async (t: Test, path: string, err: string): Promise<readonly string[]> => {
  const own = await ownLines(path)
  const events = own.filter((line) => !line.includes('lost'))
  t.ok(events.length > 100, `${events.length} events`)
  t.equal(summed(err), events.length, 'the summary counts them')
  const codec = readReference(readFileSync(path)).compression
  if (!noPeer && codec !== 'zlib') t.same(peerLines(path), own, 'line for line as trace-cmd')
  return own
}

const COMMAND = ['-F', '--', 'ls', '-lR', '/etc']
const MEMORY = ['-B', 'memory', '-e', 'kmem:kmalloc', '--subbuf-size', '8']
const WAYS = [
  ['zlib', ['--compression', 'zlib']],
  ['sub-buffers of 64 KB', ['--subbuf-size', '64']],
  ['sub-buffers of 64 KB, uncompressed', ['--subbuf-size', '64', '--compression', 'none']],
  ['sub-buffers of 64 KB, version 6', ['--subbuf-size', '64', '--file-version', '6']],
  ['sub-buffers of 64 KB, the last KB only', ['--subbuf-size', '64', '-m', '128', '-b', '512']],
  ['buffers with sub-buffers of their own size', ['--subbuf-size', '64', ...MEMORY]],
] as const
const noSizes = found.tracefs.exists('buffer_subbuf_size_kb') ? false : 'one size of sub-buffers'

for (const [name, options] of WAYS) {
  const skip = name === 'zlib' ? false : noSizes
  t.test(name, { skip }, async (t) => {
    const path = `${t.testdir()}/t.dat`
    const args = ['record', '-o', path, '-e', 'raw_syscalls', '-b', '2048', ...options, ...COMMAND]
    const ran = traceduck(args)
    t.equal(ran.status, 0, ran.err)
    const own = await checkFile(t, path, ran.err)
    const reference = readReference(readFileSync(path))
    const records = [...referenceRecords(reference)].length
    const events = own.filter((line) => !line.includes('lost'))
    t.equal(records, events.length, 'by the independent reader too')
    t.equal(reference.buffers[0]?.pageSize, name === 'zlib' ? 4096 : 65536)
  })
}

t.test('version 6 has one size of sub-buffers', { skip: noSizes }, async (t) => {
  const path = `${t.testdir()}/t.dat`
  const ran = traceduck(['record', '-o', path, '--file-version', '6', '-e', 'sched', ...MEMORY])
  t.equal(ran.status, 4)
  t.match(ran.err, /sub-buffers of 4096 and 8192 bytes .*\n.*--file-version 7/)
  t.same(readdirSync(t.testdirName), [])
})

for (const way of [[], ['--subbuf-size', '64'], ['--file-version', '6']]) {
  const skip = noLosses() || (way[0] === '--subbuf-size' && noSizes)
  t.test(`losses are where trace-cmd has them, ${way.join(' ')}`, { skip }, async (t) => {
    const path = `${t.testdir()}/t.dat`
    const ran = recordLosses(path, ...way)
    t.equal(ran.status, 0, ran.err)
    const own = await checkFile(t, path, ran.err)
    const gaps = own.flatMap((line) => /lost (-?\d+)$/.exec(line)?.[1] ?? [])
    const lost = Number(/lost events: ([\d,]+);/.exec(ran.err)?.[1]?.replaceAll(',', ''))
    t.ok(gaps.length > 0 && lost > 0, `${gaps.length} gaps, ${lost} events`)
    const known = gaps.map(Number).filter((count) => count > 0)
    t.ok(known.reduce((sum, count) => sum + count, 0) <= lost, 'no more than the kernel counted')
  })
}

/** Scheduling policy and allowed CPUs of the threads of a process, as `policy/priority cpus`. */
const threadsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map((tid) => {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1')
    const cpus = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1]
    return `${fields[38]}/${fields[37]} ${cpus}`
  })

t.test('readers with priority, each on its CPU', async (t) => {
  const path = `${t.testdir()}/t.dat`
  const recording = startTraceduck(['record', '-o', path, '-e', 'sched', '-r', '7', '--pin'])
  while (!existsSync(`${path}.partial.json`) || !isTracing(recording.pid)) await setTimeout(20)
  const threads = threadsOf(recording.pid)
  for (let n = 0; n < 30; n++) spawnSync('true')
  recording.kill('SIGINT')
  const { status, stderr } = await recording.ended
  t.equal(status, 0, stderr)
  const cpus = found.tracefs.folders('per_cpu').map((name) => name.replace('cpu', ''))
  const refused = /note: reader of CPU \d+: sched_setscheduler/.test(stderr)
  for (const cpu of cpus) {
    const wanted = refused ? ` ${cpu}` : `1/7 ${cpu}`
    t.ok(
      threads.some((thread) => thread.endsWith(wanted)),
      `${wanted}: ${threads.join(', ')}`,
    )
  }
  await checkFile(t, path, stderr)
})
