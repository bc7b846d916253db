/** SQL objects over the tables of a recording: macros, and the relations derived from its events. */
import { readMacros } from './macros.ts'
import type { Catalogue, CatalogueColumn, Need } from './relations.ts'
import { syscallEvents } from './syscalls/events.ts'
import { type ComposedView, createView, isMet, listViews, type View } from './views.ts'

/** A macro or view, and the SQL that makes it. */
export interface AnalysisObject {
  readonly schema: 'main'
  readonly name: string
  readonly create: string | (() => string)
}

/** Relations whose SQL is put together from the tables that a recording has. */
const COMPOSED: readonly ComposedView[] = [syscallEvents]

/** Macros, and the views a recording has the events for, each after those it stands on. */
export function analysisObjects(
  tables: ReadonlyMap<string, readonly CatalogueColumn[]>,
): AnalysisObject[] {
  const macros: AnalysisObject[] = readMacros()
  const { views, catalogue } = derivable(tables)
  return [
    ...macros,
    ...views.map((view) => ({
      schema: 'main' as const,
      name: view.name,
      create: () => createView(view, catalogue),
    })),
  ]
}

/** The views a recording has the events for, in an order in which they can be made. */
export function derivable(tables: ReadonlyMap<string, readonly CatalogueColumn[]>): {
  readonly views: readonly View[]
  readonly catalogue: Catalogue
} {
  const derived = new Set<string>()
  const catalogue: Catalogue = { tables, derived }
  const composed = COMPOSED.flatMap((view): View[] => {
    const sql = view.compose(catalogue)
    return sql === undefined ? [] : [{ ...view, sql }]
  })
  for (const { name } of composed) derived.add(name)
  const files = [...listViews()]
  for (let before = -1; before !== derived.size; ) {
    before = derived.size
    for (const view of files)
      if (view.needs.every((need) => isMet(need, catalogue))) derived.add(view.name)
  }
  const waiting = files.filter((view) => derived.has(view.name))
  const views: View[] = [...composed]
  const done = new Set(composed.map(({ name }) => name))
  while (waiting.length > 0) {
    const next = waiting.findIndex((view) =>
      standsOn(view).every((name) => done.has(name) || !derived.has(name)),
    )
    if (next < 0)
      throw new TypeError(`views stand on each other: ${waiting.map(({ name }) => name)}`)
    const [view] = waiting.splice(next, 1)
    done.add(view!.name)
    views.push(view!)
  }
  return { views, catalogue }
}

function standsOn({ needs, optional }: View): string[] {
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
  return [...listViews(), ...COMPOSED].sort((a, b) => (a.name < b.name ? -1 : 1))
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
export type { View, ViewColumn } from './views.ts'
