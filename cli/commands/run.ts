/** `traceduck run`: canned reports. */
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import type { Query } from '../../queries/index.ts'
import { examples } from '../examples.ts'
import {
  addOutputOptions,
  chooseFormat,
  type OutputOptions,
  outputRows,
  outputText,
  TEXT_FORMATS,
} from '../output.ts'
import type { ListedReport } from '../query-catalogue.ts'
import { say } from '../safe-text.ts'

interface RunOptions extends OutputOptions {
  readonly param: readonly string[]
  readonly list?: boolean
  readonly help?: boolean
  readonly plain?: boolean
}

/** The `run` command. */
export function runReportCommand(): Command {
  const command = new Command('run')
    .summary('answer a question with a canned report')
    .description(
      'Runs a report on a trace.dat, on the database that import made of it, or on a folder that export ' +
        'made. Without NAME, lists the reports that this trace can answer, and what would have to be ' +
        'recorded for the others.',
    )
    .usage('[options] [NAME] FILE')
    .argument('[name]', 'report; "traceduck run NAME --help" describes it')
    .argument('[file]', 'trace.dat, .duckdb or folder of export')
    .option('-p, --param <name=value>', 'set a parameter of the report (repeatable)', append, [])
    .option('--plain', 'a table also where the report draws a histogram or the like')
    .option('--list', 'list all reports; needs no file')
    .helpOption(false)
    .option('-h, --help', 'show help, of a report when one is named')
  addOutputOptions(command, TEXT_FORMATS)
  examples(command, [
    ['traceduck run trace.dat', 'what can this trace answer'],
    ['traceduck run icmp-allocs trace.dat', 'allocations of the kernel for each ping'],
    [
      'traceduck run alloc-sizes trace.dat --param over=4096 --param comm=nginx%',
      'large allocations of one program',
    ],
  ])
  return command.action((name: string | undefined, file: string | undefined, options: RunOptions) =>
    runReports(command, name, file, options),
  )
}

function append(value: string, list: readonly string[]): string[] {
  return [...list, value]
}

async function runReports(
  command: Command,
  first: string | undefined,
  second: string | undefined,
  options: RunOptions,
): Promise<void> {
  if (options.help && first === undefined) return command.outputHelp()
  const { findQuery, listQueries } = await import('../../queries/index.ts')
  if (options.help) {
    const { queryHelp } = await import('../query-help.ts')
    process.stdout.write(queryHelp(findQuery(first!)))
  } else if (options.list) {
    const { listReports } = await import('../query-catalogue.ts')
    await writeList(listReports(listQueries()), options)
  } else if (first === undefined) {
    throw new TraceError('ERR_USAGE', 'run needs a file', {
      hint: 'for example: traceduck run trace.dat',
    })
  } else if (second !== undefined) {
    await runReport(findQuery(first), second, options)
  } else if (listQueries().some(({ name, aliases }) => name === first || aliases.includes(first))) {
    throw new TraceError('ERR_USAGE', `run ${first} needs a file`, {
      hint: `for example: traceduck run ${first} trace.dat`,
    })
  } else {
    await listAnswerable(first, listQueries(), options)
  }
}

async function listAnswerable(
  file: string,
  queries: readonly Query[],
  options: RunOptions,
): Promise<void> {
  const { openForQuery } = await import('../open-database.ts')
  const { reportFindings, reportLosses } = await import('../findings.ts')
  const { listReports } = await import('../query-catalogue.ts')
  const opened = await openForQuery(file)
  try {
    const recording = await opened.recording()
    await reportLosses(opened.database)
    if (recording.isEmpty) say('no events recorded: the recording is empty\n')
    await writeList(listReports(queries, recording), options)
    await reportFindings(opened.database, { losses: false })
  } finally {
    await opened.close()
  }
}

async function writeList(listed: readonly ListedReport[], options: RunOptions): Promise<void> {
  const { listRows, listText } = await import('../query-catalogue.ts')
  if (chooseFormat(options) === 'table' && !options.plain)
    await outputText(listText(listed), options)
  else await outputRows(listRows(listed), options)
}

async function runReport(query: Query, file: string, options: RunOptions): Promise<void> {
  const { bindParams } = await import('../../queries/index.ts')
  const values = bindParams(query, options.param)
  const { openForQuery } = await import('../open-database.ts')
  const { reportFindings } = await import('../findings.ts')
  const { answerQuery } = await import('../query-answer.ts')
  const opened = await openForQuery(file)
  try {
    await answerQuery(opened, query, values, options)
    await reportFindings(opened.database, { losses: false })
  } finally {
    await opened.close()
  }
}
