import t from 'tap'
import type { TableSchema } from '../../../../parser/batch/column-batch.ts'
import { type DuckDB, openDuckDB } from '../../../../parser/sink/duckdb/database.ts'
import { registerRelations } from '../../../../parser/sink/duckdb/relations.ts'
import { makeRelation, type TestRelation } from '../../../helpers/make-batch.ts'

const table: TableSchema = {
  schema: 'kmem',
  name: 'kmalloc',
  columns: [
    { name: 'ts', type: 'BIGINT' },
    { name: 'ptr', type: 'UBIGINT' },
    { name: 'comm', type: 'VARCHAR' },
    { name: 'stack', type: 'UBIGINT[]' },
  ],
}
const comm = (i: number) => (i % 3 === 0 ? `t${i % 7}` : `a longer task name ${i % 1000}`)
const row = (i: number) => [
  BigInt(i),
  0xffff_8000_0000_0000n + BigInt(i),
  comm(i),
  i % 5 === 0 ? null : [i, i + 1],
]

async function open(relations: TestRelation[]): Promise<DuckDB> {
  const db = await openDuckDB(':memory:')
  registerRelations(db, relations)
  return db
}

async function value(db: DuckDB, sql: string): Promise<unknown> {
  return (await db.all(sql)).rows[0]?.[0]
}

t.test('decodes only the columns a query names', async (t) => {
  const relation = makeRelation(table, 5000, row)
  const db = await open([relation])
  t.equal(await value(db, 'select sum(ts)::bigint from kmem.kmalloc'), 12497500n)
  t.strictSame(relation.scans, [[0]])
  t.equal(relation.open, 0)
  await db.close()
})

t.test('counts rows without decoding a column', async (t) => {
  const relation = makeRelation(table, 5000, row)
  const db = await open([relation])
  t.equal(await value(db, 'select count(*) from kmem.kmalloc'), 5000n)
  t.strictSame(relation.scans, [[0]], 'DuckDB asks for the first column')
  await db.close()
})
