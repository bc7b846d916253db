/** Derived relations: one `.sql` file each, whose head says what a row is and what it needs. */
import { TraceError } from '../parser/error.ts'
import {
  type Catalogue,
  type Need,
  type OptionalRelation,
  parseNeeds,
  parseOptional,
  tablesOf,
} from './relations.ts'
import { readSqlFolder } from './sql-folder.ts'
import { quoteText } from './sql-text.ts'

/** A column of a derived relation. */
export interface ViewColumn {
  readonly name: string
  /** What it is, with its unit. */
  readonly text: string
}

/** A derived relation: its head, and one `select` over event tables and other relations. */
export interface View {
  readonly name: string
  /** Folder the file is in, the subsystem it is about. */
  readonly subsystem: string
  /** What one row is. */
  readonly row: string
  readonly needs: readonly Need[]
  readonly optional: readonly OptionalRelation[]
  readonly columns: readonly ViewColumn[]
  /** Where the rules come from. */
  readonly source: string
  /** What to record, as words after `record with`. */
  readonly record: string
  readonly sql: string
}

/** A derived relation whose SQL depends on which tables a recording has. */
export interface ComposedView extends Omit<View, 'sql'> {
  /** The `select`, asked for when the needs are met. */
  readonly compose: (catalogue: Catalogue) => string
  /** Whether the needs are met, where names of events cannot say so: needs are then an example. */
  readonly isRecorded?: (catalogue: Catalogue) => boolean
}

/** A SQL type that a replayed table's column may have. */
export type ReplayedType = 'BIGINT' | 'UBIGINT' | 'INTEGER' | 'USMALLINT' | 'BOOLEAN' | 'VARCHAR'

/** A value of a replayed table's row. */
export type ReplayedCell = string | number | bigint | boolean | null

/**
 * A derived relation whose rows each depend on all before them: JavaScript keeps the state while it
 * takes the rows of a `select` in order.
 */
export interface ReplayedTable extends Omit<View, 'sql' | 'columns'> {
  readonly columns: readonly (ViewColumn & { readonly type: ReplayedType })[]
  /** The `select` whose rows are replayed, asked for when the needs are met. */
  readonly compose: (catalogue: Catalogue) => string
  readonly begin: () => {
    /** Takes rows, column by column; gives those of the table that are complete by now. */
    add(columns: readonly (readonly unknown[])[], rows: number): Iterable<readonly ReplayedCell[]>
    /** Gives the rows that are left. */
    end(): Iterable<readonly ReplayedCell[]>
  }
}

const FOLDER = new URL('./', import.meta.url)
let known: readonly View[] | undefined

/** All derived relations kept as files, by name. Fails with ERR_SQL when a file is malformed. */
export function listViews(): readonly View[] {
  known ??= readSqlFolder(FOLDER, parseView)
  return known
}

/** Parses the file of a derived relation. Throws `ERR_SQL` with what is wrong. */
export function parseView(subsystem: string, name: string, text: string): View {
  const fail = (what: string): TraceError => new TraceError('ERR_SQL', `view ${name}: ${what}`)
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const [title = '', ...rest] = lines.slice(0, end).map((line) => line.replace(/^--\s?/, ''))
  if (!title.startsWith(`${name}: `)) throw fail(`the first line is not "-- ${name}: …"`)
  const needs: Need[] = []
  const optional: OptionalRelation[] = []
  const columns: ViewColumn[] = []
  const texts = { source: '', record: '' }
  for (const line of rest) {
    const [, key = '', value = ''] = /^(\w+):\s*(.*)$/.exec(line) ?? []
    if (key === 'needs') needs.push(...parseNeeds(value, fail))
    else if (key === 'optional') optional.push(parseOptional(value, fail))
    else if (key === 'column') columns.push(parseColumn(value, fail))
    else if (key === 'source' || key === 'record') texts[key] = joined(texts[key], value)
    else throw fail(`"${line}" has no known key`)
  }
  const sql = lines.slice(end).join('\n').trim().replace(/;\s*$/, '').trim()
  if (!/^(with|select)\b/i.test(sql)) throw fail('the SQL is not one select')
  const row = title.slice(name.length + 2)
  return { name, subsystem, row, needs, optional, columns, ...texts, sql }
}

function joined(before: string, text: string): string {
  return before === '' ? text : `${before} ${text}`
}

function parseColumn(text: string, fail: (what: string) => TraceError): ViewColumn {
  const match = /^(\w+)\s+(\S.*)$/.exec(text)
  if (!match) throw fail(`"${text}" is not a column and a sentence`)
  return { name: match[1]!, text: match[2]! }
}

/** Whether a recording has what is needed. */
export function isMet(need: Need, catalogue: Catalogue): boolean {
  if ('view' in need) return catalogue.derived.has(need.view)
  return need.events.some((relation) => tablesOf(catalogue, relation).length > 0)
}

/** The statement that makes a view of a `select`. */
export function createView({ name, row }: Omit<View, 'sql'>, select: string): string {
  return (
    `create or replace view main."${name}" as ${select};` +
    `comment on view main."${name}" is ${quoteText(row)}`
  )
}
