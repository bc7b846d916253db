/** RFC 4180 text as DuckDB's shell writes it: `\n` line ends, NULL empty, an empty string quoted. */
import { type ResultChunk, type ResultRows, TextBuffer, type TextSink } from './rows.ts'

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
  // Numbers have nothing to quote.
  const writers = rows.columns.map(({ align, text }) =>
    align === 'right' ? text : (value: unknown) => field(text(value)),
  )
  const buffer = new TextBuffer(sink)
  buffer.add(`${rows.columns.map((column) => field(column.name)).join(separator)}\n`)
  for await (const chunk of rows.chunks) {
    for (const line of linesOf(chunk, writers, separator)) {
      buffer.add(line)
      if (buffer.full) await buffer.flush()
    }
  }
  await buffer.flush()
}

/** The rows' lines, put together column by column: one kind of value at a time is faster. */
function linesOf(
  chunk: ResultChunk,
  writers: readonly ((value: unknown) => string)[],
  separator: Separator,
): string[] {
  const lines: string[] = new Array(chunk.rowCount).fill('')
  for (const [i, write] of writers.entries()) {
    const values = chunk.columns[i]!
    const after = i === writers.length - 1 ? '\n' : separator
    for (let row = 0; row < lines.length; row++) {
      const value = values[row]
      lines[row] += value === null || value === undefined ? after : write(value) + after
    }
  }
  return lines
}
