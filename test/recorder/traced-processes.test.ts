import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { TracedProcesses } from '../../recorder/traced-processes.ts'
import { OPTION } from '../../writer/metadata.ts'

const skip = existsSync('/proc/self/maps') ? false : 'needs /proc'
/** No machine has it: the kernel refuses to watch it. */
const NO_CPU = [1_000_000]

t.test(
  'where nothing can be watched, what is there still is kept and said',
  { skip },
  async (t) => {
    const script = 'sleep 60 & echo; wait'
    const child = spawn('sh', ['-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    t.teardown(() => process.kill(-child.pid!))
    await once(child.stdout!, 'data')
    const command = { pid: child.pid!, children: true }
    const processes = new TracedProcesses({ command, threads: [], children: false, cpus: NO_CPU })
    t.match(processes.descriptors.join(''), new RegExp(`^fd ${child.pid} 0 \\d+ \\S+$`, 'm'))
    const notices: string[] = []
    const { lines, options, tgids, complete } = processes.end(() => 1n, notices)
    t.equal(complete, false)
    t.equal(tgids.size, 0)
    t.match(notices, [/^mapped files of processes that ended are not in the file: perf_event_open/])
    t.match(lines, [new RegExp(`^map ${child.pid} - - `)])
    const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8')
    const executable = [...maps.matchAll(/^(\w+)-\w+ ..x. \w+ \S+ \d+ +(\/.*)$/gm)]
    for (const [, start, path] of executable) {
      const found = lines.some((line) => line.includes(` ${BigInt(`0x${start}`).toString(16)} `))
      t.ok(found && lines.some((line) => line.endsWith(` ${path}\n`)), `${path}`)
    }
    t.ok(options.length >= 1 && options.every(({ id }) => id === OPTION.procmaps))
  },
)

t.test('a recording of no process in particular says nothing of any', async (t) => {
  const processes = new TracedProcesses({ threads: [], children: false, cpus: NO_CPU })
  const notices: string[] = []
  const { lines, options } = processes.end(() => undefined, notices)
  t.same([...lines, ...options, ...notices, ...processes.descriptors], [])
})
