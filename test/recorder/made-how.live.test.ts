// What a real recording says of itself, and what is left when its command cannot be run.
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { TraceDescription } from '../../parser/container/describe.ts'
import { traceduck } from '../helpers/cli.ts'
import { noTracefs } from '../helpers/live.ts'

const skip = noTracefs()
t.setTimeout(120_000)

t.test(
  'settings and enabled events, with the filters that the kernel took',
  { skip },
  async (t) => {
    const path = `${t.testdir()}/t.dat`
    const filter = 'prev_pid != 0'
    const args = ['-e', 'sched:sched_switch', '-e', 'sched:sched_process_exec', '-e', 'signal']
    const { status, err } = traceduck([
      ...['record', '-q', '-o', path, '-F', '-e', 'sched:sched_switch', '-f', filter],
      ...args.slice(2),
      ...['-B', 'side', '-e', 'sched:sched_wakeup', '--', 'sh', '-c', "echo 'a b' > /dev/null"],
    ])
    t.equal(status, 0, err)
    const info = JSON.parse(traceduck(['info', path, '--json']).out) as TraceDescription
    const asked = (buffer: string | null) =>
      info.settings
        .filter((one) => one.buffer === buffer && one.setting !== 'pid')
        .map(({ setting, value }) => `${setting} ${value}`)
    t.same(asked(null), [`command sh -c 'echo '\\''a b'\\'' > /dev/null'`, 'filter_command true'])
    t.same(asked('side'), ['event sched:sched_wakeup'])
    t.ok(asked('').includes(`filter sched:sched_switch ${filter}`))
    const enabled = info.recorded_events.map(
      (one) => `${one.buffer}/${one.system} ${[...one.events].sort()} ${one.filter}`,
    )
    t.same(enabled.sort(), [
      '/sched sched_process_exec null',
      `/sched sched_switch ${filter}`,
      '/signal signal_deliver,signal_generate null',
      'side/sched sched_wakeup null',
    ])
    const run = traceduck(['run', 'cpu-slices', path])
    t.match(run.err, /warning: recorded with a filter by pid \(-F\)/)
    t.match(run.err, /warning: only what passed the filter 'prev_pid != 0' was recorded of sched:s/)
    const absent = traceduck(['run', 'signals', path])
    t.equal(absent.status, 0, 'enabled, whether a signal was sent or not')
  },
)

t.test('a command that cannot be run', { skip }, async (t) => {
  const folder = t.testdir({ plain: 'x', broken: '#!/no/such/interpreter\n' })
  chmodSync(`${folder}/broken`, 0o755)
  const path = `${folder}/t.dat`
  writeFileSync(`${folder}/other`, '')
  const before = readdirSync(folder)
  for (const [program, expected] of [
    ['plain', 126],
    ['broken', 126],
    ['nowhere', 127],
  ] as const) {
    const args = ['record', '-q', '-o', path, '-e', 'sched:sched_switch', '--']
    t.equal(traceduck([...args, `${folder}/${program}`]).status, expected, program)
    t.same(readdirSync(folder), before, 'nothing is left, and nothing is in the way')
  }
})
