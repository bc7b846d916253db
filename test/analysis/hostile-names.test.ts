import t from 'tap'
import { analysisObjects, quoteName, quoteTable } from '../../analysis/index.ts'
import { openDuckDB } from '../../parser/sink/duckdb/database.ts'

const COMMON = [
  ['ts', 'BIGINT'],
  ['common_cpu', 'USMALLINT'],
  ['common_pid', 'INTEGER'],
  ['common_comm', 'VARCHAR'],
  ['common_flags', 'UTINYINT'],
  ['common_preempt_count', 'UTINYINT'],
  ['common_source', 'USMALLINT'],
] as const

const NASTY = `x'"; drop table keep; --`

/** Tables whose names and fields are SQL, and the relation each is put into. */
const TABLES: readonly (readonly [table: string, relation: string, columns: [string, string][]])[] =
  [
    [`syscalls.sys_enter_${NASTY}`, 'syscall_events', [[NASTY, 'UBIGINT']]],
    [`syscalls.sys_exit_${NASTY}`, 'syscall_events', [['ret', 'BIGINT']]],
    [
      `ext4.${NASTY}.b`,
      'fs_events',
      [
        ['dev', 'UINTEGER'],
        ['ino', 'UBIGINT'],
      ],
    ],
    [
      `${NASTY.replaceAll('.', '')}.p`,
      'probe_events',
      [
        ['__probe_ip', 'UBIGINT'],
        [NASTY, 'VARCHAR'],
      ],
    ],
  ]

t.test('names of events and fields are never SQL', async (t) => {
  const database = await openDuckDB(':memory:')
  await database.execute('create schema meta; create table keep as select 1 as one')
  const columnsOf = new Map(
    TABLES.map(([table, , own]) => [
      table,
      [...COMMON, ...own].map(([name, type]) => ({ name, type })),
    ]),
  )
  for (const [table, columns] of columnsOf) {
    const list = columns.map(({ name, type }) => `${quoteName(name)} ${type}`)
    await database.execute(
      `create schema if not exists ${quoteTable(table).split('"."')[0]}"; ` +
        `create table ${quoteTable(table)} (${list.join(', ')}); ` +
        `insert into ${quoteTable(table)} (ts) values (1)`,
    )
  }
  const made = new Map(analysisObjects(columnsOf).map((object) => [object.name, object.create]))
  for (const relation of new Set(TABLES.map(([, name]) => name))) {
    const create = made.get(relation)
    await database.execute(typeof create === 'function' ? create() : String(create))
    const { rows } = await database.all(`select count(*)::integer from ${relation}`)
    t.same(rows, [[TABLES.filter(([, name]) => name === relation).length]], relation)
  }
  const names = await database.all('select distinct name from syscall_events')
  t.same(names.rows, [[NASTY]], 'the name as it is')
  t.same((await database.all('select event from fs_events')).rows, [[`${NASTY}.b`]])
  t.same((await database.all('select one from keep')).rows, [[1]])
  await database.close()
})
