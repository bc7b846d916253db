/** `traceduck export`: recordings in files that other tools read. */
import { Command, Option } from 'commander'
import { TraceError } from '../../parser/error.ts'
import { examples } from '../examples.ts'
import { FORMATS } from '../export-formats.ts'
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../selection-options.ts'

interface ExportOptions extends SelectionOptions {
  readonly to: string
  readonly output: string
  readonly profile?: string
  readonly force?: boolean
  readonly memory?: string
  readonly quiet?: boolean
}

/** The `export` command. */
export function exportCommand(): Command {
  const formats = Object.entries(FORMATS).map(([name, { about }]) => `${name}: ${about}`)
  const command = new Command('export')
    .summary('write recordings for other tools')
    .description(
      `Writes trace.dat files, or the database that import made, for other tools.\n\n${formats.join('\n')}`,
    )
    .argument('<file...>', 'trace.dat, .duckdb or folder of export, - for stdin')
    .addOption(
      new Option('--to <format>', 'what to write')
        .choices(Object.keys(FORMATS))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <path>', 'file or folder to make; a file may be - for stdout')
  addSelectionOptions(command)
    .option(
      '--profile <name>',
      'which stacks: functions (time in functions), off-cpu (time), alloc (bytes), events (how many)',
    )
    .option('--force', 'replace a file, or a folder that was made by export')
    .option('--memory <size>', 'most memory DuckDB uses before it spills to disk, for example 2GB')
    .option('-q, --quiet', 'no progress, no summary; warnings stay')
  examples(command, [
    ['traceduck export trace.dat --to parquet -o trace.parquet', 'every table'],
    ["traceduck sql trace.parquet 'from kmem.kmalloc'", 'ask the folder'],
    [
      'traceduck export web1.dat web2.dat --to parquet -o fleet.parquet',
      'several, in host=…/trace=…',
    ],
    ['traceduck export trace.dat --to perfetto -o trace.pftrace', 'open it at ui.perfetto.dev'],
    [
      'traceduck export trace.dat --to flamegraph --profile off-cpu -o off-cpu.svg',
      'where threads waited, of stacks recorded with sched_switch',
    ],
  ])
  return command.action(runExport)
}

async function runExport(files: readonly string[], options: ExportOptions): Promise<void> {
  const format = FORMATS[options.to]!
  if (options.profile !== undefined && !format.takesProfile)
    throw new TraceError('ERR_USAGE', `--profile is not for --to ${options.to}`, {
      hint: 'leave it out; it chooses the stacks of speedscope, folded and flamegraph',
    })
  const [{ exportFiles }, { parseMemory }] = await Promise.all([
    import('../export-files.ts'),
    import('../selection.ts'),
  ])
  await exportFiles(files, {
    format,
    selection: await selectionOf(options),
    output: options.output,
    force: options.force === true,
    memory: options.memory === undefined ? undefined : parseMemory(options.memory),
    quiet: options.quiet === true,
    profile: options.profile,
  })
}
