/** What figures were taken on. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { cpus, loadavg, release, totalmem } from 'node:os'

const require = createRequire(import.meta.url)

/** The machine, its system and the programs that were compared. */
export interface Machine {
  readonly cpu: string
  readonly cpus: number
  readonly memory: string
  readonly kernel: string
  /** Processes that wanted a CPU in the minute before: more than `cpus` is a shared machine. */
  readonly load: number
  readonly node: string
  readonly duckdb: string
  readonly traceCmd: string
  readonly traceduck: string
}

/** Describes this machine, by the shell words that start the two programs. */
export function describeMachine(traceduck: string, traceCmd: string | undefined): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
    node: process.versions.node,
    duckdb: require('@duckdb/node-api/package.json').version,
    traceCmd: traceCmd === undefined ? 'missing' : version(`${traceCmd} --version`),
    traceduck: version(`${traceduck} --version`),
  }
}

/** trace-cmd prints its version and fails. */
function version(command: string): string {
  const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' })
  return /\d+\.\d[\w.]*/.exec(stdout)?.[0] ?? 'unknown'
}

/** Where a program is; undefined where it is missing. */
export function findProgram(name: string): string | undefined {
  const { stdout, status } = spawnSync('bash', ['-c', 'type -P "$0"', name], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
