import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { manifestTable } from '../../../../parser/export.ts'
import { PARQUET } from '../../../../parser/sink/duckdb/copy-format.ts'
import { copyTables, type StoredTable } from '../../../../parser/sink/duckdb/copy-tables.ts'
import { openDuckDB, type TraceDatabase } from '../../../../parser/sink/duckdb/database.ts'
import { eventFolder } from '../../../../parser/sink/duckdb/hive-folder.ts'
import { openParquetFolder } from '../../../../parser/sink/duckdb/parquet-folder.ts'

/** A folder of these tables, with no sources. */
async function writeFolder(
  database: TraceDatabase,
  folder: string,
  events: readonly StoredTable[],
): Promise<void> {
  const source = { name: 'source', type: 'USMALLINT' }
  const none = '(select null::usmallint as source where false)'
  const sources: StoredTable = { schema: 'meta', name: 'sources', columns: [source], rows: none }
  const meta = [sources, manifestTable(events)]
  await copyTables(database, folder, PARQUET, { labels: { "it's": '{"a": \'b\'}' }, events, meta })
}

/** A value of each type that a table can have, its extremes among them. */
const VALUES: readonly [type: string, ...values: string[]][] = [
  ['TINYINT', '-128', '127'],
  ['UTINYINT', '0', '255'],
  ['SMALLINT', '-32768', '32767'],
  ['USMALLINT', '0', '65535'],
  ['INTEGER', '-2147483648', '2147483647'],
  ['UINTEGER', '0', '4294967295'],
  ['BIGINT', '-9223372036854775808', '9223372036854775807'],
  ['UBIGINT', '9223372036854775808', '18446744073709551615'],
  ['BOOLEAN', 'true', 'false'],
  ['VARCHAR', "''", "'\\xff ü \u{1f986}'"],
  ['BLOB', "''::blob", "'\\x00\\xFF'::blob"],
  ['UBIGINT[]', '[]', '[18446744073709551615, 0, null]'],
  ['USMALLINT[]', '[0, 65535]', 'null'],
]

t.test('every type comes back as it was, NULL included', async (t) => {
  const columns = VALUES.map(([type], i) => ({ name: `c${i} "x"`, type }))
  const rows = [1, 2, 3].map((at) => VALUES.map((values) => values[at] ?? 'null'))
  const database = await openDuckDB(':memory:')
  const list = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`)
  await database.execute(`create schema s; create table s.t (${list.join(', ')});
    insert into s.t values ${rows.map((row) => `(${row.join(', ')})`).join(', ')};
    create table s.silent (a UBIGINT)`)
  const folder = join(t.testdir({}), 'out')
  const tables = [
    { schema: 's', name: 't', columns },
    { schema: 's', name: 'silent', columns: [{ name: 'a', type: 'UBIGINT' }] },
  ]
  await writeFolder(database, folder, tables)
  const opened = await openParquetFolder(folder, [], () => [])
  t.same(opened.tables.get('s.t'), columns)
  const compare = 'select columns(*)::varchar from s.t'
  t.same((await opened.database.all(compare)).rows, (await database.all(compare)).rows)
  const types = 'describe s.t'
  t.same((await opened.database.all(types)).rows, (await database.all(types)).rows)
  t.same((await opened.database.all('from s.silent')).rows, [])
  await database.close()
  await opened.database.close()
})

t.test('names stay inside the folder and are matched as they are', async (t) => {
  const names = [
    '..',
    '../up',
    'a/b',
    '*',
    '[x]',
    "it's",
    'a=b',
    'ü "q"',
    'a.b',
    '%2F',
    'x;y',
    'sys_*',
  ]
  const database = await openDuckDB(':memory:')
  const tables: StoredTable[] = names.map((name) => ({
    schema: name === 'a.b' ? 's' : name,
    name,
    columns: [{ name: 'own', type: 'VARCHAR' }],
  }))
  for (const { schema, name } of tables) {
    const [s, n] = [schema, name].map((one) => `"${one.replaceAll('"', '""')}"`)
    const own = name.replaceAll("'", "''")
    await database.execute(`create schema ${s}; create table ${s}.${n} as select '${own}' as own`)
  }
  const root = t.testdir({})
  const folder = join(root, 'out')
  await writeFolder(database, folder, tables)
  t.same(readdirSync(root), ['out'])
  t.equal(new Set(tables.map(eventFolder)).size, names.length)
  for (const table of tables) t.match(eventFolder(table), /^system=[\w%-]+\/event=[\w%-]+$/)
  const opened = await openParquetFolder(folder, [], () => [])
  for (const { schema, name } of tables) {
    const [s, n] = [schema, name].map((one) => `"${one.replaceAll('"', '""')}"`)
    t.same((await opened.database.all(`from ${s}.${n}`)).rows, [[name]], name)
  }
  await database.close()
  await opened.database.close()
})

t.test('what cannot be written, and what is no export', async (t) => {
  const database = await openDuckDB(':memory:')
  const folder = t.testdir({ other: {} })
  const long = { schema: 's', name: 'x'.repeat(300), columns: [] }
  await t.rejects(writeFolder(database, folder, [long]), {
    code: 'ERR_SINK_WRITE',
  })
  const none = { schema: 's', name: 'none', columns: [] }
  await t.rejects(writeFolder(database, folder, [none]), {
    code: 'ERR_SINK_WRITE',
  })
  await t.rejects(
    openParquetFolder(join(folder, 'other'), [], () => []),
    { code: 'ERR_TRACE_OPEN' },
  )
  await database.close()
})
