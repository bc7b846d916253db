/** `event_text`: the text of every event as a relation, made as a query asks for it. */
import {
  BATCH_ROWS,
  type BatchReader,
  type ColumnBatch,
  type Relation,
  type TableSchema,
} from './batch/column-batch.ts'
import { ColumnBuilder } from './batch/column-builder.ts'
import { StringPool } from './batch/string-pool.ts'
import { type EventTable, scanParts } from './catalogue.ts'
import { EventTextReader } from './event-text.ts'
import type { EventFilter } from './read.ts'
import type { Trace } from './trace.ts'

const TABLE: TableSchema = {
  schema: 'main',
  name: 'event_text',
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'cpu', type: 'USMALLINT' },
    { name: 'pid', type: 'INTEGER' },
    { name: 'system', type: 'VARCHAR' },
    { name: 'event', type: 'VARCHAR' },
    { name: 'source', type: 'USMALLINT' },
    { name: 'text', type: 'VARCHAR' },
  ],
}
const [TS, CPU, PID, SYSTEM, EVENT, SOURCE, TEXT] = [0, 1, 2, 3, 4, 5, 6]
/** Bytes of text after which a batch is handed on though it is not full. */
const MAX_BATCH_TEXT = 1 << 20

/** The relation over the events of traces; records without a format are not in it. */
export function eventTextRelation(
  traces: readonly Trace[],
  tables: readonly EventTable[],
  filter: EventFilter = {},
): Relation {
  return {
    ...TABLE,
    estimatedRows: tables.reduce(
      (sum, { parts }) => sum + parts.reduce((s, { records }) => s + records, 0),
      0,
    ),
    scan: (projection) =>
      scanParts(traces.map((trace) => () => new TextBatches(trace, projection, filter))),
  }
}

class TextBatches implements BatchReader {
  readonly #trace: Trace
  readonly #projection: readonly number[]
  readonly #reader: EventTextReader
  readonly #builders: ColumnBuilder[]
  readonly #pool = new StringPool()
  /** Pool ids of systems and events, by event id; void after a reset. */
  readonly #systems = new Map<number, number>()
  readonly #events = new Map<number, number>()
  readonly #wantsText: boolean

  constructor(trace: Trace, projection: readonly number[], filter: EventFilter) {
    this.#trace = trace
    this.#projection = projection
    this.#wantsText = projection.includes(TEXT)
    this.#reader = new EventTextReader(trace, filter)
    this.#builders = projection.map((i) => new ColumnBuilder(TABLE.columns[i]!.type, BATCH_ROWS))
  }

  next(): ColumnBatch | null {
    this.#pool.reset()
    this.#systems.clear()
    this.#events.clear()
    for (const builder of this.#builders) builder.reset()
    const reader = this.#reader
    let rows = 0
    let text = 0
    while (rows < BATCH_ROWS && text < MAX_BATCH_TEXT && reader.next()) {
      if (this.#trace.format(reader.id) === undefined) continue
      if (this.#wantsText) {
        reader.write()
        text += reader.sink.length
      }
      for (let k = 0; k < this.#builders.length; k++)
        this.#store(this.#builders[k]!, rows, this.#projection[k]!)
      rows++
    }
    if (rows === 0) return null
    return {
      table: TABLE,
      projection: this.#projection,
      rows,
      columns: this.#builders,
      pool: this.#pool,
    }
  }

  close(): void {}

  #store(builder: ColumnBuilder, row: number, column: number): void {
    const reader = this.#reader
    switch (column) {
      case TS:
        builder.u32[2 * row] = reader.low
        builder.u32[2 * row + 1] = reader.high
        break
      case CPU:
        builder.u16[row] = reader.cpu
        break
      case PID:
        builder.u32[row] = reader.pid
        break
      case SYSTEM:
        builder.u32[row] = this.#name(this.#systems, (format) => format.system)
        break
      case EVENT:
        builder.u32[row] = this.#name(this.#events, (format) => format.name)
        break
      case SOURCE:
        builder.u16[row] = reader.source
        break
      default:
        builder.u32[row] = this.#pool.internText(reader.sink.bytes, 0, reader.sink.length)
    }
  }

  #name(
    known: Map<number, number>,
    of: (format: { system: string; name: string }) => string,
  ): number {
    const { id } = this.#reader
    let name = known.get(id)
    if (name === undefined) {
      const bytes = Buffer.from(of(this.#trace.format(id)!))
      name = this.#pool.intern(bytes, 0, bytes.length)
      known.set(id, name)
    }
    return name
  }
}
