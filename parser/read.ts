/** Ways to go through a trace's events: batches for bulk work, objects for small jobs and tests. */
import type { BatchReader, ColumnBatch } from './batch/column-batch.ts'
import { columnValue } from './batch/column-value.ts'
import type { EventFormat } from './event/types.ts'
import { ID, OFFSET, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import type { Selection } from './streams.ts'
import type { TableRequest, Trace } from './trace.ts'

/** A selection of records and events. */
export interface EventFilter extends Selection {
  /** `system:event` or `system`, with `*` and `?`; all events when undefined. */
  readonly events?: readonly string[] | undefined
}

/** One record as the ring buffer holds it; `payload` is lent until the next one is asked for. */
export interface RawRecord {
  readonly source: number
  /** Buffer instance name, '' = top. */
  readonly buffer: string
  readonly cpu: number
  readonly ts: bigint
  readonly id: number
  readonly pid: number
  readonly size: number
  /** Events lost just before it: 0 none, -1 some, number unknown. */
  readonly missed: number
  readonly payload: Uint8Array
  readonly format: EventFormat | undefined
}

/** One event with its fields as JavaScript values (64-bit integers as bigint). */
export interface TraceEvent {
  readonly ts: bigint
  readonly cpu: number
  readonly pid: number
  readonly comm: string
  readonly flags: number
  readonly preemptCount: number
  readonly source: number
  readonly system: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Turns event patterns into a test; throws nothing, an unmatched pattern matches nothing. */
export function createEventTest(
  patterns: readonly string[] | undefined,
): (format: EventFormat) => boolean {
  if (!patterns) return () => true
  const tests = patterns.map((pattern) => {
    const [system, name] = pattern.includes(':') ? pattern.split(':', 2) : [undefined, pattern]
    const test = (glob: string): ((text: string) => boolean) => {
      const source = glob
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')
      const regex = new RegExp(`^${source}$`)
      return (text) => regex.test(text)
    }
    const matchesName = test(name!)
    if (system === undefined)
      return (format: EventFormat) => matchesName(format.system) || matchesName(format.name)
    const matchesSystem = test(system)
    return (format: EventFormat) =>
      matchesSystem(format.system) && (name === '' || matchesName(format.name))
  })
  return (format) => tests.some((matches) => matches(format))
}

/** Requests for every table that has records, all columns. */
export function requestsFor(trace: Trace, filter: EventFilter): TableRequest[] {
  // Names first: they and the index come from one pass.
  trace.tasks()
  const matches = createEventTest(filter.events)
  const present = trace.index().idsPresent()
  const tables = new Map<string, { format: EventFormat; ids: number[] }>()
  for (const format of trace.formats) {
    if (!present.has(format.id) || !matches(format)) continue
    const key = `${format.system}:${format.name}`
    const table = tables.get(key)
    if (table) table.ids.push(format.id)
    else tables.set(key, { format, ids: [format.id] })
  }
  return [...tables.values()].map(({ format, ids }) => {
    const layout = trace.layout(format)
    return { layout, ids, projection: layout.table.columns.map((_, i) => i) }
  })
}

/**
 * Column batches of all matching events, at most 2048 rows each, rows of a table in time order.
 * A batch is lent: its arrays change when the next one is asked for.
 */
export async function* readBatches(
  trace: Trace,
  filter: EventFilter = {},
): AsyncGenerator<ColumnBatch, void, undefined> {
  const reader = trace.read(requestsFor(trace, filter), filter)
  try {
    for (let batch = reader.next(); batch; batch = reader.next()) yield batch
  } finally {
    reader.close()
  }
}

/**
 * Events one by one in time order, ties by CPU and then in file order, as objects: convenient, and
 * slow beside batches.
 */
export async function* readEvents(
  trace: Trace,
  filter: EventFilter = {},
): AsyncGenerator<TraceEvent, void, undefined> {
  const cursors = new Map<number, EventCursor>()
  for (const request of requestsFor(trace, filter)) {
    const cursor = new EventCursor(trace.read([request], filter))
    for (const id of request.ids) cursors.set(id, cursor)
  }
  // Rows of one table come in this order; records say which table is next.
  const { merged } = trace.mergedRecords([...cursors.keys()], filter)
  while (merged.next()) {
    const { block, from, to } = merged
    for (let i = from; i < to; i++) {
      const event = cursors.get(block.words[i * STRIDE + ID]!)?.take()
      if (event) yield event
    }
  }
}

/** Walks the rows of one table. */
class EventCursor {
  readonly #reader: BatchReader
  #batch: ColumnBatch | null = null
  #row = 0

  constructor(reader: BatchReader) {
    this.#reader = reader
  }

  /** The next row, undefined at the end. */
  take(): TraceEvent | undefined {
    if (!this.#batch || this.#row >= this.#batch.rows) {
      this.#batch = this.#reader.next()
      this.#row = 0
    }
    const batch = this.#batch
    if (!batch) return undefined
    const row = this.#row++
    const value = (column: number): unknown => columnValue(batch, column, row)
    const [ts, cpu, pid, comm, flags, preemptCount, source] = [0, 1, 2, 3, 4, 5, 6].map(value)
    const fields: Record<string, unknown> = {}
    batch.table.columns.slice(7).forEach(({ name }, i) => {
      fields[name] = value(i + 7)
    })
    const { schema: system, name: event } = batch.table
    const common = { ts, cpu, pid, comm, flags, preemptCount, source }
    return { ...common, system, event, fields } as TraceEvent
  }
}

/** Records as the ring buffers hold them, merged by time; unknown event ids included. */
export function* readRecords(
  trace: Trace,
  selection: Selection = {},
): Generator<RawRecord, void, undefined> {
  const { merged, view, bytes } = trace.mergedRecords(null, selection)
  const { pidOffset } = trace
  const names = new Map(trace.sources.map(({ source, buffer }) => [source, buffer.name]))
  while (merged.next()) {
    const { block, from, to } = merged
    const { source, cpu } = merged.streams[merged.stream]!.layout
    for (let i = from; i < to; i++) {
      const w = i * STRIDE
      const at = block.words[w + OFFSET]!
      const size = block.words[w + SIZE]!
      const id = block.words[w + ID]!
      yield {
        source,
        buffer: names.get(source) ?? '',
        cpu,
        ts: BigInt.asIntN(
          64,
          (BigInt(block.words[w + TS_HI]!) << 32n) | BigInt(block.words[w + TS_LO]!),
        ),
        id,
        pid: size >= pidOffset + 4 ? view.getInt32(at + pidOffset, trace.file.littleEndian) : -1,
        size,
        missed: block.missed.get(at) ?? 0,
        payload: bytes.subarray(at, at + size),
        format: trace.format(id),
      }
    }
  }
}
