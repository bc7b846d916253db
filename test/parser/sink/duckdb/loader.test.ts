// Rows wait in bounded memory, their strings included, and none is lost.
import t from 'tap'
import type { TableSchema } from '../../../../parser/batch/column-batch.ts'
import { type Connection, duckdb } from '../../../../parser/sink/duckdb/binding.ts'
import { openDuckDB } from '../../../../parser/sink/duckdb/database.ts'
import { Loader, type LoaderOptions } from '../../../../parser/sink/duckdb/loader.ts'
import { makeBatch, TestPool, type Value } from '../../../helpers/make-batch.ts'

const STASH = 2 << 20
const ROW_GROUP = 2048

const tableOf = (name: string, type: 'VARCHAR' | 'BIGINT'): TableSchema => ({
  schema: 'main',
  name,
  columns: [{ name: 'v', type }],
})

/** Opens a database with `tables` and hands over a loader into it; `taken` is told of each statement. */
async function withLoader(
  tables: readonly TableSchema[],
  taken: (table: string, rows: number) => void,
  work: (loader: Loader, ask: (sql: string) => Promise<unknown>) => Promise<void>,
  more: Partial<LoaderOptions> = {},
): Promise<void> {
  const db = await openDuckDB(':memory:', { settings: { preserve_insertion_order: 'false' } })
  const connections: Connection[] = [await db.connect(), await db.connect()]
  const take: LoaderOptions['take'] = async (connection, { name }, rows) => {
    const done = await duckdb.query(connection, `insert into ${name} select * from ${rows}`)
    taken(name, duckdb.rows_changed(done))
  }
  const options = { rowGroupRows: ROW_GROUP, groupsAtOnce: 2, stashBytes: STASH, take, ...more }
  const loader = new Loader(connections, options)
  try {
    for (const { name, columns } of tables)
      await db.raw(`create table ${name} (v ${columns[0]!.type})`)
    await work(loader, async (sql) => (await db.all(sql)).rows)
  } finally {
    await loader.stop()
    for (const connection of connections) duckdb.disconnect_sync(connection)
    await db.close()
  }
}

t.test(
  'long strings count among what waits, those that rows of rare events keep too',
  async (t) => {
    const tables = Array.from({ length: 12 }, (_, i) => tableOf(`t${i}`, 'VARCHAR'))
    let most = 0
    const rounds = 40
    await withLoader(
      tables,
      () => {},
      async (loader, ask) => {
        for (let round = 0; round < rounds; round++) {
          // Each pool is 300 KB of strings, of which every table has a few rows.
          const pool = new TestPool()
          pool.generation = round
          for (const [i, table] of tables.entries()) {
            const texts = [0, 1].map((k) => [`${round} ${i} ${k} `.padEnd(12_500, 'x')])
            await loader.add(makeBatch(table, texts, pool))
            most = Math.max(most, loader.waitingBytes)
          }
        }
        await loader.drain()
        for (const { name } of tables) {
          const sql = `select count(distinct v), min(length(v)), max(length(v)) from ${name}`
          t.strictSame(await ask(sql), [[BigInt(2 * rounds), 12_500n, 12_500n]])
        }
      },
    )
    // In all it was 12 MB of strings; a batch more than the bound may be there before it is waited for.
    t.ok(most <= STASH + (512 << 10), `${most} bytes waited`)
  },
)

t.test('no table hoards: its rows wait for as many as two statements take', async (t) => {
  const table = tableOf('busy', 'BIGINT')
  const statements: number[] = []
  const batches = 60
  await withLoader(
    [table],
    (_, rows) => statements.push(rows),
    async (loader, ask) => {
      const rows: Value[][] = Array.from({ length: ROW_GROUP }, (_, i) => [i])
      const batch = makeBatch(table, rows)
      let most = 0
      for (let i = 0; i < batches; i++) {
        await loader.add(batch)
        most = Math.max(most, loader.waitingBytes)
      }
      await loader.drain()
      // Two statements' and a row group, the one that is being taken, and the batch that comes.
      t.ok(most <= (2 * 2 + 1 + 2 + 1) * 16_384 + 8192, `${most} bytes waited`)
      t.strictSame(await ask('select count(*)::integer from busy'), [[batches * ROW_GROUP]])
    },
  )
  t.ok(Math.max(...statements) <= 3 * ROW_GROUP, 'the last statements take no more than the others')
})

t.test('after so many rows what was written is forgotten, while no insert runs', async (t) => {
  const tables = [tableOf('a', 'BIGINT'), tableOf('b', 'BIGINT')]
  const batches = 60
  let [running, checkpoints] = [0, 0]
  const checkpoint = async (): Promise<void> => {
    checkpoints++
    t.equal(running, 0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    t.equal(running, 0, 'none has begun')
  }
  const take: LoaderOptions['take'] = async (connection, { name }, rows) => {
    running++
    await duckdb.query(connection, `insert into ${name} select * from ${rows}`)
    running--
  }
  await withLoader(
    tables,
    () => {},
    async (loader, ask) => {
      const rows: Value[][] = Array.from({ length: ROW_GROUP }, (_, i) => [i])
      for (let i = 0; i < batches; i++)
        for (const table of tables) await loader.add(makeBatch(table, rows))
      await loader.drain()
      const sql = 'select (select count(*) from a)::integer, (select count(*) from b)::integer'
      t.strictSame(await ask(sql), [[batches * ROW_GROUP, batches * ROW_GROUP]])
    },
    { take, checkpoint, checkpointRows: 20 * ROW_GROUP },
  )
  t.ok(checkpoints >= 3 && checkpoints <= 6, `${checkpoints} times in 120 row groups`)
})
