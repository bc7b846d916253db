import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { examine } from '../../recorder/doctor.ts'
import { Journal, repairLeftovers, strayInstances } from '../../recorder/journal.ts'
import { applySettings, needsTopLevel } from '../../recorder/settings.ts'
import { main } from '../helpers/cli.ts'
import { changeMachine } from '../helpers/tracefs-changes.ts'
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
const folder = mkdtempSync(join(tmpdir(), 'traceduck-live-'))
const runtime = join(folder, 'run')
const probed = join(folder, 'probed')
writeFileSync(probed, Buffer.alloc(4096))
holdTracefs(t)
// The first use of the top-level buffer expands it for good, whoever does it.
tracefs.write(
  'buffer_size_kb',
  tracefs.read('buffer_size_kb').replace(/.*expanded: (\d+).*/s, '$1'),
)
const own = new Set([process.pid])
const before = takeStableSnapshot(tracefs, own)
const changed = (): string[] => lastingDifferences(before, tracefs, own)
t.setTimeout(240_000)
t.teardown(() => {
  repairLeftovers(tracefs, runtime)
  rmSync(folder, { recursive: true, force: true })
})

t.test('a snapshot sees every kind of change, and restoring undoes all', async (t) => {
  t.ok(before.size > 1000, `${before.size} settings`)
  const journal = Journal.begin(tracefs, runtime)
  journal.createInstance(`traceduck-${process.pid}`)
  changeMachine(tracefs, journal, probed, process.pid)
  const names = differences(before, takeSnapshot(tracefs, own)).map((line) =>
    line.slice(0, line.indexOf(':')),
  )
  for (const name of [
    'saved_cmdlines_size',
    'set_event_notrace_pid',
    'uprobe_events',
    'options/sym-offset',
    'tracing_cpumask',
    'tracing_on',
    'events/sched/sched_kthread_stop/enable',
    'events/sched/sched_kthread_stop/filter',
    'events/sched/sched_kthread_stop/trigger',
    'instances',
  ]) {
    t.ok(names.includes(name), name)
  }
  t.same(journal.restore(), { count: 11, kept: [], failed: [] })
  t.same(changed(), [])
})

t.test('an error half-way leaves nothing behind', async (t) => {
  const journal = Journal.begin(tracefs, runtime)
  const sched = (filter: string) => ({ name: '', events: [{ pattern: 'sched_switch', filter }] })
  t.throws(() => applySettings(tracefs, journal, sched('nosuch == 1')), {
    code: 'ERR_TRACEFS_WRITE',
    message: "the filter 'nosuch == 1' does not fit sched:sched_switch: Field not found",
    hint: /^it has the fields .*prev_comm, prev_pid/,
  })
  t.throws(() => applySettings(tracefs, journal, { name: '', events: [], clock: 'sundial' }), {
    code: 'ERR_RECORD_UNSUPPORTED',
    hint: /local, global/,
  })
  t.throws(() => journal.add(tracefs, 'uprobe_events', 'p:td_x/x /nosuch:0x10', '-:td_x/x'), {
    code: 'ERR_TRACEFS_WRITE',
    message: /Failed to find the given file, at '\/nosuch:0x10'/,
  })
  journal.restore()
  t.same(changed(), [])
})

t.test('an instance takes all settings', async (t) => {
  const journal = Journal.begin(tracefs, runtime)
  t.teardown(() => journal.restore())
  const own = journal.createInstance(`traceduck-${process.pid}`)
  t.throws(() => journal.createInstance(own.instance), { code: 'ERR_TRACER_BUSY' })
  const { events, notices } = applySettings(own, journal, {
    name: '',
    events: [
      { pattern: 'sched', filter: 'prev_pid > 0' },
      { pattern: 'sched:sched_waking', exclude: true },
      { pattern: 'irq:softirq_entry', triggers: ['stacktrace:3'] },
    ],
    clock: 'boot',
    bufferKb: 2048,
    subBufferKb: 8,
    cpuMask: '1',
    options: ['stacktrace', 'nooverwrite'],
    pids: [1, process.pid],
    followForks: true,
  })
  const enabled = own.read('set_event').trimEnd().split('\n')
  t.same(events.map(({ system, name }) => `${system}:${name}`).sort(), enabled.sort())
  t.ok(enabled.includes('sched:sched_switch'))
  t.notOk(enabled.includes('sched:sched_waking'))
  t.equal(own.read('events/sched/sched_switch/filter'), 'prev_pid > 0\n')
  t.match(notices.join(), /does not fit sched:.* more: recorded without a filter/)
  t.equal(own.read('events/sched/sched_process_exit/filter'), 'none\n')
  t.match(own.read('events/irq/softirq_entry/trigger'), /^stacktrace:count=\d/)
  t.match(own.read('trace_clock'), /\[boot\]/)
  t.equal(own.read('buffer_subbuf_size_kb'), '8\n')
  t.ok(Number(own.read('buffer_size_kb')) >= 2048)
  t.match(own.read('tracing_cpumask'), /^0*1$/m)
  t.equal(own.read('options/stacktrace'), '1\n')
  t.equal(own.read('options/overwrite'), '0\n')
  t.equal(own.read('options/event-fork'), '1\n')
  t.same(own.read('set_event_pid').trim().split('\n').map(Number), [1, process.pid])
  t.equal(own.read('tracing_on'), '0\n')
  t.equal(needsTopLevel(own, { name: '', events: [] }), undefined)
  journal.restore()
  t.same(changed(), [])
})

t.test('kill -9 at any moment, then reset', async (t) => {
  const driver = fileURLToPath(new URL('../helpers/recording-driver.js', import.meta.url))
  let seed = 7
  let repaired = 0
  for (let round = 0; round < 10; round++) {
    const child = spawn(process.execPath, [driver, runtime, probed], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    own.add(child.pid!)
    await once(child.stdout, 'data')
    seed = (seed * 48271) % 2147483647
    const wait = seed % 150
    await setTimeout(wait)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    if (round % 5 === 0) {
      const reset = spawnSync(process.execPath, [main, 'reset'], {
        env: { ...process.env, TRACEDUCK_RUNTIME_DIR: runtime },
        encoding: 'utf8',
      })
      t.equal(reset.status, 0, reset.stderr)
      repaired++
    } else {
      const results = repairLeftovers(tracefs, runtime)
      t.same(
        results.flatMap(({ failed, kept }) => [...failed, ...kept]),
        [],
      )
      repaired += results.length
    }
    t.same(changed(), [], `killed after ${wait} ms`)
    t.notOk(strayInstances(tracefs, runtime).includes(`traceduck-${child.pid}`))
    t.same(
      readdirSync(runtime).filter((name) => name.endsWith('.journal')),
      [],
    )
  }
  t.ok(repaired > 5, `${repaired} journals`)
})

t.test('two recordings at once', async (t) => {
  for (const firstEndsFirst of [true, false]) {
    const journals = [1, 2].map((number) => {
      const journal = Journal.begin(tracefs, runtime)
      journal.createInstance(`traceduck-${process.pid}-${number}`)
      journal.set(tracefs, 'saved_cmdlines_size', String(5000 + 7000 * number))
      journal.set(tracefs, 'options/sym-offset', '1')
      journal.include(tracefs, 'set_event_notrace_pid', ['4194302', String(4194300 + number - 1)])
      return journal
    })
    if (!firstEndsFirst) journals.reverse()
    t.same(journals[0]!.restore().failed, [])
    t.equal(tracefs.read('options/sym-offset'), '1\n', 'the other one keeps its option')
    t.match(tracefs.read('set_event_notrace_pid'), /^4194302$/m, 'and its pids')
    t.same(journals[1]!.restore().failed, [])
    t.same(changed(), [])
  }
})

t.test('doctor tries everything and leaves nothing', async (t) => {
  const report = await examine(() => tracefs, runtime)
  const status = new Map(report.checks.map((check) => [check.id, check.status]))
  t.ok(report.recordable)
  for (const id of ['tracefs', 'instance', 'events', 'drain', 'event-filter', 'clocks']) {
    t.equal(status.get(id), 'yes', id)
  }
  for (const check of report.checks) {
    if (check.status === 'no') t.ok(check.remedy, `${check.id} has a remedy`)
  }
  t.same(changed(), [])
})
