/** Runs commands side by side and takes their times, by GNU time. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one run took; seconds, and bytes resident at most. */
export interface Sample {
  readonly wall: number
  /** User time of the command and its children. */
  readonly user: number
  /** User and system time. */
  readonly cpu: number
  /** Of the largest process among the command and its children. */
  readonly peakBytes: number
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
    return { wall, user, cpu: user + system, peakBytes: kibibytes * 1024 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The middle one of an odd number of values, the lower middle one of an even number. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN
}

/** Quotes a word for the shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
