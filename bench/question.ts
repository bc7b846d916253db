/**
 * What a question of the benchmark is: rows of a table, most of them a command of ours beside a
 * peer's, the two run in turn so that both meet the same noise.
 */
import { spawnSync } from 'node:child_process'
import type { Input, Inputs } from './inputs.ts'
import { measure, median, quote, type Sample } from './measure.ts'

/** What every question is given. Commands and words are for the shell. */
export interface Context {
  readonly inputs: Inputs
  /** Runs of each command. */
  readonly runs: number
  /** A folder for outputs, which may be written over. */
  readonly scratch: string
  /** The folder of compiled code. */
  readonly dist: string
  /** Starts Node. */
  readonly node: string
  /** Starts our command. */
  readonly traceduck: string
  /** Starts trace-cmd; undefined where there is none. */
  readonly traceCmd: string | undefined
  /** Says how far the benchmark is. */
  readonly progress: (text: string) => void
}

/** Prints every event of a recording by trace-cmd; undefined where there is none. */
export function reportOf({ traceCmd }: Context, { word }: Input): string | undefined {
  return traceCmd && `${traceCmd} report ${word}`
}

/** Imports a recording into a database that is always the same, `imported.duckdb` in `scratch`. */
export function importOf({ traceduck, scratch }: Context, { word }: Input): string {
  return `${traceduck} import ${word} -o ${quote(scratch)}/imported.duckdb --force -q`
}

/** Decodes a recording and throws the columns away. */
export function decodeOf({ node, dist }: Context, { word }: Input): string {
  return `${node} ${quote(dist)}/bench/stage.js ${word} decode`
}

/** One question; a row for each thing asked. */
export interface Question {
  readonly name: string
  run(context: Context): Promise<Row[]>
}

/** Something to hold against a target, and its rule. */
export interface Target {
  /** What is held against it: a ratio to the peer, or seconds, memory or events of ours. */
  readonly unit: '×' | 's' | 'MB' | 'events'
  readonly atLeast?: number
  readonly atMost?: number
  /** From the runs in turn; a median of what is had of each pair unless there is a reason. */
  readonly figure: (ours: readonly Sample[], theirs: readonly Sample[]) => number
}

/** A command beside another. */
export interface Comparison {
  readonly what: string
  readonly ours: string
  readonly peer: string
  /** Undefined where the peer is missing. */
  readonly peerCommand: string | undefined
  readonly targets: readonly (Target | undefined)[]
  /** Both commands print the same; looked at once before measuring. */
  readonly sameOutput?: boolean
}

/** Medians of several runs, and how far the wall times are apart: (slowest - fastest) / median. */
export interface Summary {
  readonly runs: number
  readonly wall: number
  readonly user: number
  readonly cpu: number
  readonly peakBytes: number
  readonly spread: number
}

/** A line of the table. Figures that could not be taken are undefined, and `note` says why. */
export interface Row {
  readonly what: string
  readonly ours?: Summary
  readonly peer: string
  readonly theirs?: Summary
  /** How many times more wall and user time the peer takes; medians over pairs of runs. */
  readonly wallRatio?: number
  readonly userRatio?: number
  readonly figure?: number
  readonly target?: Omit<Target, 'figure'>
  readonly note?: string
}

/** Whether a row is what was aimed at; undefined where that is not known, or nothing was. */
export function isMet({ figure, target }: Row): boolean | undefined {
  if (figure === undefined || target === undefined) return undefined
  return figure >= (target.atLeast ?? -Infinity) && figure <= (target.atMost ?? Infinity)
}

/** The median over pairs of runs; NaN without a peer's. */
function paired(
  ours: readonly Sample[],
  theirs: readonly Sample[],
  of: (a: Sample, b: Sample) => number,
): number {
  return median(theirs.map((sample, i) => of(ours[i] as Sample, sample)))
}

/** At least so many times as fast as the peer. */
export function faster(atLeast: number): Target {
  const figure: Target['figure'] = (a, b) => paired(a, b, (x, y) => y.wall / x.wall)
  return { unit: '×', atLeast, figure }
}

/** At most so many times the peer's user time. */
export function costAtMost(atMost: number): Target {
  return { unit: '×', atMost, figure: (a, b) => paired(a, b, (x, y) => x.user / y.user) }
}

/** At most so many seconds more wall time than the peer. */
export function beyond(atMost: number): Target {
  return { unit: 's', atMost, figure: (a, b) => paired(a, b, (x, y) => x.wall - y.wall) }
}

/** At most so many seconds of CPU. */
export function cpuSeconds(atMost: number): Target {
  return { unit: 's', atMost, figure: (ours) => median(ours.map(({ cpu }) => cpu)) }
}

/** Never more than so many MB resident. */
export function peakMB(atMost: number): Target {
  const figure: Target['figure'] = (ours) => Math.max(...ours.map((s) => s.peakBytes)) / 1e6
  return { unit: 'MB', atMost, figure }
}

/** Runs both commands in turn; one row for each target, the first with the times. */
export function compare(context: Context, comparison: Comparison): Row[] {
  const { what, peer, peerCommand, targets } = comparison
  const ours: Sample[] = []
  const theirs: Sample[] = []
  let note = peerCommand === undefined ? 'peer is missing here' : undefined
  if (comparison.sameOutput && peerCommand !== undefined) note = differentOutput(comparison)
  for (let run = 0; run < context.runs; run++) {
    context.progress(`${what}: run ${run + 1} of ${context.runs}`)
    ours.push(measure(comparison.ours))
    if (peerCommand === undefined || note !== undefined) continue
    try {
      theirs.push(measure(peerCommand))
    } catch (error) {
      note = `peer failed: ${(error as Error).message.trim().split('\n').at(-1)}`
    }
  }
  const isPaired = theirs.length === ours.length
  const first: Row = {
    what,
    peer,
    ours: summarize(ours),
    ...(theirs.length > 0 && { theirs: summarize(theirs) }),
    ...(isPaired && {
      wallRatio: paired(ours, theirs, (a, b) => b.wall / a.wall),
      userRatio: paired(ours, theirs, (a, b) => b.user / a.user),
    }),
    ...(note !== undefined && { note }),
  }
  return targets.map((target, i) => {
    const row: Row = i === 0 ? first : { what: '', peer: '' }
    if (target === undefined) return row
    const { figure, ...rule } = target
    const value = figure(ours, isPaired ? theirs : [])
    return { ...row, target: rule, ...(Number.isFinite(value) && { figure: value }) }
  })
}

function differentOutput({ ours, peerCommand }: Comparison): string | undefined {
  const [a, b] = [ours, peerCommand].map((command) =>
    spawnSync('bash', ['-c', command ?? ''], { encoding: 'utf8' }).stdout.replaceAll('\r', ''),
  )
  return a === b && a !== '' ? undefined : 'the answers differ'
}

/** Of at least one run. */
export function summarize(samples: readonly Sample[]): Summary {
  const walls = samples.map(({ wall }) => wall)
  const wall = median(walls)
  return {
    runs: samples.length,
    wall,
    user: median(samples.map(({ user }) => user)),
    cpu: median(samples.map(({ cpu }) => cpu)),
    peakBytes: Math.max(...samples.map(({ peakBytes }) => peakBytes)),
    spread: (Math.max(...walls) - Math.min(...walls)) / wall,
  }
}
