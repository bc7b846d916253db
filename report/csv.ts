/** RFC 4180 text as DuckDB's shell writes it: `\n` line ends, NULL empty, an empty string quoted. */
import { type ResultColumn, type ResultRows, TextBuffer, type TextSink } from './rows.ts'

/** What separates fields: a comma for CSV, a tab for TSV. */
export type Separator = ',' | '\t'

const NEEDS_QUOTES: Readonly<Record<Separator, RegExp>> = { ',': /[",\r\n]/, '\t': /["\t\r\n]/ }

/** Writes a header line and one line per row; holds one piece of text in memory. */
export async function writeCsv(
  rows: ResultRows,
  sink: TextSink,
  separator: Separator,
): Promise<void> {
  const special = NEEDS_QUOTES[separator]
  const field = (text: string): string =>
    text === '' || special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  const buffer = new TextBuffer(sink)
  buffer.add(`${rows.columns.map((column) => field(column.name)).join(separator)}\n`)
  for await (const chunk of rows.chunks) {
    const cells = rows.columns.map((column, i) => cellText(column, chunk.columns[i]!, field))
    for (let row = 0; row < chunk.rowCount; row++) {
      let line = ''
      for (let i = 0; i < cells.length; i++) line += (i === 0 ? '' : separator) + cells[i]!(row)
      buffer.add(`${line}\n`)
      if (buffer.full) await buffer.flush()
    }
  }
  await buffer.flush()
}

function cellText(
  column: ResultColumn,
  values: readonly unknown[],
  field: (text: string) => string,
): (row: number) => string {
  return (row) => {
    const value = values[row]
    return value === null || value === undefined ? '' : field(column.text(value))
  }
}
