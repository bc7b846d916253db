/**
 * `syscall_records`: enters and exits of all system calls as one relation, read in one pass over
 * the file, where the event tables would need a pass for each of some hundred calls. Arguments are
 * in order of their position; names of the calls as the kernel's events spell them.
 */

import type { Column, Relation, TableSchema } from './batch/column-batch.ts'
import { INTEGER_BYTES } from './batch/column-builder.ts'
import type { ColumnSource, TableLayout } from './batch/event-table.ts'
import { type EventTable, scanParts } from './catalogue.ts'
import type { EventFilter } from './read.ts'

const ARGUMENTS = 6
const STRINGS = 3
/** An event table's common columns come first, in this order; see batch/event-table.ts. */
const [TS, CPU, PID, COMM, SOURCE, OWN] = [0, 1, 2, 3, 6, 7]
const ABSENT: ColumnSource = { from: 'absent' }

const TABLE: TableSchema = {
  schema: 'main',
  name: 'syscall_records',
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'cpu', type: 'USMALLINT' },
    { name: 'tid', type: 'INTEGER' },
    { name: 'comm', type: 'VARCHAR' },
    { name: 'source', type: 'USMALLINT' },
    { name: 'name', type: 'VARCHAR' },
    { name: 'nr', type: 'BIGINT' },
    { name: 'ret', type: 'BIGINT' },
    ...numbered('arg', ARGUMENTS, 'BIGINT'),
    ...numbered('str', STRINGS, 'VARCHAR'),
  ],
}

function numbered(name: string, count: number, type: Column['type']): Column[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${name}${i + 1}`, type }))
}

/** Whether an event table is one of system calls, and how its calls are named. */
function kindOf({ system, event }: EventTable): 'named' | 'raw' | undefined {
  if (system === 'syscalls' && /^sys_(enter|exit)_/.test(event)) return 'named'
  return system === 'raw_syscalls' && /^sys_(enter|exit)$/.test(event) ? 'raw' : undefined
}

/**
 * The relation over the tables of system calls; undefined when there are none. `name` is NULL for
 * events that know their number only, `ret` where a call was entered; arguments are the declared C
 * type's value, addresses as signed 64-bit numbers.
 */
export function syscallRecords(
  tables: readonly EventTable[],
  filter: EventFilter = {},
): Relation | undefined {
  const calls = tables.filter((table) => kindOf(table) !== undefined)
  const parts = calls.flatMap((table) =>
    table.parts.map((part) => ({ ...part, layout: recordsLayout(part.layout, kindOf(table)!) })),
  )
  if (parts.length === 0) return undefined
  const traces = [...new Set(parts.map(({ trace }) => trace))]
  return {
    ...TABLE,
    estimatedRows: parts.reduce((sum, { records }) => sum + records, 0),
    scan: (projection) =>
      scanParts(
        traces.map((trace) => () => {
          const own = parts.filter((part) => part.trace === trace)
          return trace.read(
            own.map(({ layout, ids }) => ({ layout, ids, projection })),
            filter,
          )
        }),
      ),
  }
}

function recordsLayout({ table, sources }: TableLayout, kind: 'named' | 'raw'): TableLayout {
  const own = table.columns.slice(OWN).map(({ name, type }, i) => ({
    name,
    type,
    source: sources[OWN + i]!,
  }))
  const find = (name: string): ColumnSource =>
    own.find((column) => column.name === name)?.source ?? ABSENT
  const rest = own.filter(({ name }) => !['__syscall_nr', 'nr', 'id', 'ret'].includes(name))
  const numbers =
    kind === 'raw'
      ? elementsOf(find('args'))
      : rest.filter(({ type }) => type in INTEGER_BYTES).map(({ source }) => source)
  const texts = rest.filter(({ type }) => type === 'VARCHAR').map(({ source }) => source)
  const number = find(kind === 'raw' ? 'id' : '__syscall_nr')
  return {
    table: TABLE,
    sources: [
      sources[TS]!,
      sources[CPU]!,
      sources[PID]!,
      sources[COMM]!,
      sources[SOURCE]!,
      kind === 'raw' ? ABSENT : { from: 'call' },
      number === ABSENT ? find('nr') : number,
      find('ret'),
      ...padded(numbers, ARGUMENTS),
      ...padded(texts, STRINGS),
    ],
  }
}

function padded(sources: readonly ColumnSource[], count: number): ColumnSource[] {
  return Array.from({ length: count }, (_, i) => sources[i] ?? ABSENT)
}

/** `unsigned long args[6]` as six integers. */
function elementsOf(source: ColumnSource): ColumnSource[] {
  if (source.from !== 'record' || source.read.op !== 'list') return []
  const { extent, elementSize, signed } = source.read
  if (extent.at !== 'fixed') return []
  const count = Math.floor(extent.size / elementSize)
  return Array.from({ length: count }, (_, i) => ({
    from: 'record',
    read: { op: 'int', offset: extent.offset + i * elementSize, size: elementSize, signed },
  }))
}
