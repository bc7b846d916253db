/** What a recording holds, as far as reports must know before they answer. */
import { TraceError } from '../parser/error.ts'
import type { Query, RelationName } from './header.ts'
import type { ParamValue } from './params.ts'

/** A database with the relations of a recording; the parser's DuckDB wrapper is one. */
export interface Database {
  /** A small result in memory. */
  all(
    sql: string,
    params?: Readonly<Record<string, ParamValue>>,
  ): Promise<{
    readonly columns: readonly { readonly name: string }[]
    readonly rows: readonly (readonly unknown[])[]
  }>
}

/** Which events a recording has tables for. */
export class Recording {
  readonly #database: Database
  /** Rows by `system.event`, of every event the file has a format of. */
  readonly #rows: ReadonlyMap<string, bigint>
  readonly #columns = new Map<string, Promise<ReadonlySet<string> | undefined>>()

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

  /** The columns of an event's table; undefined when it has none: the event was not recorded. */
  columns({ system, event }: RelationName): Promise<ReadonlySet<string> | undefined> {
    const key = `${system}.${event}`
    const known = this.#columns.get(key)
    if (known) return known
    const reading = this.#readColumns(key)
    this.#columns.set(key, reading)
    return reading
  }

  /** The needs that are not met: of each list, none was recorded. */
  async missing(query: Query): Promise<(readonly RelationName[])[]> {
    const unmet: (readonly RelationName[])[] = []
    for (const alternatives of query.needs) {
      const found = await Promise.all(alternatives.map((relation) => this.columns(relation)))
      if (found.every((columns) => columns === undefined)) unmet.push(alternatives)
    }
    return unmet
  }

  async #readColumns(key: string): Promise<ReadonlySet<string> | undefined> {
    if (!this.#rows.has(key)) return undefined
    const [system, event] = key.split('.')
    try {
      const { columns } = await this.#database.all(`select * from "${system}"."${event}" limit 0`)
      return new Set(columns.map(({ name }) => name))
    } catch (error) {
      if (error instanceof TraceError && error.code === 'ERR_SQL') return undefined
      throw error
    }
  }
}

/** `kmem:kmalloc`, or `kmem:kmalloc or kmem:kmalloc_node` for alternatives. */
export function needText(alternatives: readonly RelationName[]): string {
  return alternatives.map(({ system, event }) => `${system}:${event}`).join(' or ')
}

/** `ERR_NOT_RECORDED` for a report whose needs are not met. */
export function notRecorded(query: Query, unmet: readonly (readonly RelationName[])[]): TraceError {
  const needs = unmet.map(needText).join(', ')
  const record = query.record === '' ? '' : `; record with ${query.record}`
  return new TraceError('ERR_NOT_RECORDED', `needs ${needs} - not in this recording${record}`)
}
