/**
 * Records the same load with traceduck and with trace-cmd, in turn, and says what each kept, lost
 * and cost. Needs root, tracefs, stress-ng, GNU time and a trace-cmd that can record here.
 *
 *     node dist/bench/record.js [--peer trace-cmd] [--runs 3] [--seconds 3] [--out FILE.json]
 *
 * `recorderCpu` is the time of the recorder and its children less that of the load, the median of the
 * runs, `leastCpu` the least of them; `slowdown` is the load's operations a second without a recorder
 * over those with it.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openTrace } from '../parser/index.ts'
import { quote } from './cases.ts'
import { measure } from './measure.ts'

interface Sample {
  readonly kept: number
  readonly lost: number
  readonly recorderCpu: number
  readonly opsPerSecond: number
  readonly fileBytes: number
}

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'traceduck-record-'))
const file = join(folder, 'trace.dat')
const metrics = join(folder, 'metrics.yaml')
const EVENTS = '-e sched -e syscalls -e kmem'

function loadCommand(seconds: number): string {
  return `stress-ng --pipe 1 --open 1 -t ${seconds} -q --metrics --yaml ${quote(metrics)}`
}

/** Sums of a field of stress-ng's metrics over its stressors. */
function loadMetric(name: string): number {
  const values = readFileSync(metrics, 'utf8').matchAll(new RegExp(`^ *${name}: ([\\d.]+)`, 'gm'))
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
}

async function kernelCounts(path: string): Promise<{ kept: number; lost: number }> {
  const trace = await openTrace(path)
  const sum = (name: string): number =>
    trace.file.cpuStats.reduce((total, { values }) => total + Number(values.get(name) ?? 0), 0)
  const counts = {
    kept: sum('entries') + sum('read events'),
    lost: sum('overrun') + sum('commit overrun') + sum('dropped events'),
  }
  trace.close()
  return counts
}

async function recordOnce(command: string): Promise<Sample> {
  rmSync(file, { force: true })
  const { cpu } = measure(command)
  const loadCpu = loadMetric('user-time') + loadMetric('system-time')
  return {
    ...(await kernelCounts(file)),
    recorderCpu: cpu - loadCpu,
    opsPerSecond: loadMetric('bogo-ops-per-second-real-time'),
    fileBytes: statSync(file).size,
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function summarize(samples: readonly Sample[], baseline: number): Record<string, number> {
  const of = (key: keyof Sample): number => median(samples.map((sample) => sample[key]))
  return {
    kept: of('kept'),
    lost: of('lost'),
    lostAtMost: Math.max(...samples.map(({ lost }) => lost)),
    recorderCpu: Number(of('recorderCpu').toFixed(2)),
    leastCpu: Number(Math.min(...samples.map(({ recorderCpu }) => recorderCpu)).toFixed(2)),
    slowdown: Number((baseline / of('opsPerSecond')).toFixed(2)),
    fileMB: Number((of('fileBytes') / 1e6).toFixed(1)),
  }
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      peer: { type: 'string', default: 'trace-cmd' },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      out: { type: 'string' },
    },
  })
  const load = loadCommand(Number(values.seconds))
  const top = '/sys/kernel/tracing/buffer_size_kb'
  const before = Number.parseInt(
    /expanded: (\d+)/.exec(readFileSync(top, 'utf8'))?.[1] ?? readFileSync(top, 'utf8'),
    10,
  )
  measure(load)
  const baseline = loadMetric('bogo-ops-per-second-real-time')
  const ours = `${quote(process.execPath)} ${quote(main)} record -q --force`
  const recorders = {
    traceduck: `${ours} ${EVENTS}`,
    'traceduck uncompressed': `${ours} --compression none ${EVENTS}`,
    'trace-cmd': `${quote(values.peer)} record ${EVENTS}`,
  }
  const results: Record<string, unknown>[] = []
  for (const [buffer, size] of [
    ['default', 1408],
    ['16 MB', 16384],
  ] as const) {
    const samples = new Map<string, Sample[]>()
    for (let round = 0; round < Number(values.runs); round++) {
      for (const [name, command] of Object.entries(recorders)) {
        const once = await recordOnce(`${command} -b ${size} -o ${quote(file)} ${load}`)
        samples.set(name, [...(samples.get(name) ?? []), once])
      }
    }
    for (const [name, list] of samples) {
      results.push({ recorder: name, buffer, ...summarize(list, baseline) })
    }
  }
  writeFileSync(top, String(before))
  console.table(results)
  const machine = { cpus: cpus().length, kernel: release(), node: process.version }
  if (values.out) writeFileSync(values.out, `${JSON.stringify({ machine, results }, null, 2)}\n`)
  rmSync(folder, { recursive: true })
}

await run()
