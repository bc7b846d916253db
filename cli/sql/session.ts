/** What a prompt does with each line: gathers statements, runs them, obeys dot commands. */
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { stdoutDestination } from '../destination.ts'
import {
  chooseFormat,
  type OutputOptions,
  TEXT_FORMATS,
  type TextFormat,
  writeRows,
} from '../output.ts'
import { resultRows } from '../result.ts'
import { say } from '../safe-text.ts'
import { describeTables, listTables } from './catalog.ts'
import { executeStatement } from './execute.ts'
import { splitStatements } from './split.ts'

const HELP = `.help              this text
.mode FORMAT       how rows are written: ${TEXT_FORMATS.join(', ')}
.quit              leave; so does Ctrl-D
.schema [TABLE]    columns of a table, or of all that match a pattern
.tables [PATTERN]  tables and views, for example .tables kmem.*
.timer on|off      say how long each statement took
A statement ends with a semicolon and may take several lines.
`

/** State of one prompt. */
export class SqlSession {
  readonly #database: TraceDatabase
  readonly #options: OutputOptions
  readonly #out = stdoutDestination()
  #format: TextFormat
  #timer = false
  #pending = ''

  constructor(database: TraceDatabase, options: OutputOptions) {
    this.#database = database
    this.#options = options
    this.#format = textFormat(options)
  }

  /** True while a statement has begun and its semicolon has not come. */
  get inStatement(): boolean {
    return this.#pending !== ''
  }

  /** Forgets an unfinished statement. */
  clear(): void {
    this.#pending = ''
  }

  /** Takes a line; runs what it completes. Returns false when the user wants to leave. */
  async takeLine(line: string): Promise<boolean> {
    if (!this.inStatement && line.trimStart().startsWith('.')) return this.#dotCommand(line.trim())
    const { statements, rest } = splitStatements(`${this.#pending}${line}\n`)
    this.#pending = rest
    for (const statement of statements) {
      const start = performance.now()
      await executeStatement(this.#database, statement, (stream) =>
        writeRows(resultRows(stream), this.#format, this.#out, this.#options),
      )
      if (this.#timer) say(`${((performance.now() - start) / 1000).toFixed(3)} s\n`)
    }
    return true
  }

  async #dotCommand(line: string): Promise<boolean> {
    const [name = '', ...words] = line.split(/\s+/)
    const argument = words.join(' ') || undefined
    switch (name) {
      case '.quit':
      case '.exit':
        return false
      case '.help':
        await this.#out.write(HELP)
        return true
      case '.tables':
        await this.#writeLines(await listTables(this.#database, argument))
        return true
      case '.schema':
        await this.#writeLines(await describeTables(this.#database, argument))
        return true
      case '.mode':
        this.#format = parseMode(argument)
        return true
      case '.timer':
        this.#timer = parseSwitch(argument)
        return true
      default:
        throw new TraceError('ERR_USAGE', `${name}: no such command`, {
          hint: 'list the commands with .help',
        })
    }
  }

  async #writeLines(lines: readonly string[]): Promise<void> {
    await this.#out.write(lines.map((line) => `${line}\n`).join(''))
  }
}

function textFormat(options: OutputOptions): TextFormat {
  const format = chooseFormat(options)
  if (format !== 'arrow' && format !== 'parquet' && options.output === undefined) return format
  throw new TraceError('ERR_USAGE', 'a prompt writes text to the terminal', {
    hint: 'give the SQL on the command line to write a file',
  })
}

function parseMode(argument: string | undefined): TextFormat {
  const format = TEXT_FORMATS.find((name) => name === argument)
  if (format) return format
  throw new TraceError('ERR_USAGE', `.mode ${argument ?? ''}: no such format`, {
    hint: `one of ${TEXT_FORMATS.join(', ')}`,
  })
}

function parseSwitch(argument: string | undefined): boolean {
  if (argument === 'on' || argument === 'off') return argument === 'on'
  throw new TraceError('ERR_USAGE', '.timer takes on or off', { hint: 'for example .timer on' })
}
