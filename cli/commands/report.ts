/** `traceduck report`: events as text, line for line as trace-cmd report prints them. */
import { Command, Option } from 'commander'
import { TraceError } from '../../parser/error.ts'
import { examples } from '../examples.ts'
import { type ReportInput, ReportInputs } from '../report-inputs.ts'

/** What commander hands over. */
interface ReportCommandOptions {
  readonly event?: readonly string[]
  readonly cpu?: string
  readonly from?: string
  readonly to?: string
  readonly raw?: boolean
  readonly rawEvents?: readonly string[]
  readonly plugins?: boolean
  readonly pluginless?: readonly string[]
  readonly nanoseconds?: boolean
  readonly latency?: boolean
  readonly pluginOption?: readonly string[]
  readonly tsDiff?: boolean
  readonly nodate?: boolean
  readonly rawTs?: boolean
  readonly alignTs?: boolean
  readonly tsCheck?: boolean
  readonly cpus?: boolean
  readonly firstEvent?: boolean
  readonly lastEvent?: boolean
  readonly hardIrqs?: boolean
  readonly softIrqs?: boolean
  readonly events?: boolean
  readonly stat?: boolean
  readonly names?: 'report' | 'event-time'
  readonly format?: 'text' | 'json' | 'ndjson'
  readonly output?: string
  readonly force?: boolean
  readonly quiet?: boolean
}

/** The `report` command. */
export function reportCommand(): Command {
  const filters: { text: string; negate: boolean }[] = []
  const inputs = new ReportInputs()
  let negate = false
  const command = new Command('report')
    .summary('events as text, as trace-cmd report prints them')
    .description(
      'Prints every event of one or several trace.dat files as a line of text, in the order of time, ' +
        'as trace-cmd report does.',
    )
    .argument('[file...]', 'trace.dat files, - for stdin')
    .addOption(
      new Option(
        '-i, --input <file>',
        'a file, for the --ts-offset and --ts2secs after it (repeatable)',
      ).argParser(inputs.file),
    )
    .option(
      '-e, --event <event>',
      'only these: system, event or system:event, with * and ? (repeatable)',
      append,
    )
    .addOption(
      new Option(
        '-F, --filter <filter>',
        "trace-cmd's filter, events:expression (repeatable)",
      ).argParser((text: string) => {
        filters.push({ text, negate })
        return text
      }),
    )
    .addOption(
      new Option('-v, --invert', 'leave out what the -F after it match').argParser(() => true),
    )
    .option('--cpu <list>', 'only these CPUs, for example 0-3,7')
    .option('--from <time>', 'only from this time on: seconds of the trace clock, or with a unit')
    .option('--to <time>', 'only up to this time')
    .option('-I, --no-hard-irqs', 'leave out events in hard interrupts')
    .option('-S, --no-soft-irqs', 'leave out events in soft interrupts')
    .option('-R, --raw', 'fields as name=value, no print formats')
    .option('-N, --no-plugins', 'print formats only, no texts of our own for some events')
    .option('-r, --raw-events <regex>', 'as -R, for events or systems that match', append)
    .option('-n, --pluginless <regex>', 'as -N, for events or systems that match', append)
    .option('-t, --nanoseconds', 'time stamps as recorded, not rounded to microseconds')
    .option('-l, --latency', 'narrow columns, as latency tracers have them')
    .option(
      '-O, --plugin-option <option>',
      'parent, indent, offset, tailprint or depth, =0 to switch off (repeatable)',
      append,
    )
    .option('--ts-diff', 'show the time since the line before')
    .addOption(
      new Option('--ts-offset <units>', 'add to all times of the file').argParser(inputs.offset),
    )
    .addOption(
      new Option('--ts2secs <hertz>', 'ticks in a second of clocks that count them').argParser(
        inputs.hertz,
      ),
    )
    .option('--nodate', 'without the date and offset that the recorder saved')
    .option('--raw-ts', 'times as the kernel counted them')
    .option('--align-ts', 'times since the first event')
    .option('--ts-check', 'warn of times that go back on a CPU, exit status 1')
    .addOption(
      new Option('--names <source>', 'who names tasks')
        .choices(['report', 'event-time'])
        .default('report'),
    )
    .option('--events', 'print the event formats of the file instead')
    .option('--stat', 'print statistics of the buffers instead')
    .option('--cpus', 'list CPUs that have events instead')
    .option('--first-event', 'list the times of their first events instead')
    .option('--last-event', 'list the times of their last events instead')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['text', 'json', 'ndjson'])
        .default('text'),
    )
    .option('-o, --output <file>', 'write to a file, - for stdout')
    .option('--force', 'overwrite an existing file')
    .option('-q, --quiet', 'no warnings about lost events')
  command.on('option:invert', () => {
    negate = true
  })
  examples(command, [
    ['traceduck report trace.dat | less', 'all of it'],
    ["traceduck report trace.dat -F 'sched/sched_switch: next_pid == 42'", 'one task'],
    ['traceduck report trace.dat -e irq --from 12.5 --to 12.6 -t', 'a tenth of a second'],
  ])
  return command.action((files: readonly string[], options: ReportCommandOptions) =>
    runReport(inputs.with(files, options.rawTs, options.nodate), options, filters),
  )
}

function append(value: string, list: readonly string[] = []): string[] {
  return [...list, value]
}

async function runReport(
  files: readonly ReportInput[],
  options: ReportCommandOptions,
  filters: readonly { readonly text: string; readonly negate: boolean }[],
): Promise<void> {
  const [{ parseCpus }, { parseTime }, { printReport, printCpus, printFormats, printStatistics }] =
    await Promise.all([
      import('../selection.ts'),
      import('../../queries/time.ts'),
      import('../report-text.ts'),
    ])
  const output = {
    ...(options.output === undefined ? {} : { output: options.output }),
    force: options.force === true,
  }
  if (options.events) return printFormats(files, output)
  if (options.stat) return printStatistics(files, options.format ?? 'text', output)
  const { cpus, firstEvent, lastEvent, nanoseconds } = options
  if (cpus || firstEvent || lastEvent)
    return printCpus(files, { first: firstEvent, last: lastEvent, nanoseconds }, output)
  await printReport(
    files,
    {
      events: options.event,
      filters,
      cpus: options.cpu === undefined ? undefined : parseCpus(options.cpu),
      from: options.from === undefined ? undefined : parseTime(options.from, '--from'),
      to: options.to === undefined ? undefined : parseTime(options.to, '--to'),
      raw: options.raw,
      rawEvents: options.rawEvents,
      plugins: options.plugins,
      pluginless: options.pluginless,
      nanoseconds: options.nanoseconds,
      latency: options.latency,
      timeDifference: options.tsDiff,
      noHardIrqs: options.hardIrqs === false,
      noSoftIrqs: options.softIrqs === false,
      pluginOptions: parsePluginOptions(options.pluginOption ?? []),
      names: options.names,
    },
    options.format ?? 'text',
    {
      align: options.alignTs === true && options.rawTs !== true,
      check: options.tsCheck === true,
    },
    { ...output, quiet: options.quiet === true },
  )
}

const PLUGIN_OPTIONS = ['parent', 'indent', 'offset', 'tailprint', 'depth']

/** `parent`, `ftrace:parent=1`, `fgraph:tailprint` … Throws `ERR_USAGE`. */
function parsePluginOptions(texts: readonly string[]): Record<string, boolean> {
  const options: Record<string, boolean> = {}
  for (const text of texts) {
    const match = /^(?:(?:ftrace|fgraph):)?(\w+)(?:=(.*))?$/.exec(text)
    const name = match?.[1] ?? ''
    if (!PLUGIN_OPTIONS.includes(name))
      throw new TraceError('ERR_USAGE', `-O ${text}: no such option`, {
        hint: `known are ${PLUGIN_OPTIONS.join(', ')}`,
      })
    options[name] = match?.[2] !== '0'
  }
  return options
}
