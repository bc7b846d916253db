import { join } from 'node:path'
import t from 'tap'
import type { TableSchema } from '../../../../parser/batch/column-batch.ts'
import { openDuckDB, type TraceDatabase } from '../../../../parser/sink/duckdb/database.ts'
import { createDuckDBSink } from '../../../../parser/sink/duckdb/import-sink.ts'
import { registerRelations } from '../../../../parser/sink/duckdb/relations.ts'
import { makeRelation, type Value } from '../../../helpers/make-batch.ts'

const integers = {
  TINYINT: [-128n, 127n],
  UTINYINT: [0n, 255n],
  SMALLINT: [-32768n, 32767n],
  USMALLINT: [0n, 65535n],
  INTEGER: [-2147483648n, 2147483647n],
  UINTEGER: [0n, 4294967295n],
  BIGINT: [-9223372036854775808n, 9223372036854775807n],
  UBIGINT: [0n, 18446744073709551615n],
} as const
type Integer = keyof typeof integers
const types = Object.keys(integers) as Integer[]

/** The same rows through the table function and through an imported file. */
async function bothWays(
  table: TableSchema,
  rows: readonly (readonly Value[])[],
  check: (db: TraceDatabase, how: string) => Promise<void>,
  dir: string,
  more: { batchRows?: number; renewEvery?: number } = {},
): Promise<void> {
  const relation = makeRelation(table, rows.length, (i) => rows[i] as Value[], more)
  const scanned = await openDuckDB(':memory:')
  registerRelations(scanned, [relation])
  await check(scanned, 'scan')
  await scanned.close()
  const path = join(dir, 'out.duckdb')
  const sink = await createDuckDBSink(path)
  await sink.insertRelation(relation)
  await sink.close()
  const imported = await openDuckDB(path, { readOnly: true })
  await check(imported, 'import')
  await imported.close()
}

t.test('integers of every width, to the last bit', async (t) => {
  const table: TableSchema = {
    schema: 's',
    name: 'n',
    columns: types.map((type) => ({ name: type, type })),
  }
  const rows: Value[][] = [
    types.map((type) => integers[type][0]),
    types.map((type) => integers[type][1]),
    types.map(() => null),
    types.map(() => 1n),
  ]
  await bothWays(
    table,
    rows,
    async (db, how) => {
      const text = await db.all(
        `select ${types.map((type) => `"${type}"::varchar`).join(', ')} from s.n`,
      )
      t.strictSame(
        text.rows,
        rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
        how,
      )
      const { columns } = await db.all('from s.n limit 0')
      t.strictSame(
        columns.map((column) => column.type.toString()),
        types,
      )
    },
    t.testdir(),
  )
})

t.test('text and blobs of every length, NUL bytes included', async (t) => {
  const table: TableSchema = {
    schema: 's',
    name: 'x',
    columns: [
      { name: 'text', type: 'VARCHAR' },
      { name: 'blob', type: 'BLOB' },
    ],
  }
  const texts = [
    '',
    'a',
    '12 bytes ok!',
    '13 bytes too!',
    'é'.repeat(7),
    'x'.repeat(100_000),
    'nul\0in it',
    null,
  ]
  const blobs = texts.map((text) =>
    text === null ? null : Uint8Array.from(Buffer.from(`${text}\0\xff\0`, 'latin1')),
  )
  const rows = texts.map((text, i) => [text, blobs[i] as Uint8Array])
  await bothWays(
    table,
    rows,
    async (db, how) => {
      const found = await db.all('select text, hex(blob) from s.x')
      t.strictSame(
        found.rows,
        texts.map((text, i) => [
          text,
          blobs[i] ? Buffer.from(blobs[i]).toString('hex').toUpperCase() : null,
        ]),
        how,
      )
      t.strictSame((await db.all('select sum(strlen(text))::int from s.x')).rows, [[100_049]])
    },
    t.testdir(),
  )
})

t.test('lists: NULL, empty, long, of every element type', async (t) => {
  const table: TableSchema = {
    schema: 's',
    name: 'l',
    columns: types.map((type) => ({ name: type, type: `${type}[]` as const })),
  }
  const rows: Value[][] = [
    types.map(() => []),
    types.map((type) => [...integers[type]]),
    types.map(() => null),
    types.map((type) => Array.from({ length: 5000 }, (_, i) => integers[type][i & 1] as bigint)),
    types.map(() => []),
  ]
  await bothWays(
    table,
    rows,
    async (db, how) => {
      for (const type of types) {
        const [low, high] = integers[type]
        const found = await db.all(
          `select len("${type}"), "${type}"[1]::varchar, "${type}"[-1]::varchar from s.l`,
        )
        const [a, z] = [String(low), String(high)]
        t.strictSame(
          found.rows,
          [
            [0n, null, null],
            [2n, a, z],
            [null, null, null],
            [5000n, a, z],
            [0n, null, null],
          ],
          `${how} ${type}`,
        )
      }
    },
    t.testdir(),
  )
})

t.test('booleans and validity at every bit', async (t) => {
  const table: TableSchema = {
    schema: 's',
    name: 'b',
    columns: [
      { name: 'i', type: 'INTEGER' },
      { name: 'b', type: 'BOOLEAN' },
    ],
  }
  const rows = Array.from({ length: 5000 }, (_, i): Value[] => [
    i,
    i % 3 === 0 ? null : i % 3 === 1,
  ])
  await bothWays(
    table,
    rows,
    async (db, how) => {
      const found = await db.all(
        'select count(*)::int from s.b where b is distinct from (case i % 3 when 0 then null when 1 then true else false end)',
      )
      t.strictSame(found.rows, [[0]], how)
    },
    t.testdir(),
  )
})

t.test(
  'strings survive every operator that keeps rows, while their pool is overwritten',
  async (t) => {
    const table: TableSchema = {
      schema: 's',
      name: 'k',
      columns: [
        { name: 'i', type: 'INTEGER' },
        { name: 'v', type: 'VARCHAR' },
      ],
    }
    const text = (i: number) => `a string beyond twelve bytes, number ${i}`
    const rows = Array.from({ length: 20_000 }, (_, i): Value[] => [i, text(i)])
    const wrong = (from: string) =>
      `select count(*)::int from (${from}) where v is distinct from 'a string beyond twelve bytes, number ' || i`
    const queries = [
      wrong('from s.k'),
      wrong('from s.k order by v'),
      wrong('select i, max(v) as v from s.k group by i'),
      wrong('select a.i, b.v from s.k a join s.k b using (i)'),
      wrong('select i, lag(v, 0) over (order by i desc) as v from s.k'),
      wrong('select i - 1 as i, lag(v) over () as v from s.k qualify lag(v) over () is not null'),
      wrong('select i, v from s.k union select i, v from s.k'),
      wrong('with c as materialized (from s.k) select c.i, d.v from c join c d using (i)'),
      wrong('select a.i, a.v from s.k a positional join s.k b'),
      wrong('select i, unnest([v]) as v from s.k'),
      wrong('select a.i, b.v from s.k a asof join s.k b on a.i >= b.i'),
      wrong('select i, v from s.k limit 15000 offset 300'),
      wrong('select i, first(v) as v from s.k group by all having i > 2'),
      wrong('select unnest(list(i)) as i, unnest(list(v)) as v from s.k'),
    ]
    await bothWays(
      table,
      rows,
      async (db, how) => {
        for (const sql of queries)
          t.strictSame((await db.all(sql)).rows, [[0]], `${how}: ${sql.slice(32, 90)}`)
        let next = 0
        for await (const chunk of (await db.query('from s.k')).chunks) {
          const good = chunk.columns[1]!.every((value, k) => value === text(next + k))
          if (!good) t.fail(`streamed rows from ${next}`)
          next += chunk.rowCount
        }
        t.equal(next, 20_000)
      },
      t.testdir(),
      { batchRows: 512, renewEvery: 1 },
    )
  },
)
