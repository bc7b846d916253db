/** `traceduck import`: traces into one DuckDB file. */
import { statSync } from 'node:fs'
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import { examples } from '../examples.ts'
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../selection-options.ts'

interface ImportCommandOptions extends SelectionOptions {
  readonly output?: string
  readonly from?: string
  readonly to?: string
  readonly strict?: boolean
  readonly force?: boolean
  readonly memory?: string
  readonly quiet?: boolean
}

/** The `import` command. */
export function importCommand(): Command {
  const command = new Command('import')
    .summary('decode traces into a DuckDB file')
    .description(
      'Decodes one or several trace.dat files into one DuckDB database: a table for each event, and ' +
        'what the files say about themselves in the schema meta. sql and run use it instead of the ' +
        'trace.dat beside it while it is up to date.',
    )
    .argument('<file...>', 'trace.dat files, - for stdin')
    .option('-o, --output <file>', 'database to make (default: trace.duckdb for trace.dat)')
  addSelectionOptions(command)
    .option(
      '--from <time>',
      'only from this time on: seconds of the trace clock, or with a unit (ns, us, ms)',
    )
    .option('--to <time>', 'only up to this time')
    .option('--strict', 'fail on damage that could be salvaged')
    .option('--force', 'replace an existing database')
    .option('--memory <size>', 'most memory DuckDB uses before it spills to disk, for example 2GB')
    .option('-q, --quiet', 'no progress, no summary; warnings stay')
  examples(command, [
    ['traceduck import trace.dat', 'everything, into trace.duckdb'],
    [
      "traceduck import trace.dat -e sched -e 'irq:irq_handler_*' --cpu 0-3 -o cpu0-3.duckdb",
      'some of it',
    ],
    ['traceduck import host.dat guest.dat -o both.duckdb', 'two recordings in one database'],
  ])
  return command.action(runImport)
}

async function runImport(files: readonly string[], options: ImportCommandOptions): Promise<void> {
  const out = options.output ?? (await defaultOutput(files))
  const [{ parseMemory }, { parseTime }, { importFiles }] = await Promise.all([
    import('../selection.ts'),
    import('../../queries/time.ts'),
    import('../import-files.ts'),
  ])
  await importFiles(files, {
    out,
    ...(await selectionOf(options)),
    from: options.from === undefined ? undefined : parseTime(options.from, '--from'),
    to: options.to === undefined ? undefined : parseTime(options.to, '--to'),
    memory: options.memory === undefined ? undefined : parseMemory(options.memory),
    strict: options.strict === true,
    force: options.force === true,
    quiet: options.quiet === true,
  })
}

async function defaultOutput(files: readonly string[]): Promise<string> {
  const { databasePath } = await import('../../library/database-path.ts')
  const [file] = files
  if (file !== undefined && files.length === 1 && file !== '-') {
    if (statSync(file, { throwIfNoEntry: false })) return databasePath(file)
    throw new TraceError('ERR_TRACE_OPEN', `${file}: no such file`, { hint: 'check the path' })
  }
  const what =
    file === '-' ? 'the database of a trace from stdin' : `the database of ${files.length} traces`
  throw new TraceError('ERR_USAGE', `${what} needs a name`, {
    hint: 'name it with -o, for example -o all.duckdb',
  })
}
