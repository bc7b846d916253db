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
    : [...named, ...raw]
        .map((table) => selectOf(table, catalogue.tables.get(table)!))
        .join(' union all ')
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

function selectOf(table: string, columns: readonly CatalogueColumn[]): string {
  const isRaw = table.startsWith('raw_syscalls.')
  const own = columns.slice(COMMON_COLUMNS.length)
  const has = (name: string): string | undefined =>
    own.some((column) => column.name === name) ? `${quoteName(name)}::bigint` : undefined
  const rest = own.filter(({ name }) => !['__syscall_nr', 'nr', 'id', 'ret'].includes(name))
  const args = isRaw
    ? Array.from({ length: ARGUMENTS }, (_, i) =>
        has('args') === undefined ? undefined : asSigned(`args[${i + 1}]`, 'UBIGINT'),
      )
    : rest
        .filter(({ type }) => isInteger(type))
        .map(({ name, type }) => asSigned(quoteName(name), type))
  const strings = rest.filter(({ type }) => type === 'VARCHAR').map(({ name }) => quoteName(name))
  const number = has((isRaw ? 'id' : numberOf(own)) ?? '')
  return [
    'select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_source as source',
    `${isRaw ? 'null::varchar' : quoteText(callOf(table))} as name`,
    `${number ?? 'null::bigint'} as nr`,
    `${has('ret') ?? 'null::bigint'} as ret`,
    ...Array.from({ length: ARGUMENTS }, (_, i) => `${args[i] ?? 'null::bigint'} as arg${i + 1}`),
    ...Array.from({ length: STRINGS }, (_, i) => `${strings[i] ?? 'null::varchar'} as str${i + 1}`),
  ]
    .join(', ')
    .concat(` from ${quoteTable(table)}`)
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
    ...Array.from({ length: ARGUMENTS }, (_, i) => ({
      name: `arg${i + 1}`,
      text: `argument ${i + 1} in its C type, an address as signed 64-bit number; NULL in exits`,
    })),
    ...Array.from({ length: STRINGS }, (_, i) => ({
      name: `str${i + 1}`,
      text: `user string ${i + 1} where the kernel records them (6.19 and later)`,
    })),
  ],
  source: 'kernel/trace/trace_syscalls.c; include/trace/events/syscalls.h',
  record: '--preset syscalls',
}
