// The derived relations over the event tables of kernels of several ages, word sizes and byte orders.
import t from 'tap'
import { allViews, derivable } from '../../analysis/index.ts'
import { openTables, tablesOfKernel } from '../helpers/kernel-database.ts'

t.setTimeout(290_000)

const KERNELS = ['i386 6.1.0-50-686-pae', 's390x 6.1.0-50-s390x']

const described = new Map<string, string>()
const views = new Map(allViews().map((view) => [view.name, view]))

for (const kernel of KERNELS) {
  t.test(kernel, async (t) => {
    const tables = tablesOfKernel(kernel)
    const database = await openTables(tables)
    for (const name of derivable(tables).catalogue.derived) {
      const { rows } = await database.all(`describe main."${name}"`).catch((error: Error) => {
        t.fail(`${name}: ${error.message}`)
        return { rows: [] }
      })
      if (rows.length === 0) continue
      const types = rows.map(([column, type]) => `${column} ${type}`).join(', ')
      t.equal(types, described.get(name) ?? types, `${name} has the same columns on every kernel`)
      described.set(name, types)
      t.same(
        views.get(name)!.columns.map((column) => column.name),
        rows.map(([column]) => column),
        `${name}: its head says every column, in order`,
      )
    }
    await database.close()
  })
}

t.test('every derived relation was seen on some kernel, and says what it is', async (t) => {
  for (const { name, row, columns, source, record } of views.values()) {
    t.ok(described.has(name), name)
    t.ok(row !== '' && source !== '' && record !== '', `${name}: head`)
    for (const { text } of columns) t.ok(text.length > 2, `${name}: columns`)
  }
})
