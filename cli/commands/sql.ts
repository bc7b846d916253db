/** `traceduck sql`: SQL on a trace, one-shot or at a prompt. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import { examples } from '../examples.ts'
import { addOutputOptions, BINARY_FORMATS, type OutputOptions, TEXT_FORMATS } from '../output.ts'

interface SqlOptions extends OutputOptions {
  readonly file?: string
}

/** The `sql` command. */
export function sqlCommand(): Command {
  const command = new Command('sql')
    .summary('ask a trace in SQL')
    .description(
      'Runs SQL on a trace.dat, on the database that import made of it, or on a folder that export made. ' +
        'Without SQL, a prompt; without SQL and without a terminal, statements are read from stdin.',
    )
    .argument('<file>', 'trace.dat, .duckdb or folder of export')
    .argument('[sql]', 'statements, separated by semicolons')
    .option('-f, --file <file>', 'read the statements from a file, - for stdin')
  addOutputOptions(command, [...TEXT_FORMATS, ...BINARY_FORMATS])
  examples(command, [
    [
      "traceduck sql trace.dat 'select system, event, count(*) from events group by all'",
      'what is in it',
    ],
    ["traceduck sql trace.dat 'from kmem.kmalloc' -o kmalloc.parquet", 'one event as Parquet'],
    ['traceduck sql trace.duckdb', 'a prompt; .help lists its commands'],
  ])
  return command.action(runSql)
}

async function runSql(file: string, sql: string | undefined, options: SqlOptions): Promise<void> {
  const text = statementsGiven(sql, options)
  const { openForQuery } = await import('../open-database.ts')
  const { reportFindings } = await import('../findings.ts')
  const opened = await openForQuery(file)
  try {
    if (text === undefined && process.stdin.isTTY) {
      const { runPrompt } = await import('../sql/prompt.ts')
      await runPrompt(opened, options)
    } else {
      const { runScript } = await import('../sql/script.ts')
      await runScript(opened.database, text ?? readFileSync(0, 'utf8'), options)
    }
    await reportFindings(opened.database)
  } finally {
    await opened.close()
  }
}

function statementsGiven(sql: string | undefined, options: SqlOptions): string | undefined {
  if (options.file === undefined) return sql
  if (sql !== undefined) {
    throw new TraceError('ERR_USAGE', 'SQL is given twice: as an argument and with -f', {
      hint: 'leave one of them out',
    })
  }
  try {
    return readFileSync(options.file === '-' ? 0 : options.file, 'utf8')
  } catch (error) {
    throw new TraceError('ERR_USAGE', `cannot read ${options.file}: ${(error as Error).message}`, {
      hint: 'check the path given with -f',
      cause: error,
    })
  }
}
