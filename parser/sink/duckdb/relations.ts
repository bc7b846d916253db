/**
 * The names under which a trace's relations can be queried. A trace has up to some thousands of
 * event tables and a statement names a few, so a view is made when a statement first mentions it
 * (0.4 ms each); all of them when one looks at the catalogue, or names something unknown.
 *
 * A relation that is scanned for the second time is brought into memory first: its view gives way
 * to a table of the same name. DuckDB spills what exceeds its memory limit.
 */
import type { Relation } from '../../batch/column-batch.ts'
import { batchRelation } from '../../batch/row-relation.ts'
import type { TraceError } from '../../error.ts'
import { duckdb, quoteName, quoteText } from './binding.ts'
import { type DuckDB, type StatementHooks, sqlError } from './database.ts'
import { type ReplaySpec, replayInto } from './replay.ts'
import { SCAN_FUNCTION, Scans, type ScanTarget } from './scan.ts'

/** A view, macro or table that is made when a statement first mentions its name. */
export interface LazyObject {
  readonly schema: string
  readonly name: string
  /** SQL that makes it, `create or replace …`; or the `select` that a table is replayed from. */
  readonly create: string | (() => string)
  /** Present where it is a table that JavaScript makes of the rows of `create`. */
  readonly replay?: ReplaySpec | undefined
  /** Its SQL names no other relation, whatever words are in it. */
  readonly standsAlone?: boolean
}

/** Scans of one relation in one statement from which reading it into memory first is cheaper. */
const SCANS_WORTH_STORING = 3
const { SELECT, INSERT, UPDATE, DELETE, COPY, EXECUTE, TRANSACTION } = duckdb.StatementType
/** Statements whose scans really run, other than `explain` or `create view`. */
const RUNNING: ReadonlySet<number> = new Set([SELECT, INSERT, UPDATE, DELETE, COPY, EXECUTE])
/** A quotation mark in a comment or a literal opens no identifier; a literal may be a table's name. */
const IDENTIFIER = /--[^\n]*|'((?:[^']|'')*)'|"((?:[^"]|"")+)"|[\p{L}_][\p{L}\p{N}_$]*/gu
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/gu
/** Text that lists what exists. */
const LISTS_TABLES =
  /(^|;)\s*(show|describe|desc)\s*(all\s+tables|tables|schemas|databases)?\s*(from\b|;|$)/i
const READS_CATALOGUE = /\b(information_schema|pragma|export|(pg|sqlite)_\w+|duckdb_\w+s\s*\()/i

/** Something that can be declared: a relation's view, or a lazy object. */
interface Entry extends LazyObject {
  /** A relation's; undefined for lazy objects. */
  readonly target: ScanTarget | undefined
  /** Its place among all. */
  readonly order: number
  declared: boolean
  /** Rows are in a table of this name, in memory. */
  stored: boolean
  /** Bringing it into memory failed once. */
  storable: boolean
}

/**
 * Makes relations and lazy objects queryable by name on this database; objects come after those they
 * stand on. Names are compared as SQL does, without case. Rows come in the relation's order.
 */
export function registerRelations(
  db: DuckDB,
  relations: readonly Relation[],
  objects: readonly LazyObject[] = [],
): void {
  db.hooks = new RelationCatalogue(db, relations, objects)
}

class RelationCatalogue implements StatementHooks {
  readonly #db: DuckDB
  readonly #entries: Entry[]
  readonly #byName = new Map<string, Entry[]>()
  readonly #byTarget = new Map<ScanTarget, Entry>()
  readonly #scans: Scans
  readonly #schemas = new Set<string>(['main'])
  #inTransaction = false
  #statementType = 0
  #problem: TraceError | undefined
  /** Rows of a table that is being replayed, found under an empty name. */
  #replayed: ScanTarget | undefined

  constructor(db: DuckDB, relations: readonly Relation[], objects: readonly LazyObject[]) {
    this.#db = db
    this.#entries = [
      ...relations.map(relationEntry),
      ...objects.map((object, i) => objectEntry(object, relations.length + i)),
    ]
    for (const entry of this.#entries) {
      const key = entry.name.toLowerCase()
      const same = this.#byName.get(key)
      if (same) same.push(entry)
      else this.#byName.set(key, [entry])
      if (entry.target) this.#byTarget.set(entry.target, entry)
    }
    this.#scans = new Scans((schema, name) => this.#target(schema, name))
    this.#scans.register(db.connection)
  }

  async declare(sql: string | undefined): Promise<boolean> {
    const wanted: Entry[] = []
    if (sql === undefined || LISTS_TABLES.test(sql) || READS_CATALOGUE.test(sql)) {
      for (const entry of this.#entries) this.#want(entry, wanted)
    } else {
      this.#problem = undefined
      this.#mentioned(sql, wanted)
    }
    if (wanted.length === 0) return false
    // Words that happen to be names (in a comment, say) lead to entries too: only the order in which
    // they were given is sure to have each after those it stands on.
    wanted.sort((a, b) => a.order - b.order)
    await this.#create(wanted, sql !== undefined)
    return true
  }

  begin(): void {
    this.#scans.begin()
  }

  async prepared(statementType: number): Promise<boolean> {
    this.#statementType = statementType
    if (this.#inTransaction || !RUNNING.has(statementType)) return false
    const worth = [...this.#scans.bound].filter(
      ([target, times]) => target.scanned || times >= SCANS_WORTH_STORING,
    )
    let changed = false
    for (const [target] of worth) {
      const entry = this.#byTarget.get(target)
      if (entry?.storable && (await this.#store(entry))) changed = true
    }
    return changed
  }

  end(succeeded: boolean): unknown {
    const failure = this.#scans.end()
    if (this.#statementType === TRANSACTION && succeeded) {
      this.#inTransaction = !this.#inTransaction
      // A rollback takes back the views that were declared inside the transaction.
      if (!this.#inTransaction) this.#forget()
    }
    this.#statementType = 0
    return failure ?? this.#problem
  }

  #target(schema: string, name: string): ScanTarget | undefined {
    if (name === '') return this.#replayed
    const same = this.#byName.get(name.toLowerCase()) ?? []
    return same.find((entry) => entry.schema === schema && entry.name === name)?.target
  }

  #mentioned(sql: string, wanted: Entry[]): void {
    for (const [word, literal, quoted] of sql.matchAll(IDENTIFIER)) {
      const names = literal?.match(WORD) ?? [quoted?.replaceAll('""', '"') ?? word]
      for (const name of names)
        for (const entry of this.#byName.get(name.toLowerCase()) ?? []) this.#want(entry, wanted)
    }
  }

  /** Adds an entry and those that its own SQL mentions. */
  #want(entry: Entry, wanted: Entry[]): void {
    if (entry.declared) return
    entry.declared = true
    if (!entry.target && !entry.standsAlone) this.#mentioned(textOf(entry), wanted)
    wanted.push(entry)
  }

  async #create(wanted: readonly Entry[], keepProblem: boolean): Promise<void> {
    const next = wanted.findIndex(({ replay }) => replay !== undefined)
    if (next < 0) return this.#createBySql(wanted, keepProblem)
    await this.#createBySql(wanted.slice(0, next), keepProblem)
    const table = wanted[next]!
    try {
      await this.#replay(table)
    } catch (error) {
      table.declared = false
      throw error
    }
    await this.#create(wanted.slice(next + 1), keepProblem)
  }

  /** Fills a table that is not SQL's to make; rows go through a relation of its own. */
  async #replay({ schema, name, replay, ...entry }: Entry): Promise<void> {
    const full = `${quoteName(schema)}.${quoteName(name)}`
    const { columns, begin } = replay!
    const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`)
    await this.#db.raw(`create or replace table ${full} (${list.join(', ')})`)
    const reader = await this.#db.connect()
    try {
      await replayInto(
        { schema, name, columns },
        begin,
        this.#db.chunksOn(reader, textOf({ schema, name, ...entry })),
        (batch) => {
          this.#replayed = { relation: batchRelation(batch), scanned: false }
          return this.#db.raw(`insert into ${full} select * from ${SCAN_FUNCTION}('', '')`)
        },
      )
    } catch (error) {
      await this.#db.raw(`drop table if exists ${full}`).catch(() => {})
      throw this.#scans.end() ?? sqlError(error)
    } finally {
      this.#replayed = undefined
      duckdb.disconnect_sync(reader)
      this.#scans.end()
    }
  }

  async #createBySql(wanted: readonly Entry[], keepProblem: boolean): Promise<void> {
    if (wanted.length === 0) return
    const sql = wanted.map((entry) => this.#statement(entry))
    try {
      await this.#db.raw(sql.join(';'))
    } catch {
      for (const one of sql) {
        try {
          await this.#db.raw(one)
        } catch (error) {
          if (keepProblem) this.#problem ??= error as TraceError
        }
      }
    }
  }

  #statement(entry: Entry): string {
    const schema = entry.schema.toLowerCase()
    const known = this.#schemas.has(schema)
    this.#schemas.add(schema)
    const before = known ? '' : `create schema if not exists ${quoteName(entry.schema)};`
    return before + textOf(entry)
  }

  /** Reads a relation into memory; false when that does not work and it stays as it is. */
  async #store(entry: Entry): Promise<boolean> {
    const name = `${quoteName(entry.schema)}.${quoteName(entry.name)}`
    try {
      await this.#db.raw(
        `begin; drop view if exists ${name}; create table ${name} as ${scanOf(entry)}; commit`,
      )
      entry.stored = true
      return true
    } catch (error) {
      await this.#db.raw('rollback').catch(() => {})
      entry.storable = false
      const failure = this.#scans.end()
      if (failure) throw failure
      if ((error as TraceError).code === 'ERR_INTERRUPTED') {
        entry.storable = true
        throw error
      }
      return false
    } finally {
      this.#scans.end()
    }
  }

  #forget(): void {
    for (const entry of this.#entries) if (!entry.stored) entry.declared = false
    this.#schemas.clear()
  }
}

function relationEntry(relation: Relation, order: number): Entry {
  const { schema, name } = relation
  const view = `create view if not exists ${quoteName(schema)}.${quoteName(name)} as `
  const state = { declared: false, stored: false, storable: true }
  const create = () => view + scanOf(relation)
  return { schema, name, create, target: { relation, scanned: false }, order, ...state }
}

function objectEntry(object: LazyObject, order: number): Entry {
  return { ...object, target: undefined, order, declared: false, stored: false, storable: false }
}

function textOf(entry: LazyObject): string {
  return typeof entry.create === 'string' ? entry.create : entry.create()
}

function scanOf({ schema, name }: { schema: string; name: string }): string {
  return `select * from ${SCAN_FUNCTION}(${quoteText(schema)}, ${quoteText(name)})`
}
