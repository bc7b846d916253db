/**
 * A long recording in a short time: bursts of load, and quiet between them, while the recorder's memory
 * and descriptors are watched. `node dist/bench/soak.js --minutes 3` as root prints a line for each burst.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    buffer: { type: 'string', default: '16384' },
  },
})
const bursts = Math.max(2, Math.round(Number(values.minutes) * 6))
/** Seconds of load and of quiet in each ten. */
const LOAD_S = 6
const QUIET_S = 4

const folder = mkdtempSync(join(tmpdir(), 'traceduck-soak-'))
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const path = join(folder, 'soak.dat')
const events = ['-e', 'sched', '-e', 'raw_syscalls', '-e', 'kmem']
const args = [main, 'record', '-o', path, ...events, '-b', values.buffer, '--compression', 'none']
const recorder = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
let said = ''
recorder.stderr.on('data', (data) => (said += data))
const ended = once(recorder, 'close')

const megabytes = (): string => {
  const pages = Number(readFileSync(`/proc/${recorder.pid}/statm`, 'latin1').split(' ')[1])
  return ((pages * 4096) / 1e6).toFixed(1)
}
const descriptors = (): number => readdirSync(`/proc/${recorder.pid}/fd`).length
const recorded = (): string => ((statSync(`${path}.partial`).blocks * 512) / 1e6).toFixed(0)

await setTimeout(3000)
process.stdout.write(
  '| seconds | recorded MB | resident MB | descriptors |\n| ---: | ---: | ---: | ---: |\n',
)
const start = performance.now()
for (let burst = 0; burst < bursts && recorder.exitCode === null; burst++) {
  const dd = ['-c', `timeout ${LOAD_S} dd if=/dev/zero of=/dev/null bs=1 status=none`]
  const load = spawn('sh', dd, { stdio: 'ignore' })
  await once(load, 'exit')
  await setTimeout(QUIET_S * 1000)
  const seconds = Math.round((performance.now() - start) / 1000)
  process.stdout.write(`| ${seconds} | ${recorded()} | ${megabytes()} | ${descriptors()} |\n`)
}
recorder.kill('SIGINT')
await ended
process.stdout.write(`\n${said.replaceAll(`${folder}/`, '')}`)
spawnSync('sync')
rmSync(folder, { recursive: true, force: true })
