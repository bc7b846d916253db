/**
 * `probe_events`: hits of all uprobes, kprobes and fprobes in one relation. Each probe has a table
 * with the arguments of its definition, so the SQL is put together from what is there. A probe is
 * known by the columns that the kernel puts first: `__probe_ip`, or `__probe_func` and
 * `__probe_ret_ip` at a return; its group and name are the user's choice.
 */
import { type Catalogue, type CatalogueColumn, COMMON_COLUMNS } from '../relations.ts'
import { asSigned, isInteger, quoteName, quoteTable, quoteText, splitTable } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'

/** What a return event holds besides the fields of its definition. */
const PLACES = ['__probe_ip', '__probe_func', '__probe_ret_ip']
/** Fields that are results of a function rather than something else read at its return. */
const RESULTS = ['ret', 'retval', 'ptr']

interface Probe {
  readonly table: string
  readonly group: string
  /** The event's name, without what marks a return. */
  readonly name: string
  readonly isReturn: boolean
  readonly columns: readonly CatalogueColumn[]
}

function compose(catalogue: Catalogue): string {
  const probes = probesOf(catalogue)
  const sides = (isReturn: boolean): Set<string> =>
    new Set(probes.filter((p) => p.isReturn === isReturn).map((p) => `${p.group}.${p.name}`))
  const [entries, returns] = [sides(false), sides(true)]
  const keys = [...new Set([...entries, ...returns])]
  return probes
    .map((probe) => {
      const key = `${probe.group}.${probe.name}`
      return selectOf(probe, keys.indexOf(key), entries.has(key) && returns.has(key))
    })
    .join(' union all ')
}

function probesOf({ tables }: Catalogue): Probe[] {
  return [...tables].flatMap(([table, columns]) => probeOf(table, columns))
}

function probeOf(table: string, columns: readonly CatalogueColumn[]): Probe[] {
  const has = (name: string): boolean => columns.some((column) => column.name === name)
  const isReturn = has('__probe_func')
  if (!isReturn && !has('__probe_ip')) return []
  const [group, event] = splitTable(table)
  const name = isReturn ? event.replace(/(_ret|__exit)$/, '') : event.replace(/__entry$/, '')
  return [{ table, group, name, isReturn, columns }]
}

function selectOf(
  { table, group, name, isReturn, columns }: Probe,
  number: number,
  paired: boolean,
): string {
  const own = columns.slice(COMMON_COLUMNS.length).filter(({ name }) => !PLACES.includes(name))
  const fields = own.filter(
    ({ name }) => !['caller', 'common_stack', 'common_user_stack'].includes(name),
  )
  const integers = fields.filter(({ type }) => isInteger(type))
  const result = integers.find(({ name }) => RESULTS.includes(name)) ?? integers[0]
  const caller = own.find(({ name, type }) => name === 'caller' && type === 'UBIGINT')
  const stack = own.find(({ name }) => name === 'common_user_stack')
  return [
    'select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, common_source as source',
    `${number} as probe, ${quoteText(group)} as grp, ${quoteText(name)} as name, ${isReturn} as is_return, ${paired} as is_paired`,
    `${isReturn ? '"__probe_func"' : '"__probe_ip"'}::ubigint as ip`,
    `${isReturn ? '"__probe_ret_ip"::ubigint' : caller ? '"caller"' : 'null::ubigint'} as caller`,
    `${isReturn && result ? asSigned(quoteName(result.name), result.type) : 'null::bigint'} as ret`,
    `${argumentsOf(fields)} as args`,
    `${stack ? '"common_user_stack"::ubigint[]' : 'null::ubigint[]'} as user_stack`,
  ]
    .join(', ')
    .concat(` from ${quoteTable(table)}`)
}

function argumentsOf(fields: readonly CatalogueColumn[]): string {
  if (fields.length === 0) return 'map([]::varchar[], []::varchar[])'
  // A struct that is cast is a map at a tenth of the cost of the function map().
  const values = fields.map(({ name }) => `${quoteName(name)}: ${quoteName(name)}::varchar`)
  return `{${values.join(', ')}}::map(varchar, varchar)`
}

/** The relation, put together from a recording's tables. */
export const probeEvents: ComposedView = {
  compose,
  isRecorded: (catalogue) => probesOf(catalogue).length > 0,
  name: 'probe_events',
  subsystem: 'probes',
  row: 'a probe was hit: a function entered or left',
  needs: [{ events: [{ system: 'td', event: '*' }] }],
  optional: [],
  columns: [
    { name: 'ts', text: 'ns on the trace clock' },
    { name: 'cpu', text: 'CPU' },
    { name: 'tid', text: 'thread' },
    { name: 'comm', text: 'its name at that time' },
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'probe', text: 'number of the group and name in this recording' },
    { name: 'grp', text: "the probe's group" },
    { name: 'name', text: "the event's name; of a return probe without _ret or __exit" },
    { name: 'is_return', text: 'true where the function was left' },
    { name: 'is_paired', text: 'true where the recording has events for entering and leaving' },
    { name: 'ip', text: 'address of the probed function' },
    { name: 'caller', text: 'address it returns to; NULL if not recorded' },
    {
      name: 'ret',
      text: 'what it returned: the field ret, retval or ptr, else the first number, signed; NULL in entries',
    },
    { name: 'args', text: 'fields of the definition by name, as text: MAP(VARCHAR, VARCHAR)' },
    { name: 'user_stack', text: 'return addresses in user space, innermost first; NULL if none' },
  ],
  source: 'kernel/trace/trace_probe.h (FIELD_STRING_IP, FIELD_STRING_FUNC, FIELD_STRING_RETIP)',
  record: '--preset malloc, --uprobe or --kprobe',
}
