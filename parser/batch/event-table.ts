/** An event's table: the common columns, the event's own, and the stacks recorded with it. */
import type { EventFormat } from '../event/types.ts'
import type { Column, TableSchema } from './column-batch.ts'
import { INTEGER_BYTES } from './column-builder.ts'
import type { ColumnSpec, ColumnType, IntegerType, ReadSpec } from './types.ts'

/** Where a column's values come from. */
export type ColumnSource =
  | {
      readonly from:
        | 'ts'
        | 'cpu'
        | 'source'
        | 'comm'
        | 'stack'
        | 'userStack'
        | 'system'
        | 'event'
        | 'call'
        | 'absent'
    }
  | { readonly from: 'record'; readonly read: ReadSpec }

/** How the records of one event id of one file fill a table. */
export interface TableLayout {
  readonly table: TableSchema
  /** One per column of `table`. */
  readonly sources: readonly ColumnSource[]
}

/** Where the common fields are; the mainline layout where a format does not say. */
export interface CommonFields {
  readonly pid: { readonly offset: number; readonly size: number }
  readonly flags: { readonly offset: number; readonly size: number }
  readonly preemptCount: { readonly offset: number; readonly size: number }
}

/** Finds the common fields of a format (kernel `include/linux/trace_events.h`, struct trace_entry). */
export function commonFieldsOf(format: EventFormat | undefined): CommonFields {
  const find = (name: string, offset: number, size: number): { offset: number; size: number } => {
    const field = format?.common.find((f) => f.name === name)
    return field && [1, 2, 4, 8].includes(field.size)
      ? { offset: field.offset, size: field.size }
      : { offset, size }
  }
  return {
    pid: find('common_pid', 4, 4),
    flags: find('common_flags', 2, 1),
    preemptCount: find('common_preempt_count', 3, 1),
  }
}

const COMMON: readonly Column[] = [
  { name: 'ts', type: 'BIGINT' },
  { name: 'common_cpu', type: 'USMALLINT' },
  { name: 'common_pid', type: 'INTEGER' },
  { name: 'common_comm', type: 'VARCHAR' },
  { name: 'common_flags', type: 'UTINYINT' },
  { name: 'common_preempt_count', type: 'UTINYINT' },
  { name: 'common_source', type: 'USMALLINT' },
]

function readCommon(field: { offset: number; size: number }, signed: boolean): ColumnSource {
  return { from: 'record', read: { op: 'int', offset: field.offset, size: field.size, signed } }
}

function commonSources(fields: CommonFields): ColumnSource[] {
  return [
    { from: 'ts' },
    { from: 'cpu' },
    readCommon(fields.pid, true),
    { from: 'comm' },
    readCommon(fields.flags, false),
    readCommon(fields.preemptCount, false),
    { from: 'source' },
  ]
}

/** The layout of an event's table; `specs` are the event's own columns. */
export function layoutOf(
  format: EventFormat,
  specs: readonly ColumnSpec[],
  stacks: { readonly kernel: boolean; readonly user: boolean },
): TableLayout {
  const columns: Column[] = [...COMMON, ...specs.map(({ name, type }) => ({ name, type }))]
  const sources: ColumnSource[] = [
    ...commonSources(commonFieldsOf(format)),
    ...specs.map(({ read }): ColumnSource => ({ from: 'record', read })),
  ]
  if (stacks.kernel) {
    columns.push({ name: 'common_stack', type: 'UBIGINT[]' })
    sources.push({ from: 'stack' })
  }
  if (stacks.user) {
    columns.push({ name: 'common_user_stack', type: 'UBIGINT[]' })
    sources.push({ from: 'userStack' })
  }
  return { table: { schema: format.system, name: format.name, columns }, sources }
}

/** Table of all events with short column names: the view `events` when nothing was imported. */
export const EVENTS_TABLE: TableSchema = {
  schema: 'main',
  name: 'events',
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'cpu', type: 'USMALLINT' },
    { name: 'pid', type: 'INTEGER' },
    { name: 'comm', type: 'VARCHAR' },
    { name: 'system', type: 'VARCHAR' },
    { name: 'event', type: 'VARCHAR' },
    { name: 'source', type: 'USMALLINT' },
    { name: 'flags', type: 'UTINYINT' },
    { name: 'preempt_count', type: 'UTINYINT' },
  ],
}

/** How records fill `events`; the common fields of all events of a kernel are alike. */
export function eventsLayout(format: EventFormat | undefined): TableLayout {
  const [ts, cpu, pid, comm, flags, preempt, source] = commonSources(commonFieldsOf(format))
  return {
    table: EVENTS_TABLE,
    sources: [
      ts!,
      cpu!,
      pid!,
      comm!,
      { from: 'system' },
      { from: 'event' },
      source!,
      flags!,
      preempt!,
    ],
  }
}

/**
 * One table for layouts of the same event in several files: columns by name, in order of first
 * appearance with stacks last; integer types widen to one that holds both; a column whose types do
 * not mix gets a trailing `_` for the later type.
 */
export function mergeLayouts(layouts: readonly TableLayout[]): TableLayout[] {
  const first = layouts[0]
  if (!first || layouts.every((l) => sameColumns(l.table, first.table))) return [...layouts]
  const columns: Column[] = []
  const places = layouts.map(({ table }) => table.columns.map((column) => place(columns, column)))
  const stacks = columns.filter((c) => isStack(c.name))
  const ordered = [...columns.filter((c) => !isStack(c.name)), ...stacks]
  const table = { schema: first.table.schema, name: first.table.name, columns: ordered }
  return layouts.map((layout, k) => ({
    table,
    sources: ordered.map((column): ColumnSource => {
      const own = places[k]!.findIndex((index) => columns[index]!.name === column.name)
      return own < 0 ? { from: 'absent' } : layout.sources[own]!
    }),
  }))
}

function isStack(name: string): boolean {
  return name === 'common_stack' || name === 'common_user_stack'
}

function sameColumns(a: TableSchema, b: TableSchema): boolean {
  return (
    a.columns.length === b.columns.length &&
    a.columns.every(
      (column, i) => column.name === b.columns[i]!.name && column.type === b.columns[i]!.type,
    )
  )
}

/** Finds or adds a column; returns its index. Widens an integer column in place. */
function place(columns: Column[], { name, type }: Column): number {
  let candidate = name
  for (;;) {
    const index = columns.findIndex((c) => c.name.toLowerCase() === candidate.toLowerCase())
    if (index < 0) return columns.push({ name: candidate, type }) - 1
    const wide = widen(columns[index]!.type, type)
    if (wide) {
      columns[index] = { name: columns[index]!.name, type: wide }
      return index
    }
    candidate += '_'
  }
}

function widen(a: ColumnType, b: ColumnType): ColumnType | undefined {
  if (a === b) return a
  if (!(a in INTEGER_BYTES) || !(b in INTEGER_BYTES)) return undefined
  const x = a as IntegerType
  const y = b as IntegerType
  if (x.startsWith('U') === y.startsWith('U')) return INTEGER_BYTES[x] > INTEGER_BYTES[y] ? x : y
  const [signed, unsigned] = x.startsWith('U') ? [y, x] : [x, y]
  if (INTEGER_BYTES[signed] > INTEGER_BYTES[unsigned]) return signed
  return ({ 1: 'SMALLINT', 2: 'INTEGER', 4: 'BIGINT', 8: undefined } as const)[
    INTEGER_BYTES[unsigned]
  ]
}
