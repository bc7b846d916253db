/** `traceduck split`: a part of a trace as a trace.dat of its own. */
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import type { PartSelection, Split } from '../../writer/split.ts'
import { examples } from '../examples.ts'
import { addNewTraceOptions, type NewTraceOptions } from '../new-trace-options.ts'
import { say } from '../safe-text.ts'

interface SplitOptions extends NewTraceOptions {
  readonly event?: readonly string[]
  readonly cpu?: string
  readonly from?: string
  readonly to?: string
  readonly buffer?: readonly string[]
  readonly top?: boolean
}

/** The `split` command. */
export function splitCommand(): Command {
  const command = new Command('split')
    .summary('write a part of a trace as a trace.dat of its own')
    .description(
      'Writes the events of a time, of CPUs, of kinds or of buffers into a trace.dat that every ' +
        'reader of such files takes. Times, payloads, CPUs, buffers and marks of lost events stay; ' +
        'stacks go with their events. Left out is what is not true of a part: statistics of the ' +
        'kernel about CPUs that are not there as a whole, descriptors open when the recording began.',
    )
    .argument('<file>', 'trace.dat, - for stdin')
    .option(
      '--from <time>',
      'only from this time on: seconds of the trace clock, or with a unit (ns, us, ms)',
    )
    .option('--to <time>', 'only up to this time')
    .option('--cpu <list>', 'only these CPUs, for example 0-3,7')
    .option(
      '-e, --event <event>',
      'only these: system, event or system:event, with * and ? (repeatable)',
      append,
    )
    .option('-B, --buffer <name>', 'only this instance (repeatable)', append)
    .option('-t, --top', 'only the top-level buffer, or it besides those of -B')
  addNewTraceOptions(command, 'as it is')
  examples(command, [
    ['traceduck split trace.dat --from 4682.1 --to 4682.2 -o incident.dat', '100 ms of it'],
    ["traceduck split trace.dat -e sched -e 'irq:*' --cpu 0-3 -o small.dat", 'some of it'],
    ['traceduck split trace.dat -B flight -o - | ssh host traceduck info -', 'an instance'],
  ])
  return command.action(runSplit)
}

function append(value: string, list: readonly string[] = []): string[] {
  return [...list, value]
}

async function runSplit(file: string, options: SplitOptions): Promise<void> {
  const selection = await selectionOf(options)
  const [{ writeNewTrace }, { splitTrace }] = await Promise.all([
    import('../new-trace.ts'),
    import('../../writer/split.ts'),
  ])
  const { grouped } = await import('../progress.ts')
  await writeNewTrace(
    file,
    options,
    undefined,
    async (trace, target, fd, onRead) => {
      const split = await splitTrace(trace, selection, target, fd, onRead)
      warnOfLosses(split)
      return split
    },
    ({ cpus }) => {
      const sum = (of: (cpu: Split['cpus'][number]) => number): string =>
        grouped(cpus.reduce((total, cpu) => total + of(cpu), 0))
      const [taken, seen] = [sum(({ events }) => events), sum((cpu) => cpu.seen)]
      return taken === seen ? `${taken} events` : `${taken} of ${seen} events`
    },
  )
}

async function selectionOf(options: SplitOptions): Promise<PartSelection> {
  const { event: events, cpu, from, to, buffer = [], top } = options
  const all = [events, cpu, from, to, top].every((option) => option === undefined)
  if (all && buffer.length === 0) {
    throw new TraceError('ERR_USAGE', 'split needs to know what to take', {
      hint: 'give --from, --to, --cpu, -e, -B or -t; traceduck convert writes all of a file',
    })
  }
  const [{ parseCpus }, { parseTime }] = await Promise.all([
    import('../selection.ts'),
    import('../../queries/time.ts'),
  ])
  const names = [...(top ? [''] : []), ...buffer]
  return {
    events,
    cpus: cpu === undefined ? undefined : parseCpus(cpu),
    from: from === undefined ? undefined : parseTime(from, '--from'),
    to: to === undefined ? undefined : parseTime(to, '--to'),
    buffers: names.length === 0 ? undefined : names,
  }
}

/** A mark of lost events needs a record that it stands at. */
function warnOfLosses({ cpus }: Split): void {
  for (const { buffer, cpu } of cpus.filter(({ trailingLoss }) => trailingLoss)) {
    const where = `${buffer === '' ? '' : `buffer ${buffer}, `}CPU ${cpu}`
    say(`note: ${where}: events were lost after the last one that was taken\n`)
  }
}
