/** Everything that a trace's batches say, as lines to compare. */
import { createHash, type Hash } from 'node:crypto'
import type { ColumnBatch } from '../../parser/batch/column-batch.ts'
import { type EventFilter, readBatches, type Trace } from '../../parser/index.ts'

/** A line a table: its name, rows, and a digest of their values in order; then what was reported. */
export async function digestTrace(trace: Trace, filter: EventFilter = {}): Promise<string[]> {
  const tables = new Map<string, { hash: Hash; rows: number }>()
  for await (const batch of readBatches(trace, filter)) {
    const name = `${batch.table.schema}.${batch.table.name}`
    const table = tables.get(name) ?? { hash: createHash('md5'), rows: 0 }
    tables.set(name, table)
    table.rows += batch.rows
    batch.columns.forEach((_, column) => {
      table.hash.update(bytesOf(batch, column))
    })
  }
  const lines = [...tables].map(([name, { hash, rows }]) => `${name} ${rows} ${hash.digest('hex')}`)
  const index = trace.index()
  const facts = [index.cpus, [...index.gaps()], [...index.tasks()], [...index.stackOwners].sort()]
  const text = JSON.stringify(facts, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const reported = trace.diagnostics.list().map((one) => JSON.stringify(one))
  return [...lines.sort(), text, ...reported]
}

function bytesOf({ columns, rows, pool, table, projection }: ColumnBatch, column: number): Buffer {
  const { values, validity, offsets } = columns[column]!
  const { type } = table.columns[projection[column]!]!
  const parts: Uint8Array[] = []
  const isNull = (row: number): boolean =>
    validity !== null && (validity[row >>> 3]! & (1 << (row & 7))) === 0
  for (let row = 0; row < rows; row++) {
    const [from, to] = offsets ? [offsets[row]!, offsets[row + 1]!] : [row, row + 1]
    parts.push(Uint8Array.of(isNull(row) ? 0 : 1, to - from))
    if (type === 'VARCHAR' || type === 'BLOB') {
      const id = Number(values[row]!)
      parts.push(
        isNull(row) ? new Uint8Array(0) : pool.bytes.slice(pool.start[id], pool.start[id + 1]),
      )
    } else {
      const size = values.BYTES_PER_ELEMENT
      parts.push(new Uint8Array(values.buffer, values.byteOffset + from * size, (to - from) * size))
    }
  }
  return Buffer.concat(parts)
}
