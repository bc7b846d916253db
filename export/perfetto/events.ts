/**
 * Events as events: those that viewers draw by themselves in messages of their own (switches and
 * wakeups become slices of CPUs and states of threads), all others by name with their fields.
 */
import { quoteName, quoteTable, splitTable } from '../../analysis/index.ts'
import { valueWriter } from '../../report/duckdb-value.ts'
import type { FieldValue } from './ftrace-bundles.ts'
import { CODE_FIELDS, KernelSymbols } from './kernel-symbols.ts'
import { NATIVE_EVENTS, type NativeEvent } from './schema.ts'
import { type Columns, drawRows, isDerived, type Timeline } from './timeline.ts'

/** Relations whose slices stand for events, and the events. */
const DRAWN: readonly (readonly [relation: string, events: RegExp])[] = [
  ['syscall_spans', /^(raw_syscalls\.sys_(enter|exit)|syscalls\.sys_(enter|exit)_.*)$/],
  ['function_calls', /^ftrace\.(funcgraph_entry|funcgraph_exit|fgraph_retaddr_entry)$/],
  ['irq_spans', /^irq\.irq_handler_(entry|exit)$/],
  ['softirq_spans', /^irq\.softirq_(entry|exit)$/],
]

/** Texts are drawn as marks. */
const MARKS: readonly string[] = ['ftrace.print', 'ftrace.bprint', 'ftrace.bputs']

/** Writes the events that no slice or mark stands for. */
export async function writeEvents(timeline: Timeline): Promise<void> {
  const symbols = await KernelSymbols.read(timeline.database)
  for (const table of timeline.catalogue.tables.keys()) {
    const sources = timeline.sources.get(table) ?? []
    if (sources.length === 0 || isDrawn(timeline, table)) continue
    const native = nativeOf(timeline, table)
    const first = native && nativeSource(timeline, table)
    if (native && first !== undefined) await writeNative(timeline, table, native, first)
    const others = sources.filter((source) => source !== first)
    if (others.length > 0) await writeGeneric(timeline, symbols, table, others)
  }
}

function isDrawn(timeline: Timeline, table: string): boolean {
  if (MARKS.includes(table)) return true
  return DRAWN.some(([relation, events]) => isDerived(timeline, relation) && events.test(table))
}

/**
 * Viewers know the time of a wakeup from sched_waking alone: where that was not recorded,
 * sched_wakeup is written under its name.
 */
function nativeOf({ sources }: Timeline, table: string): NativeEvent | undefined {
  const isOnly = table === 'sched.sched_wakeup' && !sources.has('sched.sched_waking')
  return NATIVE_EVENTS[isOnly ? 'sched.sched_waking' : table]
}

/** One machine has one timeline of its CPUs: that of the first buffer with switches, else with the event. */
function nativeSource({ sources }: Timeline, table: string): number | undefined {
  const own = sources.get(table) ?? []
  if (!table.startsWith('sched.')) return own[0]
  const switched = sources.get('sched.sched_switch')?.[0]
  if (switched === undefined) return own[0]
  return own.includes(switched) ? switched : undefined
}

const COMMON = 'select ts, common_cpu, common_pid, common_flags'

async function writeNative(
  timeline: Timeline,
  table: string,
  { field, columns }: NativeEvent,
  source: number,
): Promise<void> {
  const known = new Set(timeline.catalogue.tables.get(table)!.map(({ name }) => name))
  const own = Object.entries(columns).flatMap(([name, number]) => {
    if (known.has(name)) return [{ sql: quoteName(name), number }]
    // Newer kernels leave out that a task renames itself.
    return name === 'pid' ? [{ sql: 'common_pid', number }] : []
  })
  const list = own.map(({ sql }) => `, ${sql}`).join('')
  const sql = `${COMMON}${list} from ${quoteTable(table)} where common_source = ${source}`
  await drawRows(timeline, sql, (values, row) => {
    const at = placeOf(values, row)
    const proto = timeline.bundles.begin(at.cpu, at.ts, at.pid, at.flags, field)
    for (let i = 0; i < own.length; i++) {
      const value = values[i + 4]![row]
      if (typeof value === 'string') proto.text(own[i]!.number, value)
      else if (value !== null) proto.integer(own[i]!.number, value as number | bigint)
    }
    timeline.bundles.end(at.cpu, proto)
  })
}

async function writeGeneric(
  timeline: Timeline,
  symbols: KernelSymbols,
  table: string,
  sources: readonly number[],
): Promise<void> {
  const names = timeline.catalogue.tables
    .get(table)!
    .map(({ name }) => name)
    .filter((name) => name !== 'ts' && !name.startsWith('common_'))
  const list = names.map((name) => `, ${quoteName(name)}`).join('')
  const sql = `${COMMON}${list} from ${quoteTable(table)} where common_source in (${sources})`
  const [, event] = splitTable(table)
  const stream = await timeline.database.query(sql)
  const texts = stream.columns.slice(4).map(({ type }) => valueWriter(type))
  const isCode = names.map((name) => CODE_FIELDS.includes(name))
  for await (const { columns, rowCount } of stream.chunks) {
    for (let row = 0; row < rowCount; row++) {
      const fields = names.map((name, i): [string, FieldValue | null] => {
        const value = columns[i + 4]![row]
        const place = isCode[i] && typeof value === 'bigint' ? symbols.nameOf(value) : undefined
        return [name, place ?? fieldValue(value, texts[i]!)]
      })
      timeline.bundles.generic(placeOf(columns, row), event, fields)
    }
    await timeline.packets.drain()
  }
}

function fieldValue(value: unknown, writer: { text(value: unknown): string }): FieldValue | null {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value
    case 'number':
      return Number.isInteger(value) ? value : String(value)
    case 'boolean':
      return value ? 1 : 0
    default:
      return value === null || value === undefined ? null : writer.text(value)
  }
}

function placeOf(
  [ts, cpu, pid, flags]: Columns,
  row: number,
): { ts: bigint; cpu: number; pid: number; flags: number } {
  return {
    ts: ts![row] as bigint,
    cpu: cpu![row] as number,
    pid: pid![row] as number,
    flags: flags![row] as number,
  }
}
