/** JSON text: an array of objects, or one object per line; streamed either way. */
import { type ResultRows, TextBuffer, type TextSink } from './rows.ts'

/** Writes `[{…},…]` with one object per line; an empty result is `[]`. */
export async function writeJson(rows: ResultRows, sink: TextSink): Promise<void> {
  await writeObjects(rows, sink, { open: '[', between: ',\n', close: ']\n' })
}

/** Writes one object per line; an empty result is empty. */
export async function writeNdjson(rows: ResultRows, sink: TextSink): Promise<void> {
  await writeObjects(rows, sink, { open: '', between: '\n', close: '', last: '\n' })
}

interface Frame {
  readonly open: string
  readonly between: string
  readonly close: string
  /** Written after the last object, when there was one. */
  readonly last?: string
}

async function writeObjects(rows: ResultRows, sink: TextSink, frame: Frame): Promise<void> {
  const keys = uniqueNames(rows.columns.map((column) => column.name)).map(
    (name) => `${JSON.stringify(name)}:`,
  )
  const buffer = new TextBuffer(sink)
  buffer.add(frame.open)
  let any = false
  for await (const chunk of rows.chunks) {
    for (let row = 0; row < chunk.rowCount; row++) {
      let object = any ? `${frame.between}{` : '{'
      any = true
      for (let i = 0; i < keys.length; i++) {
        const value = chunk.columns[i]![row]
        const json = value === null || value === undefined ? 'null' : rows.columns[i]!.json(value)
        object += (i === 0 ? '' : ',') + keys[i] + json
      }
      buffer.add(`${object}}`)
      if (buffer.full) await buffer.flush()
    }
  }
  buffer.add((any ? (frame.last ?? '') : '') + frame.close)
  await buffer.flush()
}

/** Names made unique as DuckDB does (`a`, `a_1`, …), since an object can have a key only once. */
export function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let n = 1; used.has(unique); n++) unique = `${name}_${n}`
    used.add(unique)
    return unique
  })
}
