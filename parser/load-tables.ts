/** Writes everything that traces hold into a sink: their events, and what they say of themselves. */
import type { ColumnBatch, TableSchema, TableSink } from './batch/column-batch.ts'
import type { EventTable } from './catalogue.ts'
import { metaRelations } from './meta.ts'
import type { EventFilter } from './read.ts'
import type { TableRequest, Trace } from './trace.ts'

/** How far it is. */
export interface LoadProgress {
  readonly events: number
  /** Events in the files, selected or not. */
  readonly totalEvents: number
}

/** What one CPU of a source lost: events in gaps of known length, and gaps of unknown length. */
export interface CpuLoss {
  readonly source: number
  readonly cpu: number
  readonly events: number
  readonly unknown: number
}

/**
 * Writes the rows that `traces` have for `tables`, in time order, and then the `meta` tables; returns
 * how many events those were. The sink is left open.
 */
export async function loadTables(
  traces: readonly Trace[],
  tables: readonly EventTable[],
  sink: TableSink,
  options: EventFilter & { readonly onProgress?: ((progress: LoadProgress) => void) | undefined },
): Promise<number> {
  const totalEvents = traces.reduce(
    (sum, trace) => sum + trace.index().cpus.reduce((n, cpu) => n + cpu.events, 0),
    0,
  )
  const counts = new RowCounts(traces)
  let events = 0
  for (const trace of traces) {
    const reader = trace.read(requestsOf(trace, tables), options)
    for (let batch = reader.next(); batch; batch = reader.next()) {
      counts.add(batch)
      events += batch.rows
      await sink.write(batch)
      options.onProgress?.({ events, totalEvents })
    }
  }
  sink.settle?.()
  await sink.declare(tables.map(({ layout }) => layout.table))
  const rowsOf = (trace: Trace, source: number, id: number): number => {
    const table = tables.find((t) =>
      t.parts.some((part) => part.trace === trace && part.ids.includes(id)),
    )
    return table ? counts.of(table.layout.table, source) : 0
  }
  for (const relation of metaRelations(traces, rowsOf)) await sink.insertRelation(relation)
  return events
}

/** What was lost, by source and CPU. */
export function lossesOf(traces: readonly Trace[]): CpuLoss[] {
  return traces.flatMap((trace) =>
    trace
      .index()
      .cpus.filter((cpu) => cpu.lostEvents > 0 || cpu.lostUnknown > 0)
      .map(({ source, cpu, lostEvents, lostUnknown }) => ({
        source,
        cpu,
        events: lostEvents,
        unknown: lostUnknown,
      })),
  )
}

function requestsOf(trace: Trace, tables: readonly EventTable[]): TableRequest[] {
  return tables.flatMap(({ parts }) =>
    parts
      .filter((part) => part.trace === trace)
      .map(({ layout, ids }) => ({
        layout,
        ids,
        projection: layout.table.columns.map((_, i) => i),
      })),
  )
}

/** Rows written, by table and source. */
class RowCounts {
  readonly #counts = new Map<string, Float64Array>()
  readonly #sources: number

  constructor(traces: readonly Trace[]) {
    const numbers = traces.flatMap((trace) => trace.sources.map(({ source }) => source))
    this.#sources = Math.max(-1, ...numbers) + 1
  }

  add({ table, columns, rows }: ColumnBatch): void {
    const key = `${table.schema}:${table.name}`
    let counts = this.#counts.get(key)
    if (!counts) {
      counts = new Float64Array(this.#sources)
      this.#counts.set(key, counts)
    }
    if (this.#sources === 1) {
      counts[0]! += rows
      return
    }
    // Column 6 of every event table is common_source.
    const sources = columns[6]!.values as Uint16Array
    for (let i = 0; i < rows; i++) counts[sources[i]!]!++
  }

  of({ schema, name }: TableSchema, source: number): number {
    return this.#counts.get(`${schema}:${name}`)?.[source] ?? 0
  }
}
