/** A recording of every event that a real kernel has, without a row: what derived relations look like on it. */

import { analysisObjects } from '../../analysis/index.ts'
import type { Column } from '../../parser/batch/column-batch.ts'
import { layoutOf } from '../../parser/batch/event-table.ts'
import { columnsOf } from '../../parser/batch/schema.ts'
import type { ColumnType } from '../../parser/batch/types.ts'
import { parseEventFormat } from '../../parser/event/format.ts'
import { eventsView } from '../../parser/import.ts'
import { metaRelations } from '../../parser/meta.ts'
import { quoteName } from '../../parser/sink/duckdb/binding.ts'
import { type DuckDB, openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { registerRelations } from '../../parser/sink/duckdb/relations.ts'
import { PRESETS } from '../../recorder/preset-table.ts'
import { readCorpus } from './formats.ts'

/** Columns of event tables, by `system.event`. */
export type Tables = Map<string, readonly Column[]>

const COMMON_COLUMNS = 7
/** As the recorder sets it for paths of calls; the presets' own table has no such probes. */
const PATH_PROBE = 'p:td/openat c:openat64 path=+0($arg2):string pathp=$arg2:x64'
/** One system is as if recorded with stacks. */
const WITH_STACKS = 'kmem'
const PROBE_TYPES: Readonly<Record<string, ColumnType>> = {
  string: 'VARCHAR',
  ustring: 'VARCHAR',
  s32: 'INTEGER',
  u16: 'USMALLINT',
  u64: 'UBIGINT',
  x64: 'UBIGINT',
}

/**
 * The event tables of a kernel of the corpus, as `amd64 6.18.44`, and those of the probes that presets
 * set; of system calls only those that presets name, because a view over all takes seconds to plan.
 */
export function tablesOfKernel(kernel: string): Tables {
  const tables: Tables = new Map()
  const taken = new Set<string>()
  for (const { system, longSize, littleEndian, text, kernels: own } of readCorpus()) {
    if (!own.includes(kernel) || (system === 'syscalls' && !isNamedCall(text))) continue
    const context = { longSize, littleEndian }
    const format = parseEventFormat(
      text.replace(/^ID:.*\n/m, '').replace('\n', '\nID: 7\n'),
      system,
      context,
    )
    if (!format) continue
    const { table } = layoutOf(format, columnsOf(format, context), {
      kernel: system === WITH_STACKS,
      user: system === WITH_STACKS,
    })
    const key = `${table.schema}.${table.name}`
    if (!taken.has(key.toLowerCase())) tables.set(key, table.columns)
    taken.add(key.toLowerCase())
  }
  for (const [name, columns] of probeTables(tables)) tables.set(name, columns)
  return tables
}

const CALLS = Object.values(PRESETS)
  .flatMap(({ calls = [] }) => calls)
  .map((call) => call.replaceAll('*', '\\w*'))
const NAMED_CALL = new RegExp(`^name: sys_(enter|exit)_(${CALLS.join('|')})$`, 'm')

function isNamedCall(text: string): boolean {
  return NAMED_CALL.test(text)
}

/** Tables of the presets' probes, as their definitions say. */
function* probeTables(tables: Tables): Generator<[string, Column[]]> {
  const common = [...tables.values()][0]!.slice(0, COMMON_COLUMNS)
  const set = Object.values(PRESETS).flatMap(({ probes = [] }) => probes.flat())
  for (const definition of [...set, PATH_PROBE]) {
    const [, kind, name = '', fields = ''] = /^([pr]):(\S+) \S+ (.*)$/.exec(definition) ?? []
    const addresses = kind === 'p' ? ['__probe_ip'] : ['__probe_func', '__probe_ret_ip']
    const own = fields.split(' ').map((field): Column => {
      const [, column = '', type = ''] = /^(\w+)=.*:(\w+)$/.exec(field) ?? []
      return { name: column, type: PROBE_TYPES[type] ?? 'UBIGINT' }
    })
    const places = addresses.map((column): Column => ({ name: column, type: 'UBIGINT' }))
    yield [name.replace('/', '.'), [...common, ...places, ...own]]
  }
}

/** Opens a database of empty tables with all that can be derived from them. */
export async function openTables(tables: Tables): Promise<DuckDB> {
  // It takes seconds over unions of hundreds of tables, and there is nothing to gain without rows.
  const settings = { disabled_optimizers: 'statistics_propagation' }
  const database = await openDuckDB(':memory:', { settings })
  const schemas = new Set([...tables.keys()].map((name) => name.split('.')[0]!))
  const made = [...tables].map(([name, columns]) => {
    const [schema, table] = name.split('.') as [string, string]
    return createTable(schema, table, columns)
  })
  const named = [...tables.keys()].map((name) => {
    const [schema, table] = name.split('.') as [string, string]
    return { schema, name: table }
  })
  await database.execute(
    [
      ...['meta', ...schemas].map((schema) => `create schema ${quoteName(schema)}`),
      ...made,
      ...metaRelations([]).map(({ schema, name, columns }) => createTable(schema, name, columns)),
      eventsView(named),
    ].join(';'),
  )
  registerRelations(database, [], analysisObjects(tables))
  return database
}

function createTable(schema: string, name: string, columns: readonly Column[]): string {
  const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`)
  return `create table ${quoteName(schema)}.${quoteName(name)} (${list.join(', ')})`
}
