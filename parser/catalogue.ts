/** Everything that can be queried of one or several traces, as relations. */
import type { BatchReader, Column, ColumnBatch, Relation } from './batch/column-batch.ts'
import { EVENTS_TABLE, mergeLayouts, type TableLayout } from './batch/event-table.ts'
import { sqlName } from './batch/schema.ts'
import type { EventFormat } from './event/types.ts'
import { createEventTest, type EventFilter } from './read.ts'
import { FILE_CATALOGUE, IMPORT_CATALOGUE } from './sink/duckdb/catalogues.ts'
import type { LazyObject } from './sink/duckdb/relations.ts'
import type { TableRequest, Trace } from './trace.ts'

/** How one trace fills an event table. */
export interface TablePart {
  readonly trace: Trace
  readonly layout: TableLayout
  readonly ids: readonly number[]
  /** Records of these events, as far as the index counted. */
  readonly records: number
}

/** An event's table, filled by one or several traces. */
export interface EventTable {
  readonly system: string
  readonly event: string
  readonly layout: TableLayout
  readonly parts: readonly TablePart[]
}

/**
 * The event tables of some traces: every event that occurs, and the silent ones that were enabled or,
 * where no file says which were, those of systems that occur (syscalls excepted), so that a query for
 * what did not happen gives no rows and no error.
 */
export function eventTables(traces: readonly Trace[], filter: EventFilter = {}): EventTable[] {
  const matches = createEventTest(filter.events)
  const named = new Map<string, { trace: Trace; formats: EventFormat[] }[]>()
  const present = new Map(traces.map((trace) => [trace, trace.index().idsPresent()]))
  const enabled = enabledEvents(traces)
  const systems = new Set<string>()
  for (const trace of traces)
    for (const { id, system } of trace.formats) if (present.get(trace)!.has(id)) systems.add(system)
  const occurs = new Set<string>()
  for (const trace of traces) {
    for (const format of trace.formats) {
      if (!matches(format)) continue
      const key = `${format.system}:${format.name}`
      if (present.get(trace)!.has(format.id)) occurs.add(key)
      const parts = named.get(key) ?? []
      named.set(key, parts)
      const part = parts.find((p) => p.trace === trace)
      if (part) part.formats.push(format)
      else parts.push({ trace, formats: [format] })
    }
  }
  const taken = new Set<string>()
  const tables: EventTable[] = []
  for (const [key, users] of named) {
    const [first] = users[0]!.formats
    const { system } = first!
    const wanted = enabled && system !== 'ftrace' ? enabled.has(key) : systems.has(system)
    if (!occurs.has(key) && (!wanted || system === 'syscalls')) continue
    tables.push(makeTable(users, taken))
  }
  return tables
}

/** Events that were enabled, where all files say so; the kernel's own records need no enabling. */
function enabledEvents(traces: readonly Trace[]): Set<string> | undefined {
  if (traces.some(({ file }) => file.own.enabled.length === 0)) return undefined
  return new Set(
    traces.flatMap(({ file }) =>
      file.own.enabled.flatMap(({ system, names }) => names.map((name) => `${system}:${name}`)),
    ),
  )
}

function makeTable(
  users: readonly { trace: Trace; formats: EventFormat[] }[],
  taken: Set<string>,
): EventTable {
  const parts = users.flatMap(({ trace, formats }) =>
    formats.map((format) => ({ trace, format, layout: trace.layout(format) })),
  )
  const merged = mergeLayouts(parts.map(({ layout }) => layout))
  const schema = schemaName(merged[0]!.table.schema)
  const name = sqlName(merged[0]!.table.name)
  const table = { schema, name: uniqueName(schema, name, taken), columns: merged[0]!.table.columns }
  const layouts = merged.map(({ sources }) => ({ table, sources }))
  return {
    system: schema,
    event: name,
    layout: layouts[0]!,
    parts: parts.map(({ trace, format }, i) => ({
      trace,
      layout: layouts[i]!,
      ids: [format.id],
      records: trace.sources.reduce(
        (sum, { source }) => sum + trace.index().countOf(source, format.id),
        0,
      ),
    })),
  }
}

/** Makes macros and views for the tables of a recording: their columns by `system.event`. */
export type ObjectsOf = (tables: ReadonlyMap<string, readonly Column[]>) => readonly LazyObject[]

/** The columns of event tables by `system.event`. */
export function columnsByTable(tables: readonly EventTable[]): Map<string, readonly Column[]> {
  return new Map(
    tables.map(({ layout: { table } }) => [`${table.schema}.${table.name}`, table.columns]),
  )
}

/** Schemas and catalogues that mean something to DuckDB or to us. */
const TAKEN_SCHEMAS: ReadonlySet<string> = new Set([
  ...['main', 'meta', 'information_schema', 'pg_catalog', 'temp', 'system', 'memory'],
  ...[IMPORT_CATALOGUE, FILE_CATALOGUE],
])

/**
 * The schema for the events of a system. No kernel has a dot in it, which would make `system.event`
 * ambiguous; a name that is taken gets a trailing `_`.
 */
function schemaName(system: string): string {
  const name = sqlName(system).replaceAll('.', '_')
  return TAKEN_SCHEMAS.has(name.toLowerCase()) ? `${name}_` : name
}

/** SQL names ignore case, event names do not: a second one gets a trailing `_`. */
function uniqueName(schema: string, name: string, taken: Set<string>): string {
  let unique = name
  while (taken.has(`${schema}.${unique}`.toLowerCase())) unique += '_'
  taken.add(`${schema}.${unique}`.toLowerCase())
  return unique
}

/** An event table as a relation that decodes what a scan asks for. */
export function eventRelation(table: EventTable, filter: EventFilter = {}): Relation {
  const { schema, name, columns } = table.layout.table
  return {
    schema,
    name,
    columns,
    estimatedRows: table.parts.reduce((sum, { records }) => sum + records, 0),
    scan: (projection) =>
      scanParts(table.parts.map((part) => () => readParts([part], projection, filter))),
  }
}

/** All events with short names, read in one pass per trace. */
export function eventsRelation(
  traces: readonly Trace[],
  tables: readonly EventTable[],
  filter: EventFilter = {},
): Relation {
  const idsOf = (trace: Trace): number[] =>
    tables.flatMap(({ parts }) =>
      parts.filter((part) => part.trace === trace).flatMap(({ ids }) => ids),
    )
  return {
    ...EVENTS_TABLE,
    estimatedRows: tables.reduce(
      (sum, { parts }) => sum + parts.reduce((s, { records }) => s + records, 0),
      0,
    ),
    scan: (projection) =>
      scanParts(
        traces.map((trace) => () => {
          const request: TableRequest = {
            layout: trace.eventsLayout(),
            ids: idsOf(trace),
            projection,
          }
          return trace.read([request], filter)
        }),
      ),
  }
}

function readParts(
  parts: readonly TablePart[],
  projection: readonly number[],
  filter: EventFilter,
): BatchReader {
  const requests = parts.map(({ layout, ids }): TableRequest => ({ layout, ids, projection }))
  return parts[0]!.trace.read(requests, filter)
}

/** Reads several readers one after the other, each opened when its turn comes. */
export function scanParts(openers: readonly (() => BatchReader)[]): BatchReader {
  let next = 0
  let reader: BatchReader | undefined
  return {
    next(): ColumnBatch | null {
      for (;;) {
        const batch = reader?.next()
        if (batch) return batch
        reader?.close()
        if (next >= openers.length) return null
        reader = openers[next++]!()
      }
    },
    close(): void {
      reader?.close()
      next = openers.length
    },
  }
}
