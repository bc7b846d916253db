/**
 * Measures traceduck beside named peers and prints one table; see README.md.
 *
 *     node dist/bench/run.js [FILE.dat] [--only NAME,…] [--runs N] [--events N]
 *                            [--trace-cmd PATH] [--out FILE.json]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Inputs } from './inputs.ts'
import { describeMachine, findProgram } from './machine.ts'
import { canMeasure, quote } from './measure.ts'
import type { Context, Question, Row } from './question.ts'
import { decode } from './questions/decode.ts'
import { firstAnswer } from './questions/first-answer.ts'
import { foreign } from './questions/foreign.ts'
import { growth } from './questions/growth.ts'
import { importAll } from './questions/import.ts'
import { info } from './questions/info.ts'
import { many } from './questions/many.ts'
import { memory } from './questions/memory.ts'
import { parquet } from './questions/parquet.ts'
import { record } from './questions/record.ts'
import { report } from './questions/report.ts'
import { views } from './questions/views.ts'
import { formatTable } from './table.ts'

const QUESTIONS: readonly Question[] = [
  decode,
  firstAnswer,
  importAll,
  memory,
  parquet,
  info,
  report,
  growth,
  views,
  many,
  foreign,
  record,
]

const root = fileURLToPath(new URL('../..', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    events: { type: 'string', default: '4000000' },
    'trace-cmd': { type: 'string', default: 'trace-cmd' },
    out: { type: 'string' },
  },
})
const only = values.only?.split(',') ?? QUESTIONS.map(({ name }) => name)
const chosen = QUESTIONS.filter(({ name }) => only.includes(name))
if (chosen.length < only.length || !(Number(values.runs) >= 1) || !(Number(values.events) >= 1)) {
  process.stderr.write(
    'usage: run.js [FILE.dat] [--only NAME,…] [--runs N] [--events N] [--trace-cmd PATH] [--out FILE]\n' +
      `names: ${QUESTIONS.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}
if (!canMeasure()) {
  process.stderr.write('needs GNU time at /usr/bin/time and bash\n')
  process.exit(2)
}
const scratch = mkdtempSync(join(tmpdir(), 'traceduck-bench-'))
try {
  const program = findProgram(values['trace-cmd'])
  const node = quote(process.execPath)
  const context: Context = {
    inputs: new Inputs(
      scratch,
      join(root, 'fixtures/traces'),
      positionals[0],
      Number(values.events),
    ),
    runs: Number(values.runs),
    scratch,
    dist: join(root, 'dist'),
    node,
    traceduck: `${node} ${quote(join(root, 'dist/cli/main.js'))}`,
    traceCmd: program && quote(program),
    progress: (text) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${text}\n`),
  }
  const machine = describeMachine(context.traceduck, context.traceCmd)
  const { name, bytes, events } = await context.inputs.main
  const rows: (Row & { question: string })[] = []
  for (const question of chosen) {
    const answer = await question.run(context).catch((error: Error): Row[] => {
      process.exitCode = 1
      return [{ what: question.name, peer: '', note: `FAILED: ${error.message}` }]
    })
    rows.push(...answer.map((row) => ({ question: question.name, ...row })))
  }
  const about =
    `${name}: ${events} events, ${bytes} bytes; medians of ${context.runs} runs in turn\n` +
    `${machine.cpu}, ${machine.cpus} CPUs, ${machine.memory}, load ${machine.load}, ` +
    `Linux ${machine.kernel}, Node ${machine.node}, DuckDB ${machine.duckdb}, ` +
    `trace-cmd ${machine.traceCmd}, traceduck ${machine.traceduck}\n`
  process.stdout.write(`${about}\n${formatTable(rows)}`)
  const date = new Date().toISOString().slice(0, 10)
  const out = values.out ?? join(root, `bench/results/${date}.json`)
  const result = { date, machine, input: { name, bytes, events }, runs: context.runs, rows }
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`)
  process.stderr.write(`written to ${out}\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
