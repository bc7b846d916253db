/** What a recording holds, as far as reports must know before they answer. */
import {
  type Catalogue,
  type CatalogueColumn,
  eventsNeeded,
  type Need,
  type RelationName,
  tablesOf,
} from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import type { Query } from './header.ts'
import type { ParamValue } from './params.ts'

/** A database with the relations of a recording; the parser's DuckDB wrapper is one. */
export interface Database {
  /** A small result in memory. */
  all(
    sql: string,
    params?: Readonly<Record<string, ParamValue>>,
  ): Promise<{
    readonly columns: readonly { readonly name: string; readonly type: { toString(): string } }[]
    readonly rows: readonly (readonly unknown[])[]
  }>
}

/** Which events a recording has tables for. */
export class Recording {
  readonly #database: Database
  /** Rows by `system.event`, of every event the file has a format of. */
  readonly #rows: ReadonlyMap<string, bigint>
  readonly #columns = new Map<string, Promise<readonly CatalogueColumn[] | undefined>>()

  private constructor(database: Database, rows: ReadonlyMap<string, bigint>) {
    this.#database = database
    this.#rows = rows
  }

  /** Reads what the recording has. Throws `ERR_TRACE_OPEN` when the database holds no recording. */
  static async of(database: Database): Promise<Recording> {
    try {
      const { rows } = await database.all(
        'select system, event, sum(rows)::bigint from meta.events group by all',
      )
      return new Recording(
        database,
        new Map(
          rows.map(([system, event, count]) => [`${system}.${event}`, BigInt(String(count ?? 0))]),
        ),
      )
    } catch (cause) {
      if (!(cause instanceof TraceError) || cause.code !== 'ERR_SQL') throw cause
      throw new TraceError(
        'ERR_TRACE_OPEN',
        'the database holds no recording: there is no table meta.events',
        {
          hint: 'make it with: traceduck import trace.dat',
          cause,
        },
      )
    }
  }

  /** True when not a single event was recorded. */
  get isEmpty(): boolean {
    return [...this.#rows.values()].every((rows) => rows === 0n)
  }

  /** The relations that these names stand for, as far as the recording has them. */
  async catalogueOf(relations: readonly RelationName[]): Promise<Catalogue> {
    const tables = new Map<string, readonly CatalogueColumn[]>()
    const derived = new Set<string>()
    for (const relation of relations) {
      if (relation.system === '') {
        if (await this.#columnsOf(`main.${relation.event}`)) derived.add(relation.event)
        continue
      }
      for (const name of this.#candidates(relation)) {
        const columns = await this.#columnsOf(name)
        if (columns) tables.set(name, columns)
      }
    }
    return { tables, derived }
  }

  /** The needs that are not met, those of derived relations as the events they lack. */
  async missing(query: Query): Promise<Need[]> {
    const unmet: Need[] = []
    for (const need of query.needs) {
      if (await this.#has(need)) continue
      if ('events' in need) unmet.push(need)
      else {
        const lacking: Need[] = []
        for (const events of eventsNeeded([need]))
          if (!(await this.#has(events))) lacking.push(events)
        unmet.push(...(lacking.length > 0 ? lacking : [need]))
      }
    }
    const seen = new Set<string>()
    return unmet.filter((need) => seen.size < seen.add(needText(need)).size)
  }

  async #has(need: Need): Promise<boolean> {
    if ('view' in need) return (await this.#columnsOf(`main.${need.view}`)) !== undefined
    const { tables } = await this.catalogueOf(need.events)
    return tables.size > 0
  }

  /** Events a name may stand for: with `*` only those that occur. */
  #candidates(relation: RelationName): string[] {
    const wild = `${relation.system}${relation.event}`.includes('*')
    const names = [...this.#rows].filter(([, rows]) => !wild || rows > 0n).map(([name]) => name)
    const tables = new Map(names.map((name) => [name, []]))
    return tablesOf({ tables, derived: new Set() }, relation)
  }

  /** The columns of a relation; undefined when there is none: the event was not recorded. */
  #columnsOf(name: string): Promise<readonly CatalogueColumn[] | undefined> {
    const known = this.#columns.get(name)
    if (known) return known
    const reading = this.#readColumns(name)
    this.#columns.set(name, reading)
    return reading
  }

  async #readColumns(name: string): Promise<readonly CatalogueColumn[] | undefined> {
    const [system, event] = name.split('.')
    try {
      const { columns } = await this.#database.all(`select * from "${system}"."${event}" limit 0`)
      return columns.map((column) => ({ name: column.name, type: column.type.toString() }))
    } catch (error) {
      if (error instanceof TraceError && error.code === 'ERR_SQL') return undefined
      throw error
    }
  }
}

/** `kmem:kmalloc`, or `kmem:kmalloc or kmem:kmalloc_node` for alternatives. */
export function needText(need: Need): string {
  if ('view' in need) return `the relation ${need.view}`
  return need.events.map(({ system, event }) => `${system}:${event}`).join(' or ')
}

/** `ERR_NOT_RECORDED` for a report whose needs are not met. */
export function notRecorded(query: Query, unmet: readonly Need[]): TraceError {
  const needs = unmet.map(needText).join(', ')
  const record = query.record === '' ? '' : `; record with ${query.record}`
  return new TraceError('ERR_NOT_RECORDED', `needs ${needs} - not in this recording${record}`)
}
