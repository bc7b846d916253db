import { join } from 'node:path'
import t from 'tap'
import { TraceError } from '../../../../parser/error.ts'
import { importTraces } from '../../../../parser/import.ts'
import { openDuckDB } from '../../../../parser/sink/duckdb/database.ts'
import type { LazyObject } from '../../../../parser/sink/duckdb/relations.ts'
import { openTraceDatabase } from '../../../../parser/trace-database.ts'
import { fixture } from '../../../helpers/paths.ts'

const TRACE = fixture('reports', 'icmp-ping-default.dat')
/** More rows than are handed to DuckDB at a time. */
const COPIES = 30

/** Numbers the events of each thread, `COPIES` times over. */
const numbered: LazyObject = {
  schema: 'main',
  name: 'numbered',
  create: 'select ts, pid, comm from events order by ts, cpu, pid',
  replay: {
    columns: [
      { name: 'ts', type: 'BIGINT' },
      { name: 'pid', type: 'INTEGER' },
      { name: 'comm', type: 'VARCHAR' },
      { name: 'n', type: 'INTEGER' },
    ],
    begin() {
      const seen = new Map<number, number>()
      return {
        *add(columns, rows) {
          for (let i = 0; i < rows; i++) {
            const pid = columns[1]![i] as number
            const n = (seen.get(pid) ?? 0) + 1
            seen.set(pid, n)
            for (let k = 0; k < COPIES; k++)
              yield [columns[0]![i] as bigint, pid, columns[2]![i] as string, n]
          }
        },
        *end() {
          yield [null, -1, null, seen.size]
        },
      }
    },
  },
}
const overIt: LazyObject = {
  schema: 'main',
  name: 'over_it',
  create: 'create or replace view main.over_it as select *, n * 2 as twice from numbered',
}
const failing: LazyObject = {
  ...numbered,
  name: 'failing',
  replay: {
    columns: numbered.replay!.columns,
    begin: () => ({
      *add() {
        yield* []
        throw new TraceError('ERR_SQL', 'no more')
      },
      *end() {},
    }),
  },
}
const objects = (): LazyObject[] => [numbered, overIt, failing]

const CHECK = `select count(*), count(distinct pid), sum(n), sum(twice), max(comm), sum(ts) from over_it`
const EXPECTED = `
with e as (select *, row_number() over (partition by pid order by ts, cpu, pid) as n from events)
select count(*) * ${COPIES} + 1, count(distinct pid) + 1, sum(n) * ${COPIES} + count(distinct pid),
  (sum(n) * ${COPIES} + count(distinct pid)) * 2, max(comm), sum(ts) * ${COPIES}
from e`

t.test('a table is replayed when it is first mentioned, and once', async (t) => {
  const { database, trace } = await openTraceDatabase(TRACE, { objects })
  const expected = (await database.all(EXPECTED)).rows
  t.ok(Number(expected[0]![0]) > 20_000, 'several portions')
  t.same((await database.all(CHECK)).rows, expected)
  t.same((await database.all(CHECK)).rows, expected)
  await t.rejects(database.all('select * from failing'), { message: 'no more' })
  await t.rejects(database.all('select * from failing'), { message: 'no more' })
  t.same((await database.all(CHECK)).rows, expected, 'nothing else is lost')
  await database.close()
  trace.close()
})

t.test('an import replays it too', async (t) => {
  const out = join(t.testdir(), 'x.duckdb')
  const { failedObjects } = await importTraces([TRACE], { out, objects })
  t.same(failedObjects, [{ name: 'failing', message: 'no more' }])
  const database = await openDuckDB(out, { readOnly: true })
  t.same((await database.all(CHECK)).rows, (await database.all(EXPECTED)).rows)
  await t.rejects(database.all('select * from failing'), { code: 'ERR_SQL' })
  await database.close()
})
