/**
 * The box table of a terminal, as DuckDB's shell draws it: first and last rows of a long result,
 * columns cut to the width there is, a line that says how many rows there were.
 */

import { displayWidth, padDisplay, printable } from './display-width.ts'
import type { ResultColumn, ResultRows, TextSink } from './rows.ts'
import { fitColumns } from './table-fit.ts'

/** How a table is drawn. */
export interface TableOptions {
  /** Columns of the terminal; undefined draws every column in full. */
  readonly width?: number | undefined
  /** Most rows shown; the first and the last half of them. 0 shows (and holds) all. */
  readonly maxRows: number
  /** Adds a line of column types under the names. */
  readonly types: boolean
  /** Dims what is not data. */
  readonly color: boolean
}

const NULL = 'NULL'
const ROW_GAP = '·'
const COLUMN_GAP = '…'

/** Draws the result as a box; holds at most `maxRows` rows. */
export async function writeTable(
  rows: ResultRows,
  sink: TextSink,
  options: TableOptions,
): Promise<void> {
  const { head, tail, total } = await gatherRows(rows, options.maxRows)
  const cut = total > head.length + tail.length
  const body = [...head, ...(cut ? gapRows(rows.columns.length) : []), ...tail]
  const grid = layOut(rows.columns, body, options)
  const footer = footerText(
    total,
    cut ? head.length + tail.length : total,
    rows.columns.length,
    grid.shown,
  )
  await sink.write(draw(grid, footer, options.color))
}

type Cells = (string | null)[]

interface Gathered {
  readonly head: Cells[]
  readonly tail: Cells[]
  readonly total: number
}

async function gatherRows(rows: ResultRows, maxRows: number): Promise<Gathered> {
  const limit = maxRows === 0 ? Number.MAX_SAFE_INTEGER : Math.ceil(maxRows / 2)
  const head: Cells[] = []
  let tail: Cells[] = []
  let total = 0
  for await (const chunk of rows.chunks) {
    const cells = (row: number): Cells =>
      rows.columns.map((column, i) => {
        const value = chunk.columns[i]![row]
        return value === null || value === undefined ? null : printable(column.text(value))
      })
    let row = 0
    for (; row < chunk.rowCount && head.length < limit; row++) head.push(cells(row))
    const keep = Math.max(row, chunk.rowCount - limit)
    for (row = keep; row < chunk.rowCount; row++) tail.push(cells(row))
    if (tail.length > limit) tail = tail.slice(tail.length - limit)
    total += chunk.rowCount
  }
  return {
    head,
    tail: tail.slice(Math.max(0, head.length + tail.length - shownRows(maxRows))),
    total,
  }
}

function shownRows(maxRows: number): number {
  return maxRows === 0 ? Number.MAX_SAFE_INTEGER : maxRows
}

function gapRows(columns: number): Cells[] {
  return Array.from({ length: 3 }, () => new Array<string>(columns).fill(ROW_GAP))
}

interface Grid {
  readonly names: string[]
  readonly types: string[] | undefined
  readonly body: Cells[]
  readonly widths: number[]
  readonly right: boolean[]
  /** How many of the result's columns are in the grid. */
  readonly shown: number
}

function layOut(columns: readonly ResultColumn[], body: Cells[], options: TableOptions): Grid {
  const names = columns.map((column) => printable(column.name))
  const types = columns.map((column) => column.type.toLowerCase())
  const natural = columns.map((_, i) => {
    let width = Math.max(1, displayWidth(names[i]!), options.types ? displayWidth(types[i]!) : 0)
    for (const row of body) width = Math.max(width, displayWidth(row[i] ?? NULL))
    return width
  })
  const fit = fitColumns(natural, options.width)
  const pick = <T>(values: readonly T[], gap: T): T[] =>
    fit.columns.map((column) => (column === undefined ? gap : values[column]!))
  return {
    names: pick(names, COLUMN_GAP),
    types: options.types ? pick(types, '') : undefined,
    body: body.map((row) => pick(row, COLUMN_GAP)),
    widths: fit.widths,
    right: pick(
      columns.map((column) => column.align === 'right'),
      false,
    ),
    shown: fit.columns.filter((column) => column !== undefined).length,
  }
}

function footerText(
  total: number,
  shownRowCount: number,
  columns: number,
  shownColumns: number,
): string {
  const rows = `${total} ${total === 1 ? 'row' : 'rows'}`
  const partRows = shownRowCount < total ? ` (${shownRowCount} shown)` : ''
  if (shownColumns === columns) return rows + partRows
  return `${rows}${partRows}, ${columns} columns (${shownColumns} shown)`
}

function draw(grid: Grid, footer: string, color: boolean): string {
  const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[22m` : text)
  const rule = (left: string, middle: string, right: string) =>
    `${dim(left + grid.widths.map((width) => '─'.repeat(width + 2)).join(middle) + right)}\n`
  const line = (cells: readonly string[]) => `${dim('│')}${cells.join(dim('│'))}${dim('│')}\n`
  const pad = (text: string, i: number) => ` ${padDisplay(text, grid.widths[i]!, grid.right[i]!)} `

  let out = rule('┌', '┬', '┐') + line(grid.names.map(pad))
  if (grid.types) out += line(grid.types.map((text, i) => dim(pad(text, i))))
  out += rule('├', '┼', '┤')
  for (const row of grid.body) {
    out += line(row.map((text, i) => (text === null ? dim(pad(NULL, i)) : pad(text, i))))
  }
  return `${out}${rule('└', '┴', '┘')}${dim(footer)}\n`
}
