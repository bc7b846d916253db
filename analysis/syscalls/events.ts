/**
 * `syscall_events`: enters and exits of all system calls in one relation, whichever way they were
 * recorded: as `syscalls:sys_enter_openat` and its like, or as `raw_syscalls:sys_enter` with a
 * number. Each event table has its own arguments, so the SQL is put together from what is there.
 */
import { type Catalogue, type CatalogueColumn, COMMON_COLUMNS, tablesOf } from '../relations.ts'
import { asSigned, isInteger, quoteName, quoteTable, quoteText } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'
import { numberOf, SYSCALL_RECORDS } from './numbers.ts'

const ARGUMENTS = 6
const STRINGS = 3

function compose(catalogue: Catalogue): string {
  const named = tablesOf(catalogue, { system: 'syscalls', event: 'sys_e*_*' })
  const raw = tablesOf(catalogue, { system: 'raw_syscalls', event: 'sys_e*' })
  const records = catalogue.tables.has(SYSCALL_RECORDS)
    ? `select * from ${quoteTable(SYSCALL_RECORDS)}`
    : unionOf([...named, ...raw].map((table) => partOf(table, catalogue.tables.get(table)!)))
  return raw.length === 0 ? records : withNames(records, named.length > 0)
}

/** Gives calls that are known by number their names; those that have events of their own count once. */
function withNames(records: string, isNamedToo: boolean): string {
  const once = isNamedToo
    ? ` anti join (select source, event from meta.events where system = 'syscalls' and rows > 0) e ` +
      `on raw and e.source = r.source and e.event = if(ret is null, 'sys_enter_', 'sys_exit_') || r.name`
    : ''
  return (
    `select * exclude (raw) from (select a.* replace (coalesce(a.name, n.name) as name), a.name is null as raw ` +
    `from (${records}) a left join main.syscall_numbers n on a.name is null and n.source = a.source and n.nr = a.nr) r${once}`
  )
}

function callOf(table: string): string {
  return table.replace(/^syscalls\.sys_(enter|exit)_/, '')
}

/** A column of `syscall_events` as one table has it. */
interface Value {
  readonly name: string
  /** In the table, as it is. */
  readonly from: string
  /** SQL type there. */
  readonly type: string
}

/**
 * The events of one table. Binding takes some 30 µs a column of each table in every plan, and as
 * much again for each function in it: a table gives what it has, and the rest is done for all of a
 * shape at once.
 */
interface Part {
  readonly values: readonly Value[]
  readonly select: string
}

const COMMON =
  'ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_source as source'
const NUMBERS = ['nr', 'ret', ...numbered('arg', ARGUMENTS)]
const TEXTS = numbered('str', STRINGS)

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i + 1}`)
}

/** All parts with all columns. */
function unionOf(parts: readonly Part[]): string {
  const shapes = new Map<string, Part[]>()
  for (const part of parts) {
    const key = part.values.map(({ name, type }) => `${name} ${type}`).join()
    const same = shapes.get(key)
    if (same) same.push(part)
    else shapes.set(key, [part])
  }
  return [...shapes.values()].map(withAllColumns).join(' union all ')
}

function withAllColumns(same: readonly Part[]): string {
  const types = new Map(same[0]!.values.map(({ name, type }) => [name, type]))
  const number = (name: string): string =>
    types.has(name) ? asSigned(name, types.get(name)!) : 'null::bigint'
  const list = [
    'ts, cpu, tid, comm, source, name',
    ...NUMBERS.map((name) => `${number(name)} as ${name}`),
    ...TEXTS.map((name) => (types.has(name) ? name : `null::varchar as ${name}`)),
  ]
  return `select ${list.join(', ')} from (${same.map(({ select }) => select).join(' union all ')})`
}

function partOf(table: string, columns: readonly CatalogueColumn[]): Part {
  const isRaw = table.startsWith('raw_syscalls.')
  const own = columns.slice(COMMON_COLUMNS.length)
  const values = valuesOf(own, isRaw)
  const name = isRaw ? 'null::varchar' : quoteText(callOf(table))
  const list = [COMMON, `${name} as name`, ...values.map(({ name, from }) => `${from} as ${name}`)]
  return { values, select: `select ${list.join(', ')} from ${quoteTable(table)}` }
}

function valuesOf(own: readonly CatalogueColumn[], isRaw: boolean): Value[] {
  const columns = own.map(({ name, type }) => ({ name, from: quoteName(name), type }))
  const number = isRaw ? 'id' : numberOf(own)
  const rest = columns.filter(({ name }) => !['__syscall_nr', 'nr', 'id', 'ret'].includes(name))
  const args = isRaw ? elementsOf(rest) : rest.filter(({ type }) => isInteger(type))
  const texts = rest.filter(({ type }) => type === 'VARCHAR')
  return [
    ...columns.filter(({ name }) => name === number).map((value) => ({ ...value, name: 'nr' })),
    ...columns.filter(({ name }) => name === 'ret'),
    ...args.slice(0, ARGUMENTS).map((value, i) => ({ ...value, name: `arg${i + 1}` })),
    ...texts.slice(0, STRINGS).map((value, i) => ({ ...value, name: `str${i + 1}` })),
  ]
}

/** The arguments of raw_syscalls, which are one array. */
function elementsOf(values: readonly Value[]): Value[] {
  const args = values.find(({ name }) => name === 'args')
  if (!args) return []
  return numbered('arg', ARGUMENTS).map((name, i) => ({
    name,
    from: `${args.from}[${i + 1}]`,
    type: 'UBIGINT',
  }))
}

/** The relation, put together from a recording's tables. */
export const syscallEvents: ComposedView = {
  compose,
  name: 'syscall_events',
  subsystem: 'syscalls',
  row: 'a system call entered or left',
  needs: [
    { view: 'syscall_numbers' },
    {
      events: [
        { system: 'syscalls', event: 'sys_e*_*' },
        { system: 'raw_syscalls', event: 'sys_e*' },
      ],
    },
  ],
  optional: [],
  columns: [
    { name: 'ts', text: 'ns on the trace clock' },
    { name: 'cpu', text: 'CPU' },
    { name: 'tid', text: 'thread' },
    { name: 'comm', text: 'its name at that time' },
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'name', text: "the call as the kernel's events spell it, newfstatat not fstatat" },
    { name: 'nr', text: "the call's number on the recording's architecture" },
    { name: 'ret', text: 'what it returned; NULL where it was entered' },
    ...numbered('arg', ARGUMENTS).map((name, i) => ({
      name,
      text: `argument ${i + 1} in its C type, an address as signed 64-bit number; NULL in exits`,
    })),
    ...numbered('str', STRINGS).map((name, i) => ({
      name,
      text: `user string ${i + 1} where the kernel records them (6.19 and later)`,
    })),
  ],
  source: 'kernel/trace/trace_syscalls.c; include/trace/events/syscalls.h',
  record: '--preset syscalls',
}
