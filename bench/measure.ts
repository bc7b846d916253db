/** Runs commands side by side and takes their times, by GNU time. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one run took; seconds, and bytes resident at most. */
export interface Sample {
  readonly wall: number
  /** User and system time of the command and its children. */
  readonly cpu: number
  readonly user: number
  readonly peakBytes: number
}

/** Several runs of one command. `spread` is (slowest - fastest) / median of the wall times. */
export interface Summary {
  readonly runs: number
  readonly wall: { readonly minimum: number; readonly median: number }
  readonly cpu: { readonly minimum: number; readonly median: number }
  readonly user: { readonly minimum: number; readonly median: number }
  readonly peakBytes: number
  readonly spread: number
}

const GNU_TIME = '/usr/bin/time'

/** Whether this machine has what `measure` needs. */
export function canMeasure(): boolean {
  return spawnSync(GNU_TIME, ['-f', '%M', 'true']).status === 0
}

/** Runs a shell command once; its output is dropped. Throws when it fails. */
export function measure(command: string): Sample {
  const folder = mkdtempSync(join(tmpdir(), 'traceduck-bench-'))
  const report = join(folder, 'time')
  try {
    const started = process.hrtime.bigint()
    const done = spawnSync(
      GNU_TIME,
      ['-o', report, '-f', '%U %S %M', 'bash', '-o', 'pipefail', '-c', command],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 26 },
    )
    const wall = Number(process.hrtime.bigint() - started) / 1e9
    if (done.status !== 0) throw new Error(`${command}\n${done.stderr.slice(-2000)}`)
    const [user = 0, system = 0, kibibytes = 0] = readFileSync(report, 'utf8')
      .trim()
      .split(/\s+/)
      .map(Number)
    return { wall, cpu: user + system, user, peakBytes: kibibytes * 1024 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs the commands in turn, `runs` times each, so that both meet the same noise. */
export function measureTogether(commands: readonly string[], runs: number): Summary[] {
  const samples: Sample[][] = commands.map(() => [])
  for (let run = 0; run < runs; run++) {
    for (const [i, command] of commands.entries()) samples[i]!.push(measure(command))
  }
  return samples.map(summarise)
}

function summarise(samples: readonly Sample[]): Summary {
  const pick = (of: (sample: Sample) => number): { minimum: number; median: number } => {
    const sorted = samples.map(of).sort((a, b) => a - b)
    return { minimum: sorted[0]!, median: sorted[sorted.length >> 1]! }
  }
  const wall = pick((sample) => sample.wall)
  const slowest = Math.max(...samples.map((sample) => sample.wall))
  return {
    runs: samples.length,
    wall,
    cpu: pick((sample) => sample.cpu),
    user: pick((sample) => sample.user),
    peakBytes: Math.max(...samples.map((sample) => sample.peakBytes)),
    spread: (slowest - wall.minimum) / wall.median,
  }
}
