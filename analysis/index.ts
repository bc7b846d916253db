/** SQL objects over the tables of a recording: macros, and the relations derived from its events. */
import { fdTable } from './files/fd-table.ts'
import { fsEvents } from './files/fs-events.ts'
import { pathProbes } from './files/path-probes.ts'
import { readMacros } from './macros.ts'
import { inOrder } from './order.ts'
import { probeEvents } from './probes/events.ts'
import { type Catalogue, type CatalogueColumn, type Need, withOptional } from './relations.ts'
import { eventStacks } from './symbols/event-stacks.ts'
import { userSymbols } from './symbols/user-symbols.ts'
import { syscallEvents } from './syscalls/events.ts'
import { syscallNumbers } from './syscalls/numbers.ts'
import {
  type ComposedView,
  createView,
  isMet,
  listViews,
  type ReplayedTable,
  type View,
} from './views.ts'

/** A macro, view or table, and the SQL that makes it. */
export interface AnalysisObject {
  readonly schema: 'main'
  readonly name: string
  /** For a replayed table, the `select` whose rows are replayed. */
  readonly create: string | (() => string)
  readonly replay?: Pick<ReplayedTable, 'columns' | 'begin'>
}

/** Relations whose SQL is put together from the tables that a recording has. */
const COMPOSED: readonly ComposedView[] = [
  syscallNumbers,
  syscallEvents,
  pathProbes,
  fsEvents,
  probeEvents,
  eventStacks,
]

/** Relations that are replayed row by row. */
const REPLAYED: readonly ReplayedTable[] = [fdTable, userSymbols]

type Derived = View | ComposedView | ReplayedTable

/** Macros, and the relations a recording has the events for, each after those it stands on. */
export function analysisObjects(
  tables: ReadonlyMap<string, readonly CatalogueColumn[]>,
): AnalysisObject[] {
  const { relations, catalogue } = derivable(tables)
  return inOrder(readMacros(), relations).map((object) =>
    'signature' in object ? object : objectOf(object, catalogue),
  )
}

function objectOf(relation: Derived, catalogue: Catalogue): AnalysisObject {
  const { name, optional } = relation
  const select = (): string =>
    withOptional(
      'sql' in relation ? relation.sql : relation.compose(catalogue),
      optional,
      catalogue,
    )
  if ('begin' in relation) {
    const { columns, begin } = relation
    return { schema: 'main', name, create: select, replay: { columns, begin } }
  }
  return { schema: 'main', name, create: () => createView(relation, select()) }
}

/** The relations a recording has the events for, in an order in which they can be made. */
export function derivable(tables: ReadonlyMap<string, readonly CatalogueColumn[]>): {
  readonly relations: readonly Derived[]
  readonly catalogue: Catalogue
} {
  const derived = new Set<string>()
  // In order of name: what is put together from tables is the same however a recording is stored.
  const sorted = new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1)))
  const catalogue: Catalogue = { tables: sorted, derived }
  const all: readonly Derived[] = [...COMPOSED, ...listViews(), ...REPLAYED]
  for (let before = -1; before !== derived.size; ) {
    before = derived.size
    for (const relation of all)
      if (!derived.has(relation.name) && isDerivable(relation, catalogue))
        derived.add(relation.name)
  }
  const waiting = all.filter(({ name }) => derived.has(name))
  const relations: Derived[] = []
  const done = new Set<string>()
  while (waiting.length > 0) {
    const next = waiting.findIndex((view) =>
      standsOn(view).every((name) => done.has(name) || !derived.has(name)),
    )
    if (next < 0)
      throw new TypeError(`relations stand on each other: ${waiting.map(({ name }) => name)}`)
    const [relation] = waiting.splice(next, 1)
    done.add(relation!.name)
    relations.push(relation!)
  }
  return { relations, catalogue }
}

function isDerivable(relation: Derived, catalogue: Catalogue): boolean {
  if ('isRecorded' in relation) return relation.isRecorded!(catalogue)
  return relation.needs.every((need) => isMet(need, catalogue))
}

function standsOn({ needs, optional }: Derived): string[] {
  return [
    ...needs.flatMap((need) => ('view' in need ? [need.view] : [])),
    ...optional.filter(({ system }) => system === '').map(({ event }) => event),
  ]
}

/** The event tables that a need comes down to, those of derived relations included. */
export function eventsNeeded(needs: readonly Need[]): Need[] {
  return needs.flatMap((need): Need[] => {
    if ('events' in need) return [need]
    const view = allViews().find(({ name }) => name === need.view)
    return view ? eventsNeeded(view.needs) : []
  })
}

/** What is known of every derived relation, by name. */
export function allViews(): Omit<View, 'sql'>[] {
  return [...listViews(), ...COMPOSED, ...REPLAYED].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export { type Macro, readMacros } from './macros.ts'
export {
  type Catalogue,
  type CatalogueColumn,
  type Need,
  type OptionalRelation,
  parseNeeds,
  parseOptional,
  type RelationName,
  tablesOf,
  withOptional,
} from './relations.ts'
export { readSqlFolder } from './sql-folder.ts'
export { quoteName, quoteTable, quoteText, splitTable, withRelations } from './sql-text.ts'
export type { ComposedView, ReplayedTable, View, ViewColumn } from './views.ts'
