/**
 * Measures traceduck beside named peers on one recording, in one run, and says how the growth of
 * the input shows. Bring your own recording; the longer the better.
 *
 *     node dist/bench/run.js FILE.dat [--runs N] [--only NAME,…] [--growth N,…] [--out FILE.json]
 *
 * Needs trace-cmd and GNU time. Ratios are of median wall times: above 1, traceduck is faster.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type BenchCase, benchCases, quote } from './cases.ts'
import { growTrace } from './grow.ts'
import { canMeasure, measureTogether, type Summary } from './measure.ts'

/** One case's figures. */
interface CaseResult {
  readonly name: string
  readonly question: string
  readonly peer: string
  readonly wallRatio: number
  readonly cpuRatio: number
  readonly secondsBeyond: number
  readonly aims: readonly { readonly aim: string; readonly met: boolean }[]
  readonly ours: Summary
  readonly theirs: Summary
}

const STAGES = ['read', 'walk', 'decode'] as const
const dist = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

function runCase(bench: BenchCase, runs: number): CaseResult {
  if (bench.sameOutput) requireSameOutput(bench)
  const [ours, theirs] = measureTogether([bench.ours, bench.peerCommand], runs) as [
    Summary,
    Summary,
  ]
  const wallRatio = theirs.wall.median / ours.wall.median
  const secondsBeyond = ours.wall.median - theirs.wall.median
  const aims: { aim: string; met: boolean }[] = []
  if (bench.ratioAtLeast !== undefined)
    aims.push({ aim: `${bench.ratioAtLeast}x`, met: wallRatio >= bench.ratioAtLeast })
  if (bench.secondsBeyond !== undefined)
    aims.push({ aim: `+${bench.secondsBeyond} s`, met: secondsBeyond <= bench.secondsBeyond })
  if (bench.peakBytesAtMost !== undefined)
    aims.push({
      aim: `${mebibytes(bench.peakBytesAtMost)} MiB`,
      met: ours.peakBytes <= bench.peakBytesAtMost,
    })
  const { name, question, peer } = bench
  const cpuRatio = theirs.cpu.median / ours.cpu.median
  return { name, question, peer, wallRatio, cpuRatio, secondsBeyond, aims, ours, theirs }
}

function requireSameOutput(bench: BenchCase): void {
  const [a, b] = [bench.ours, bench.peerCommand].map((command) =>
    spawnSync('bash', ['-c', command], { encoding: 'utf8' }).stdout.replaceAll('\r', ''),
  )
  if (a !== b || a === '') throw new Error(`${bench.name}: the answers differ\n${a}\n${b}`)
}

/** Each stage in a process of its own; a stage's own cost is its figure less the one before. */
function runStages(file: string, runs: number): Record<string, Summary> {
  const stage = (name: string): string =>
    `${quote(process.execPath)} ${quote(dist)}/bench/stage.js ${quote(file)} ${name}`
  const summaries = measureTogether(STAGES.map(stage), runs)
  return Object.fromEntries(STAGES.map((name, i) => [name, summaries[i]!]))
}

/** The cost of importing recordings 1, 2, 4, … times as long. */
async function runGrowth(
  file: string,
  scratch: string,
  times: readonly number[],
  runs: number,
): Promise<{ times: number; bytes: number; decode: Summary; import: Summary }[]> {
  const steps = []
  for (const n of times) {
    const grown = join(scratch, `grown-${n}.dat`)
    await growTrace(file, grown, { times: n })
    const cases = benchCases(grown, scratch, dist)
    const commands = ['decode', 'import'].map((name) => cases.find((c) => c.name === name)!.ours)
    const [decode, load] = measureTogether(commands, runs) as [Summary, Summary]
    const { size } = statSync(grown)
    rmSync(grown)
    steps.push({ times: n, bytes: size, decode, import: load })
  }
  return steps
}

function describeMachine(): Record<string, unknown> {
  // trace-cmd prints its version and fails.
  const version = (command: string, ...args: string[]): string | undefined =>
    /\d+\.[\w.]+/.exec(spawnSync(command, args, { encoding: 'utf8' }).stdout)?.[0]
  return {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    loadBefore,
    node: process.versions.node,
    traceCmd: version('trace-cmd', '--version'),
    traceduck: version(process.execPath, join(dist, 'cli/main.js'), '--version'),
  }
}

function printCase(result: CaseResult): void {
  const { ours, theirs, aims } = result
  const aim = aims.map(({ aim, met }) => `${aim} ${met ? 'met' : 'NOT met'}`).join(', ')
  process.stdout.write(
    `${result.name}: ${result.question}\n` +
      `  ours   ${line(ours)}\n` +
      `  theirs ${line(theirs)}  (${result.peer})\n` +
      `  wall ${result.wallRatio.toFixed(1)}x, CPU ${result.cpuRatio.toFixed(1)}x, ` +
      `${result.secondsBeyond.toFixed(2)} s beyond${aim === '' ? '' : `; aim ${aim}`}\n`,
  )
}

function line({ wall, user, cpu, peakBytes, spread }: Summary): string {
  return (
    `wall ${wall.median.toFixed(2)} s (least ${wall.minimum.toFixed(2)}, ` +
    `spread ${Math.round(spread * 100)} %), user ${user.median.toFixed(2)} s, ` +
    `CPU ${cpu.median.toFixed(2)} s, peak ${mebibytes(peakBytes)} MiB`
  )
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    growth: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})
const input = positionals[0]
if (input === undefined || !canMeasure()) {
  process.stderr.write('usage: run.js FILE.dat [--runs N] [--only NAME,…] [--growth N,…]\n')
  process.stderr.write('needs trace-cmd and GNU time at /usr/bin/time\n')
  process.exit(2)
}
const runs = Number(values.runs)
/** Taken first: what else the machine was doing. */
const loadBefore = loadavg()[1]
const scratch = mkdtempSync(join(tmpdir(), 'traceduck-bench-'))
try {
  // A link, so that no database beside the recording answers in its place.
  const file = join(scratch, 'bench.dat')
  symlinkSync(resolve(input), file)
  const only = values.only?.split(',')
  const cases = benchCases(file, scratch, dist).filter(({ name }) => only?.includes(name) ?? true)
  const results: CaseResult[] = []
  for (const bench of cases) {
    results.push(runCase(bench, runs))
    printCase(results.at(-1)!)
  }
  const stages = (only?.includes('stages') ?? true) ? runStages(file, runs) : {}
  for (const [name, summary] of Object.entries(stages))
    process.stdout.write(`up to ${name}: ${line(summary)}\n`)
  const times = values.growth.split(',').filter(Boolean).map(Number)
  const growth = await runGrowth(file, scratch, times, runs)
  for (const step of growth) {
    process.stdout.write(`${step.times}x decode: ${line(step.decode)}\n`)
    process.stdout.write(`${step.times}x import: ${line(step.import)}\n`)
  }
  if (values.out !== undefined) {
    const source = { name: basename(input), bytes: statSync(input).size }
    const record = {
      machine: describeMachine(),
      input: source,
      runs,
      cases: results,
      stages,
      growth,
    }
    mkdirSync(dirname(values.out), { recursive: true })
    writeFileSync(values.out, `${JSON.stringify(record, null, 2)}\n`)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
