import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { main, traceduck } from '../helpers/cli.ts'
import {
  differences,
  holdTracefs,
  lastingDifferences,
  liveTracefs,
  takeSnapshot,
  takeStableSnapshot,
} from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
const { tracefs } = found
t.setTimeout(240_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-ends-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = { TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
const program = join(folder, 'program')
copyFileSync('/bin/sleep', program)
const thrower = join(folder, 'throw.mjs')
writeFileSync(
  thrower,
  `import { isMainThread } from 'node:worker_threads'
if (isMainThread) setTimeout(() => { throw new Error('out of the blue') }, 2500).unref()
`,
)
// The first use of the top-level buffer expands it for good, whoever does it.
tracefs.write(
  'buffer_size_kb',
  tracefs.read('buffer_size_kb').replace(/.*expanded: (\d+).*/s, '$1'),
)
const pids = new Set<number>([process.pid])
const before = takeStableSnapshot(tracefs, pids)

/** Settings in an instance, for the machine, of a probe, and a buffer of its own. */
const OPTIONS = [
  ...['-e', 'sched', '-f', 'prev_pid != 0', '-e', 'irq:softirq_entry', '-R', 'stacktrace:1'],
  ...['-C', 'mono', '-b', '512', '-O', 'sym-offset', '-O', 'nooverwrite'],
  ...['--uprobe', `p:ends/x ${program}:0x10`],
]
const TOP = [...OPTIONS, '--top', '-P', '4194303']

interface End {
  readonly name: string
  readonly args: readonly string[]
  readonly status: number | null
  readonly signal?: NodeJS.Signals
  readonly env?: Record<string, string>
}

const ENDS: readonly End[] = [
  { name: 'the command ends', args: [...OPTIONS, '--', 'true'], status: 0 },
  { name: 'the command fails', args: [...OPTIONS, '--', 'false'], status: 1 },
  { name: 'the command fails, top-level buffer', args: [...TOP, '--', 'false'], status: 1 },
  { name: 'a refused filter', args: [...TOP, '-e', 'net', '-f', 'nosuch == 1'], status: 4 },
  { name: 'a command that is not there', args: [...TOP, '--', '/nosuch/command'], status: 127 },
  { name: 'Ctrl-C', args: TOP, status: 0, signal: 'SIGINT' },
  { name: 'SIGTERM', args: OPTIONS, status: 0, signal: 'SIGTERM' },
  {
    name: 'an exception',
    args: OPTIONS,
    status: 70,
    env: { NODE_OPTIONS: `--import=${thrower}` },
  },
  {
    name: 'an exception, top-level buffer',
    args: TOP,
    status: 70,
    env: { NODE_OPTIONS: `--import=${thrower}` },
  },
  { name: 'SIGKILL and reset', args: TOP, status: null, signal: 'SIGKILL' },
]

for (const end of ENDS) {
  t.test(end.name, async (t) => {
    const output = join(folder, `${end.name.replace(/\W/g, '-')}.dat`)
    const child = spawn(process.execPath, [main, 'record', '--force', '-o', output, ...end.args], {
      env: { ...process.env, ...env, ...end.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    pids.add(child.pid!)
    let said = ''
    child.stderr.on('data', (data) => (said += data))
    const ended = once(child, 'exit')
    if (end.signal !== undefined) {
      // The file is described when everything is set up.
      while (!existsSync(`${output}.partial.json`) && child.exitCode === null) await setTimeout(20)
      child.kill(end.signal)
    }
    const [status] = await ended
    t.equal(status, end.status, said)
    if (end.signal === 'SIGKILL') {
      t.ok(differences(before, takeSnapshot(tracefs, pids)).length > 3, 'it was recording')
      const reset = traceduck(['reset'], { env })
      t.equal(reset.status, 0, reset.err)
    }
    t.same(lastingDifferences(before, tracefs, pids), [])
    t.same(
      readdirSync(env.TRACEDUCK_RUNTIME_DIR).filter((name) => name.endsWith('.journal')),
      [],
    )
  })
}
