/**
 * The same load recorded by traceduck and by trace-cmd, in turn: what each lost and cost. What is
 * said of a recorder is less what the load took. Buffers are those of instances that go away again.
 */
import { accessSync, constants, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openTrace } from '../../parser/index.ts'
import { findProgram } from '../machine.ts'
import { measure, median, quote, type Sample } from '../measure.ts'
import { type Context, type Question, type Row, summarize } from '../question.ts'

const SECONDS = 3
const EVENTS = '-e sched -e syscalls -e kmem'
const INSTANCES = '/sys/kernel/tracing/instances'

/** Buffers of each CPU, in KB: as they are when nobody asks for others, and large ones. */
const BUFFERS = [
  { size: 1408, name: 'buffers as they are' },
  { size: 16384, name: '16 MB buffers' },
]

interface Recording extends Sample {
  readonly kept: number
  readonly lost: number
}

/** Recording costs, losses. */
export const record: Question = {
  name: 'record',
  async run(context) {
    const missing = whyNot()
    if (missing !== undefined) return [{ what: 'record', peer: 'trace-cmd record', note: missing }]
    const rows: Row[] = []
    for (const buffer of BUFFERS) rows.push(...(await recordWith(context, buffer)))
    return rows
  },
}

function whyNot(): string | undefined {
  if (findProgram('stress-ng') === undefined) return 'stress-ng is missing here'
  try {
    accessSync(INSTANCES, constants.W_OK)
    return undefined
  } catch {
    return 'no tracefs here that may be written'
  }
}

async function recordWith(
  context: Context,
  { size, name }: (typeof BUFFERS)[number],
): Promise<Row[]> {
  const file = join(context.scratch, 'recorded.dat')
  const tail = `${EVENTS} -b ${size} -o ${quote(file)}`
  const ours = `${context.traceduck} record -q --force`
  const peer = context.traceCmd && `${context.traceCmd} record -B bench-${process.pid}`
  const recorders: { name: string; command: string }[] = [
    { name: 'traceduck', command: `${ours} ${tail}` },
    { name: 'traceduck --priority 1', command: `${ours} --priority 1 ${tail}` },
    { name: 'traceduck --compression none', command: `${ours} --compression none ${tail}` },
    ...(peer === undefined
      ? []
      : [
          { name: 'trace-cmd', command: `${peer} ${tail}` },
          { name: 'trace-cmd -r 1', command: `${peer} -r 1 ${tail}` },
        ]),
  ]
  const samples = new Map<string, Recording[]>()
  let note = peer === undefined ? 'peer is missing here' : undefined
  for (let run = 0; run < context.runs; run++) {
    context.progress(`record, ${name}: run ${run + 1} of ${context.runs}`)
    for (const recorder of recorders) {
      try {
        const one = await recordOnce(context, file, recorder.command)
        samples.set(recorder.name, [...(samples.get(recorder.name) ?? []), one])
      } catch (error) {
        if (!recorder.name.startsWith('trace-cmd')) throw error
        note = `trace-cmd record fails here: ${(error as Error).message.trim().split('\n').at(-1)}`
      }
    }
  }
  return [
    ...rowsOf(name, 'trace-cmd', samples, 'traceduck', note),
    ...rowsOf(`${name}, --priority 1`, 'trace-cmd -r 1', samples, 'traceduck --priority 1', note),
    ...rowsOf(`${name}, uncompressed`, 'trace-cmd', samples, 'traceduck --compression none', note),
  ].map((row, i) => (size === BUFFERS[0]?.size || i % 2 === 1 ? row : noLoss(row)))
}

/** Loss and cost of one of our ways to record beside one of trace-cmd's. */
function rowsOf(
  name: string,
  peer: string,
  samples: ReadonlyMap<string, readonly Recording[]>,
  who: string,
  note: string | undefined,
): Row[] {
  const ours = samples.get(who) ?? []
  const theirs = samples.get(peer) ?? []
  const lost = (list: readonly Recording[]): number => Math.max(...list.map((one) => one.lost))
  const kept = (list: readonly Recording[]): string =>
    `${(median(list.map((one) => one.kept)) / 1e6).toFixed(1)} million`
  const both = theirs.length > 0
  const ratio = median(ours.map(({ cpu }) => cpu)) / median(theirs.map(({ cpu }) => cpu))
  return [
    {
      what: `record, ${name}: most events lost`,
      peer,
      figure: lost(ours),
      ...(both && { target: { unit: 'events', atMost: lost(theirs) } }),
      note: note ?? `kept ${kept(ours)}, peer ${kept(theirs)}`,
    },
    {
      what: `record, ${name}: CPU`,
      peer,
      ours: summarize(ours),
      ...(both && { theirs: summarize(theirs), figure: ratio, target: { unit: '×', atMost: 1 } }),
      ...(note !== undefined && { note }),
    },
  ]
}

function noLoss(row: Row): Row {
  return { ...row, target: { unit: 'events', atMost: 0 } }
}

async function recordOnce(context: Context, file: string, command: string): Promise<Recording> {
  const metrics = join(context.scratch, 'metrics.yaml')
  const load = `stress-ng --pipe 1 --open 1 -t ${SECONDS} -q --metrics --yaml ${quote(metrics)}`
  rmSync(file, { force: true })
  const sample = measure(`cd ${quote(context.scratch)} && ${command} ${load}`)
  const [user, system] = [loadMetric(metrics, 'user-time'), loadMetric(metrics, 'system-time')]
  return {
    ...sample,
    user: sample.user - user,
    cpu: sample.cpu - user - system,
    ...(await kernelCounts(file)),
  }
}

/** Sum of a field of stress-ng's metrics over its stressors. */
function loadMetric(path: string, name: string): number {
  const values = readFileSync(path, 'utf8').matchAll(new RegExp(`^ *${name}: ([\\d.]+)`, 'gm'))
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
