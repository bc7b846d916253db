/** Names of relations in heads of `.sql` files, and what a recording has of them. */
import type { TraceError } from '../parser/error.ts'
import { quoteTable, quoteText, splitTable, withRelations } from './sql-text.ts'

/** What a recording has: its event tables, and what can be derived from them. */
export interface Catalogue {
  /** Columns of each event table, in order, by `system.event`. */
  readonly tables: ReadonlyMap<string, readonly CatalogueColumn[]>
  /** Names of the derived relations. */
  readonly derived: ReadonlySet<string>
}

/** A column and its SQL type. */
export interface CatalogueColumn {
  readonly name: string
  readonly type: string
}

/** A table of events; `*` stands for any part of a name, as in `syscalls.sys_enter_*`. */
export interface RelationName {
  readonly system: string
  readonly event: string
}

/**
 * A relation the SQL can do without: its own columns, with the types used when it is missing. A
 * derived relation has no system.
 */
export interface OptionalRelation extends RelationName {
  readonly columns: readonly CatalogueColumn[]
}

/** What is needed: one of several event tables, or a derived relation. */
export type Need = { readonly events: readonly RelationName[] } | { readonly view: string }

/** Columns that every event table begins with, and their types; the event's own follow. */
export const COMMON_COLUMNS: readonly CatalogueColumn[] = [
  { name: 'ts', type: 'bigint' },
  { name: 'common_cpu', type: 'usmallint' },
  { name: 'common_pid', type: 'integer' },
  { name: 'common_comm', type: 'varchar' },
  { name: 'common_flags', type: 'utinyint' },
  { name: 'common_preempt_count', type: 'utinyint' },
  { name: 'common_source', type: 'usmallint' },
]

/** Throws the error of the file whose head is being read. */
export type Fail = (what: string) => TraceError

/** Reads `a.b | c.d, view`: of each alternative list one event table, or a derived relation. */
export function parseNeeds(text: string, fail: Fail): Need[] {
  return text.split(',').map((one): Need => {
    const view = /^\s*(\w+)\s*$/.exec(one)?.[1]
    if (view) return { view }
    return { events: one.split('|').map((relation) => parseRelation(relation, fail)) }
  })
}

function parseRelation(text: string, fail: Fail): RelationName {
  const match = /^\s*([\w*]+)\.([\w*]+)\s*$/.exec(text)
  if (!match) throw fail(`"${text.trim()}" is not system.event`)
  return { system: match[1]!, event: match[2]! }
}

/** Reads `system.event (column type, …)`, where the system may be `*`, or `view (column type, …)`. */
export function parseOptional(text: string, fail: Fail): OptionalRelation {
  const match = /^([\w.*]+)\s*\(([^)]*)\)$/.exec(text)
  if (!match) throw fail(`"${text}" is not system.event (column type, …)`)
  const columns = match[2]!.split(',').map((column) => {
    const [name, type, ...more] = column.trim().split(/\s+/)
    if (!name || !type || more.length > 0) throw fail(`"${column}" is not a column and its type`)
    return { name, type }
  })
  if (/^\w+$/.test(match[1]!)) return { system: '', event: match[1]!, columns }
  const relation = parseRelation(match[1]!, fail)
  if (relation.event.includes('*')) throw fail(`"${match[1]}" names no single event`)
  return { ...relation, columns }
}

/** The recorded tables that a name stands for, as `system.event`, in order of name. */
export function tablesOf(catalogue: Catalogue, { system, event }: RelationName): string[] {
  const plain = `${system}.${event}`
  if (!plain.includes('*')) return catalogue.tables.has(plain) ? [plain] : []
  const [ofSystem, ofEvent] = [system, event].map(createNameTest) as [NameTest, NameTest]
  return [...catalogue.tables.keys()]
    .filter((name) => {
      const [tableSystem, tableEvent] = splitTable(name)
      return ofSystem(tableSystem) && ofEvent(tableEvent)
    })
    .sort()
}

type NameTest = (name: string) => boolean

/** Plain names are compared: there are hundreds of them, and a pattern compiles for each. */
function createNameTest(pattern: string): NameTest {
  if (!pattern.includes('*')) return (name) => name === pattern
  if (pattern === '*') return () => true
  const regex = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
  return (name) => regex.test(name)
}

/** The names of an optional relation that a recording has: several where `*` stands for a system. */
function presentOf(relation: OptionalRelation, catalogue: Catalogue): string[] {
  if (relation.system !== '') return tablesOf(catalogue, relation)
  return catalogue.derived.has(relation.event) ? [relation.event] : []
}

/**
 * Puts optional tables before a `select` as relations of that name: named without their system,
 * with the common columns and their own; empty where they are missing, NULL where a column is.
 * Derived ones have only the columns that are listed. The relation `recorded(relation)` says which
 * there are.
 */
export function withOptional(
  sql: string,
  optional: readonly OptionalRelation[],
  catalogue: Catalogue,
): string {
  if (optional.length === 0) return sql
  const recorded: string[] = []
  const relations = optional.map((relation) => {
    const tables = presentOf(relation, catalogue)
    recorded.push(...tables)
    return `"${relation.event}" as (${optionalSelects(relation, tables, catalogue).join(' union all ')})`
  })
  const names = recorded.map((name) => `(${quoteText(name)})`).join(', ') || '(null)'
  const given = [
    `recorded as (select * from (values ${names}) as t(relation) where relation is not null)`,
    ...relations,
  ]
  return withRelations(given, sql)
}

function optionalSelects(
  relation: OptionalRelation,
  tables: readonly string[],
  catalogue: Catalogue,
): string[] {
  const isDerived = relation.system === ''
  const columns = isDerived ? relation.columns : [...COMMON_COLUMNS, ...relation.columns]
  const empty = columns.map(({ name, type }) => `null::${type} as "${name}"`).join(', ')
  if (tables.length === 0) return [`select ${empty} where false`]
  if (isDerived) {
    const list = columns.map(({ name }) => `"${name}"`).join(', ')
    return [`select ${list} from main."${relation.event}"`]
  }
  return tables.map((table) => {
    const present = new Set(catalogue.tables.get(table)!.map(({ name }) => name))
    const list = columns.map(({ name, type }) =>
      present.has(name) ? `"${name}"` : `null::${type} as "${name}"`,
    )
    return `select ${list.join(', ')} from ${quoteTable(table)}`
  })
}
