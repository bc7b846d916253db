/** A GitHub-flavoured Markdown table. */
import { type ResultRows, TextBuffer, type TextSink } from './rows.ts'

/** Writes a Markdown table; pipes and line ends inside values are escaped, NULL is empty. */
export async function writeMarkdown(rows: ResultRows, sink: TextSink): Promise<void> {
  const buffer = new TextBuffer(sink)
  buffer.add(line(rows.columns.map((column) => cell(column.name))))
  buffer.add(line(rows.columns.map((column) => (column.align === 'right' ? '---:' : '---'))))
  for await (const chunk of rows.chunks) {
    for (let row = 0; row < chunk.rowCount; row++) {
      buffer.add(
        line(
          rows.columns.map((column, i) => {
            const value = chunk.columns[i]![row]
            return value === null || value === undefined ? '' : cell(column.text(value))
          }),
        ),
      )
      if (buffer.full) await buffer.flush()
    }
  }
  await buffer.flush()
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/\r\n|\r|\n/g, '<br>')
}
