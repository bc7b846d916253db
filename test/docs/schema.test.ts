import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { allViews } from '../../analysis/index.ts'
import { eventRelation, eventsRelation, eventTables } from '../../parser/catalogue.ts'
import { eventTextRelation } from '../../parser/event-text-relation.ts'
import { openTrace } from '../../parser/index.ts'
import { metaRelations } from '../../parser/meta.ts'
import { fixture, root } from '../helpers/paths.ts'

t.setTimeout(200_000)

/** The documented columns of each `### name`. */
function readDocument(): Map<string, { name: string; type: string }[]> {
  const text = readFileSync(`${root}docs/schema.md`, 'utf8')
  const sections = text.split(/^### /m).slice(1)
  return new Map(
    sections.map((section) => {
      const rows = [...section.matchAll(/^\| `(\w+)` \| ([\w[\]]+) \| \S/gm)]
      const columns = rows.map(([, name, type]) => ({ name: name!, type: type! }))
      return [/^\S.*/.exec(section)![0], columns]
    }),
  )
}

const documented = readDocument()
const trace = await openTrace(fixture('reports', 'icmp-ping-default.dat'))
t.teardown(() => trace.close())
const tables = eventTables([trace])

t.test('meta and events have the documented columns, in order', async (t) => {
  const relations = [
    ...metaRelations([trace]),
    eventsRelation([trace], tables),
    eventTextRelation([trace], tables),
  ]
  t.ok(relations.length > 9)
  for (const { schema, name, columns } of relations) {
    const key = `${schema}.${name}`
    t.same(
      documented.get(key),
      columns.map(({ name, type }) => ({ name, type })),
      key,
    )
  }
})

t.test('every event table begins with the documented columns', async (t) => {
  const common = documented.get('event columns') ?? []
  t.equal(common.length, 7)
  for (const table of tables) {
    const { schema, name, columns } = eventRelation(table)
    t.same(
      columns.slice(0, common.length).map(({ name, type }) => ({ name, type })),
      common,
      `${schema}.${name}`,
    )
  }
})

t.test('nothing is documented that is not there', async (t) => {
  const known = new Set([
    'event columns',
    'main.event_text',
    ...metaRelations([trace]).map(({ schema, name }) => `${schema}.${name}`),
    ...allViews().map(({ name }) => `main.${name}`),
    'main.events',
  ])
  t.same(
    [...documented.keys()].filter((key) => !known.has(key)),
    [],
  )
})

t.test('macros and derived relations are documented as their heads say', async (t) => {
  const done = spawnSync(process.execPath, [`${root}scripts/schema-docs.mjs`, '--check'], {
    encoding: 'utf8',
  })
  t.equal(done.stderr, '')
  t.equal(done.status, 0)
})
