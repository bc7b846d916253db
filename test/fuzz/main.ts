/** `npm run fuzz`: inputs by the seed until time or their number is up; see docs/reliability.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Finding, FuzzRunner } from './runner.ts'
import { inputOf, TARGETS } from './targets/index.ts'

const USAGE = `usage: npm run fuzz -- [--seconds N | --inputs N] [--seed N] [--target NAME]… [--file PATH] [--out FOLDER]

  --seconds N    for so long (default 60)
  --inputs N     so many inputs for each target instead
  --seed N       the first input's seed; the next one's is one more (default 1)
  --target NAME  only this: ${TARGETS.map(({ name }) => name).join(', ')}
  --file PATH    takes this input instead of making one
  --out FOLDER   where inputs that found something are kept (default fuzz-findings)
`

/** Reports every so often while it runs. */
const REPORT_EVERY_MS = 60_000

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    seconds: text,
    inputs: text,
    seed: text,
    target: { type: 'string', multiple: true },
    file: text,
    out: text,
    help: { type: 'boolean' },
  },
})
const numbers = [values.seconds, values.inputs, values.seed].map((value) => Number(value ?? 1))
const names = values.target ?? TARGETS.map(({ name }) => name)
const unknown = names.find((name) => !TARGETS.some((target) => target.name === name))
if (values.help || unknown !== undefined || numbers.some((value) => !Number.isInteger(value))) {
  process.stderr.write(USAGE)
  process.exit(2)
}
const seed = Number(values.seed ?? 1)
const most = values.file === undefined ? Number(values.inputs ?? Number.POSITIVE_INFINITY) : 1
const until =
  performance.now() + (Number.isFinite(most) ? 1e12 : 1000 * Number(values.seconds ?? 60))
const out = values.out ?? 'fuzz-findings'

const runner = new FuzzRunner()
let reported = performance.now()
let kept = 0
for (;;) {
  // Each target gets the same share of the time, or the same number of inputs.
  const share = (name: string): number => {
    const tally = runner.tallies.get(name)
    return (Number.isFinite(most) ? tally?.inputs : tally?.cpuMs) ?? 0
  }
  const name = names.reduce((least, other) => (share(other) < share(least) ? other : least))
  const inputs = runner.tallies.get(name)?.inputs ?? 0
  if (inputs >= most || performance.now() > until) break
  const job = { target: name, seed: (seed + inputs) >>> 0 }
  await runner.run(values.file === undefined ? job : { ...job, file: values.file })
  for (; kept < runner.findings.length; kept++) keep(runner.findings[kept]!)
  if (performance.now() - reported > REPORT_EVERY_MS) {
    reported = performance.now()
    process.stderr.write(summary())
  }
}
runner.close()
process.stdout.write(summary(true))
process.exit(runner.findings.length > 0 ? 1 : 0)

function keep({ target, seed, problem, file }: Finding): void {
  process.stderr.write(`\n${target}, seed ${seed}: ${problem}\n`)
  if (file !== undefined) return
  mkdirSync(out, { recursive: true })
  const path = join(out, `${target}-${seed}.bin`)
  writeFileSync(path, inputOf(TARGETS.find(({ name }) => name === target)!, seed))
  process.stderr.write(
    `kept as ${path}; again: npm run fuzz -- --target ${target} --seed ${seed} --inputs 1\n`,
  )
}

function summary(whole = false): string {
  const lines = [...runner.tallies].map(([name, { inputs, cpuMs, slowestMs, outcomes }]) => {
    const words = [...outcomes].sort(([, a], [, b]) => b - a).map(([word, n]) => `${word} ${n}`)
    const times = `${(cpuMs / 1000).toFixed(0)} s of CPU, slowest ${Math.round(slowestMs)} ms`
    return `${name}: ${inputs} inputs, ${times}${whole ? `: ${words.join(', ')}` : ''}\n`
  })
  const inputs = [...runner.tallies.values()].reduce((sum, tally) => sum + tally.inputs, 0)
  const memory = `${Math.round(runner.mostBytes / 1e6)} MB at most`
  return `${lines.join('')}${inputs} inputs, ${runner.findings.length} found something, ${memory}\n`
}
