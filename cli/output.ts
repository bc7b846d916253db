/** The options every command that prints rows has, and what they lead to. */
import { type Command, Option } from 'commander'
import { TraceError } from '../parser/error.ts'
import type { Render } from '../queries/index.ts'
import type { ResultRows } from '../report/rows.ts'
import { type Destination, fileDestination, stdoutDestination } from './destination.ts'

/** Formats that any rows can be written in. */
export const TEXT_FORMATS = ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown'] as const
/** Formats with types, for rows that come from SQL. */
export const BINARY_FORMATS = ['arrow', 'parquet'] as const

/** A text format's name. */
export type TextFormat = (typeof TEXT_FORMATS)[number]
/** Any format's name. */
export type Format = TextFormat | (typeof BINARY_FORMATS)[number]

/** What commander hands over for the options of `addOutputOptions`. */
export interface OutputOptions {
  readonly format?: Format
  readonly output?: string
  readonly force?: boolean
  readonly maxRows?: number
  readonly types?: boolean
}

/** Rows that a table shows unless told otherwise, as DuckDB's shell does. */
export const DEFAULT_MAX_ROWS = 40

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  md: 'markdown',
  arrow: 'arrow',
  arrows: 'arrow',
  parquet: 'parquet',
}

/** Adds `--format`, `-o`, `--force` and the options of tables. */
export function addOutputOptions(command: Command, formats: readonly Format[]): Command {
  return command
    .addOption(
      new Option(
        '--format <format>',
        'how rows are written (default: table on a terminal, else csv)',
      ).choices(formats),
    )
    .option(
      '-o, --output <file>',
      'write to a file, - for stdout; its extension decides the format',
    )
    .option('--force', 'overwrite an existing file')
    .addOption(
      new Option('--max-rows <n>', 'rows a table shows, first and last halves; 0 shows all')
        .argParser(parseMaxRows)
        .default(DEFAULT_MAX_ROWS),
    )
    .option('--types', 'show column types in a table')
}

function parseMaxRows(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new TraceError('ERR_USAGE', `--max-rows ${text}: not a whole number`, {
    hint: 'for example --max-rows 100',
  })
}

/** The format asked for, else the file extension's, else table on a terminal and csv in a pipe. */
export function chooseFormat(options: OutputOptions): Format {
  if (options.format) return options.format
  const file = outputFile(options)
  if (file === undefined) return process.stdout.isTTY ? 'table' : 'csv'
  const extension = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''
  return EXTENSIONS[extension] ?? 'csv'
}

/** The file named by `-o`, undefined for stdout. */
export function outputFile(options: OutputOptions): string | undefined {
  return options.output === undefined || options.output === '-' ? undefined : options.output
}

/** Opens what `-o` names. Throws `ERR_OUTPUT_EXISTS`, `ERR_SINK_WRITE`. */
export function openDestination(options: OutputOptions): Destination {
  const file = outputFile(options)
  return file === undefined ? stdoutDestination() : fileDestination(file, options.force === true)
}

/** Writes rows in a text format; a table in the ways of `renders` when there are some. */
export async function writeRows(
  rows: ResultRows,
  format: TextFormat,
  destination: Destination,
  options: OutputOptions,
  renders: readonly Render[] = [],
): Promise<void> {
  switch (format) {
    case 'table': {
      const terminal = outputFile(options) === undefined && process.stdout.isTTY
      const tableOptions = {
        width: terminal ? terminalWidth() : undefined,
        maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
        types: options.types === true,
        color: terminal && useColor(),
      }
      const { isTable, writeDrawings } = await import('../report/drawing.ts')
      if (!isTable(renders)) return writeDrawings(rows, renders, destination, tableOptions)
      const { writeTable } = await import('../report/table.ts')
      return writeTable(rows, destination, tableOptions)
    }
    case 'csv':
    case 'tsv': {
      const { writeCsv } = await import('../report/csv.ts')
      return writeCsv(rows, destination, format === 'csv' ? ',' : '\t')
    }
    case 'json':
    case 'ndjson': {
      const { writeJson, writeNdjson } = await import('../report/json.ts')
      return format === 'json' ? writeJson(rows, destination) : writeNdjson(rows, destination)
    }
    case 'markdown': {
      const { writeMarkdown } = await import('../report/markdown.ts')
      return writeMarkdown(rows, destination)
    }
  }
}

/** Opens the destination, writes rows in the format asked for, and finishes. */
export async function outputRows(
  rows: ResultRows,
  options: OutputOptions,
  renders: readonly Render[] = [],
): Promise<void> {
  const destination = openDestination(options)
  try {
    await writeRows(rows, chooseFormat(options) as TextFormat, destination, options, renders)
    await destination.finish()
  } finally {
    destination.discard()
  }
}

/** Writes a text to where rows would go. */
export async function outputText(text: string, options: OutputOptions): Promise<void> {
  const destination = openDestination(options)
  try {
    await destination.write(text)
    await destination.finish()
  } finally {
    destination.discard()
  }
}

/** Colour is for terminals whose user has not set `NO_COLOR`. */
export function useColor(): boolean {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}

function terminalWidth(): number | undefined {
  const columns = process.stdout.columns
  return columns > 0 ? columns : undefined
}
