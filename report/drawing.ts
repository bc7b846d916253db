/** Draws the answer of a report on a terminal as its head says. */
import { TraceError } from '../parser/error.ts'
import type { Render } from '../queries/index.ts'
import { printable } from './display-width.ts'
import { barLines, histogramLines } from './histogram.ts'
import type { ResultChunk, ResultColumn, ResultRows, TextSink } from './rows.ts'
import { sparkline } from './sparkline.ts'
import { type TableOptions, writeTable } from './table.ts'

/** Characters of a sparkline where the terminal does not say how wide it is. */
const SPARK_WIDTH = 60
/** Characters beside a sparkline for its range. */
const SPARK_FRAME = 24

/**
 * Draws rows in each of the ways named, one after the other. Drawings hold all rows in memory,
 * lines are streamed. Throws `ERR_QUERY_SYNTAX` when a drawing names a column that is not there.
 */
export async function writeDrawings(
  rows: ResultRows,
  renders: readonly Render[],
  sink: TextSink,
  options: TableOptions,
): Promise<void> {
  const columns = renders.map((render) => render.columns.map((name) => indexOf(rows, name)))
  const chunks = renders.length > 1 ? await gather(rows) : rows.chunks
  for (const [i, render] of renders.entries()) {
    if (i > 0) await sink.write('\n')
    const own = { columns: rows.columns, chunks: again(chunks) }
    if (render.kind === 'table') await writeTable(own, sink, options)
    else if (render.kind === 'lines') await writeLines(own, columns[i]![0]!, sink)
    else await sink.write(drawingOf(render, columns[i]!, await cellsOf(own), rows, options))
  }
}

/** True when the answer is drawn as a table and nothing else. */
export function isTable(renders: readonly Render[]): boolean {
  return renders.every(({ kind }) => kind === 'table')
}

async function gather(rows: ResultRows): Promise<ResultChunk[]> {
  const chunks: ResultChunk[] = []
  for await (const chunk of rows.chunks) chunks.push(chunk)
  return chunks
}

async function* again(
  chunks: AsyncIterable<ResultChunk> | readonly ResultChunk[],
): AsyncGenerator<ResultChunk> {
  yield* chunks
}

function indexOf(rows: ResultRows, name: string): number {
  const index = rows.columns.findIndex((column) => column.name === name)
  if (index >= 0) return index
  throw new TraceError(
    'ERR_QUERY_SYNTAX',
    `the answer is drawn by "${name}", which it does not have`,
    {
      hint: 'run it with --plain, and correct the render line of the report',
    },
  )
}

async function writeLines(rows: ResultRows, column: number, sink: TextSink): Promise<void> {
  const { text } = rows.columns[column]!
  for await (const chunk of rows.chunks) {
    const lines = chunk.columns[column]!.map(
      (value) => `${isNull(value) ? '' : printable(text(value))}\n`,
    )
    await sink.write(lines.join(''))
  }
}

/** Rows as values by column. */
type Cells = readonly (readonly unknown[])[]

async function cellsOf(rows: ResultRows): Promise<Cells> {
  const cells: unknown[][] = []
  for await (const chunk of rows.chunks)
    for (let row = 0; row < chunk.rowCount; row++)
      cells.push(chunk.columns.map((column) => column[row]))
  return cells
}

function drawingOf(
  render: Render,
  columns: readonly number[],
  cells: Cells,
  rows: ResultRows,
  options: TableOptions,
): string {
  const text = (row: readonly unknown[], column: number): string =>
    isNull(row[column]) ? 'NULL' : printable(rows.columns[column]!.text(row[column]))
  const number = (row: readonly unknown[], column: number): number =>
    isNull(row[column]) ? Number.NaN : Number(rows.columns[column]!.text(row[column]))
  const [first = 0, second = 0, third = 0] = columns
  const drawOne = (own: Cells): string[] => {
    switch (render.kind) {
      case 'histogram':
        return histogramLines(
          own.map((row) => ({
            low: text(row, first),
            high: text(row, second),
            count: number(row, third),
          })),
          render.unit ?? '',
        )
      case 'bars':
        return barLines(own.map((row) => ({ label: text(row, first), count: number(row, second) })))
      case 'sparkline': {
        const points = own.map((row) => ({ x: number(row, first), y: number(row, second) }))
        return [sparkline(points, sparkWidth(options))]
      }
      default:
        return own.flatMap((row) => stackLines(row, first, second, rows.columns))
    }
  }
  if (cells.length === 0) return 'no rows\n'
  if (render.by === undefined) return asText(drawOne(cells))
  const by = indexOf(rows, render.by)
  const groups = new Map<string, (readonly unknown[])[]>()
  for (const row of cells) {
    const value = text(row, by)
    const group = groups.get(value)
    if (group) group.push(row)
    else groups.set(value, [row])
  }
  return [...groups]
    .map(([value, own]) => `${render.by} = ${value}\n${asText(drawOne(own))}`)
    .join('\n')
}

function sparkWidth({ width }: TableOptions): number {
  return width === undefined ? SPARK_WIDTH : Math.max(8, width - SPARK_FRAME)
}

/** Frames, each on a line, then the count and what else there is. */
function stackLines(
  row: readonly unknown[],
  stack: number,
  count: number,
  columns: readonly ResultColumn[],
): string[] {
  const frames = framesOf(row[stack], columns[stack]!)
  const others = columns.flatMap(({ name, text }, i) =>
    i === stack || i === count || isNull(row[i]) ? [] : [`${name} ${printable(text(row[i]))}`],
  )
  const number = isNull(row[count]) ? 'NULL' : columns[count]!.text(row[count])
  return [...frames.map((frame) => `  ${frame}`), `    ${[number, ...others].join('  ')}`, '']
}

/** The elements of a list of texts; a text is split at line ends and semicolons. */
function framesOf(value: unknown, column: ResultColumn): string[] {
  if (isNull(value)) return ['<unknown>']
  const items = (value as { items?: readonly unknown[] }).items
  const frames = items?.map((item) => (isNull(item) ? '<unknown>' : String(item)))
  return (frames ?? column.text(value).split(/\n|;/)).map(printable)
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined
}
