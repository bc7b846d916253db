import type { ResultColumn, ResultRows } from '../../report/rows.ts'

/** Text column whose values are written as they are. */
export function textColumn(name: string, align: 'left' | 'right' = 'left'): ResultColumn {
  return { name, type: 'VARCHAR', align, text: String, json: (value) => JSON.stringify(value) }
}

/** Rows in chunks of the given sizes; `columns` are cut to them in turn. */
export function chunked(
  columns: readonly ResultColumn[],
  values: readonly unknown[][],
  chunk: number,
): ResultRows {
  async function* chunks(): ResultRows['chunks'] {
    const rows = values[0]?.length ?? 0
    for (let start = 0; start < rows; start += chunk) {
      const part = values.map((column) => column.slice(start, start + chunk))
      yield { rowCount: part[0]!.length, columns: part }
    }
  }
  return { columns, chunks: chunks() }
}

/** Collects what a renderer writes. */
export async function render(
  write: (sink: { write(text: string): Promise<void> }) => Promise<void>,
): Promise<string> {
  let text = ''
  await write({
    async write(more) {
      text += more
    },
  })
  return text
}
