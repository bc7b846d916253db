import { spawnSync } from 'node:child_process'
import { measure, median, quote } from '../measure.ts'
import { type Context, importOf, type Question, type Row } from '../question.ts'
import type { Timed } from '../views.ts'

const TIMES = 4
const MOST_SECONDS = 2
/** More than linear by at most so much. */
const TOLERANCE = 1.15
/** What takes less is over before its growth can be told from noise. */
const LEAST_SECONDS = 0.2

/** Every derived relation and report that the recording can answer, of an imported database. */
export const views: Question = {
  name: 'views',
  async run(context) {
    const once = timeAll(context, importOf(context, await context.inputs.main), context.runs)
    const often = timeAll(context, importOf(context, await context.inputs.repeat(TIMES)), 1)
    const slow = [...once].filter(([, seconds]) => seconds > MOST_SECONDS)
    const growth = [...once]
      .filter(([, seconds]) => seconds >= LEAST_SECONDS)
      .map(([what, seconds]) => [what, (often.get(what) ?? Infinity) / seconds] as const)
    const steep = growth.filter(([, factor]) => factor > TIMES * TOLERANCE)
    return [
      row(`slowest of ${once.size} views and reports`, 's', MOST_SECONDS, once, slow),
      row(`the same, ${TIMES} times the size`, '×', TIMES * TOLERANCE, growth, steep),
    ]
  },
}

function row(
  what: string,
  unit: 's' | '×',
  atMost: number,
  all: Iterable<readonly [string, number]>,
  missed: readonly (readonly [string, number])[],
): Row {
  const worst = Math.max(...[...all].map(([, figure]) => figure))
  const named = missed
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, figure]) => `${name} ${Number.isFinite(figure) ? figure.toFixed(1) : 'failed'}`)
  const peer = unit === 's' ? '' : 'itself'
  const note = named.length > 0 && { note: `over: ${named.join(', ')}` }
  return { what, peer, figure: worst, target: { unit, atMost }, ...note }
}

/** Median wall seconds by name, after `prepare` has made the database. */
function timeAll(context: Context, prepare: string, runs: number): Map<string, number> {
  measure(prepare)
  const command = `${context.node} ${quote(context.dist)}/bench/views.js`
  const all: Timed[] = []
  for (let run = 0; run < runs; run++) {
    context.progress(`views and reports: run ${run + 1} of ${runs}`)
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `${command} ${quote(context.scratch)}/imported.duckdb --json`],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    )
    if (status !== 0) throw new Error(`views.js: ${stderr.slice(-2000)}`)
    all.push(...(JSON.parse(stdout) as Timed[]))
  }
  const answers = all.filter(({ failed }) => failed !== 'needs parameters')
  const secondsOf = ({ wall, failed }: Timed): number => (failed === undefined ? wall : Infinity)
  return new Map(
    answers.map(({ what }) => [
      what,
      median(answers.filter((one) => one.what === what).map(secondsOf)),
    ]),
  )
}
