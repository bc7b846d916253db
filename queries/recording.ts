/** What a recording holds, as far as reports must know before they answer. */
import {
  allViews,
  type Catalogue,
  type CatalogueColumn,
  derivable,
  eventsNeeded,
  type Need,
  tablesOf,
} from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import { type Coverage, covers, type RecordedEvent, readCoverage } from './coverage.ts'
import type { Database } from './database.ts'
import type { Query } from './header.ts'

/** Columns of the event tables, and what stands beside them, of a database that an import made. */
const TABLES = `
select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
where not internal and schema_name not in ('main', 'meta') order by schema_name, table_name, column_index`
const DERIVED = `
select view_name from duckdb_views() where schema_name = 'main' and not internal
union all select table_name from duckdb_tables() where schema_name = 'main' and not internal`

/** What a recording has: events, their tables, and what can be derived from them. */
export class Recording {
  readonly catalogue: Catalogue
  /** Rows by `system.event`, of every event the file has a format of. */
  readonly #rows: ReadonlyMap<string, bigint>
  /** How it was recorded. */
  readonly coverage: Coverage

  private constructor(catalogue: Catalogue, rows: ReadonlyMap<string, bigint>, coverage: Coverage) {
    this.catalogue = catalogue
    this.#rows = rows
    this.coverage = coverage
  }

  /**
   * Reads what the recording has; `tables` are the columns of its event tables where they are known
   * already, which spares looking them up. Throws `ERR_TRACE_OPEN` when the database holds no
   * recording.
   */
  static async of(
    database: Database,
    tables?: ReadonlyMap<string, readonly CatalogueColumn[]>,
  ): Promise<Recording> {
    const rows = await readRows(database)
    const catalogue = tables ? derivable(tables).catalogue : await readCatalogue(database)
    return new Recording(catalogue, rows, await readCoverage(database))
  }

  /** True when not a single event was recorded. */
  get isEmpty(): boolean {
    return [...this.#rows.values()].every((rows) => rows === 0n)
  }

  /** The needs that were not recorded, those of derived relations as the events they lack. */
  missing(needs: readonly Need[]): Need[] {
    return this.#unmet(needs).filter((need) => !this.#wasEnabled(need))
  }

  /** Needs that were recorded, as the file says, and of which nothing happened: their events. */
  silent(needs: readonly Need[]): string[] {
    const unmet = this.#unmet(needs)
    const events = this.coverage.events.filter((one) => unmet.some((need) => isFor(need, one)))
    return [...new Set(events.map(({ system, event }) => `${system}:${event}`))]
  }

  #wasEnabled(need: Need): boolean {
    return this.coverage.events.some((event) => isFor(need, event))
  }

  #unmet(needs: readonly Need[]): Need[] {
    const unmet = needs.flatMap((need): Need[] => {
      if (this.#has(need)) return []
      if ('events' in need) return [need]
      const lacking = eventsNeeded([need]).filter((events) => !this.#has(events))
      return lacking.length > 0 ? lacking : [need]
    })
    const seen = new Set<string>()
    return unmet.filter((need) => seen.size < seen.add(needText(need)).size)
  }

  /** With `*` only events that occur count. */
  #has(need: Need): boolean {
    if ('view' in need) return this.catalogue.derived.has(need.view)
    return need.events.some((relation) => {
      const wild = `${relation.system}${relation.event}`.includes('*')
      const tables = tablesOf(this.catalogue, relation)
      return tables.some((name) => !wild || (this.#rows.get(name) ?? 0n) > 0n)
    })
  }
}

function isFor(need: Need, event: RecordedEvent): boolean {
  return 'events' in need && need.events.some((one) => covers(one, event))
}

async function readRows(database: Database): Promise<ReadonlyMap<string, bigint>> {
  try {
    const { rows } = await database.all(
      'select system, event, sum(rows)::bigint from meta.events group by all',
    )
    return new Map(
      rows.map(([system, event, count]) => [`${system}.${event}`, BigInt(String(count ?? 0))]),
    )
  } catch (cause) {
    if (!(cause instanceof TraceError) || cause.code !== 'ERR_SQL') throw cause
    throw new TraceError(
      'ERR_TRACE_OPEN',
      'the database holds no recording: there is no table meta.events',
      { hint: 'make it with: traceduck import trace.dat', cause },
    )
  }
}

async function readCatalogue(database: Database): Promise<Catalogue> {
  const tables = new Map<string, CatalogueColumn[]>()
  for (const [table, name, type] of (await database.all(TABLES)).rows) {
    const column = { name: String(name), type: String(type) }
    const columns = tables.get(String(table))
    if (columns) columns.push(column)
    else tables.set(String(table), [column])
  }
  const known = new Set(allViews().map(({ name }) => name))
  const derived = (await database.all(DERIVED)).rows.map(([name]) => String(name))
  return { tables, derived: new Set(derived.filter((name) => known.has(name))) }
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
