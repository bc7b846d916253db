// Reports about an event that a parameter names.
import t from 'tap'
import type { DuckDB } from '../../parser/sink/duckdb/database.ts'
import { answer, makeDatabase } from './given.ts'

async function database(): Promise<DuckDB> {
  const columns = { size: 'ubigint', value: 'varchar', '"odd name"': 'integer' }
  return makeDatabase({
    tables: {
      'td.malloc': {
        columns,
        rows: [
          { ts: 1_000_000_000, size: 5, value: 'a%b', '"odd name"': -1 },
          { ts: 2_000_000_000, size: 7, value: null, '"odd name"': 2, tid: 7 },
          { ts: 3_000_000_000, size: 5, value: 'c', '"odd name"': 3 },
        ],
      },
      'other.malloc': { columns: { size: 'ubigint' }, rows: [] },
      'other.free': { columns: { ptr: 'ubigint' }, rows: [{ ts: 5, ptr: 255 }] },
    },
  })
}

t.test('values of a field', async (t) => {
  const db = await database()
  const dist = (...params: string[]) => answer(db, 'arg-dist', params)
  t.match(await dist('event=td:malloc', 'field=size'), [
    { event: 'size = 5', count: 2, value: '5' },
    { event: 'size = 7', count: 1, value: '7' },
  ])
  t.match(await dist('event=td:malloc', 'field=size', 'log2=true'), [
    { event: '4 -> 7', count: 3, percent: 100 },
  ])
  t.match(await dist('event=td:malloc', 'field=value', 'tid=7'), [{ event: 'value = NULL' }])
  t.match(await dist('event=td:malloc', 'field=odd name', 'log2=true'), [
    { event: '2 -> 3', count: 2 },
    { event: 'other', count: 1 },
  ])
  t.match(await dist('event=free', 'field=ptr'), [{ event: 'ptr = 255' }], 'a name that is alone')
  await db.close()
})

t.test('occurrences in a text of one’s own', async (t) => {
  const db = await database()
  const texts = async (...params: string[]) =>
    (await answer(db, 'event-print', params)).map(({ text }) => text)
  t.same(await texts('event=td:malloc', 'format=%size of %value, %nope 100%% %size:x %'), [
    '5 of a%b, %nope 100% 0x5 %',
    '7 of <unknown>, %nope 100% 0x7 %',
    '5 of c, %nope 100% 0x5 %',
  ])
  t.same(await texts('event=other:free', 'format=%ptr:x by %common_pid'), ['0xff by 100'])
  t.same(await texts('event=other:free'), ['ptr=255'])
  t.same(await texts('event=td:malloc', 'format=%value', 'contains=%'), ['a%b'])
  await db.close()
})

t.test('names that are not there', async (t) => {
  const db = await database()
  const refused = (params: string[], code: string, message: RegExp) =>
    t.rejects(answer(db, 'arg-dist', params), { code, message })
  await refused(['event=td:free', 'field=x'], 'ERR_NOT_RECORDED', /needs td:free/)
  await refused(['event=malloc', 'field=x'], 'ERR_QUERY_PARAM', /may be one of .*td:malloc/)
  await refused(['event=td:malloc', 'field=x"; drop'], 'ERR_QUERY_PARAM', /no field x"; drop/)
  await refused(['field=size'], 'ERR_QUERY_PARAM', /needs a value for event/)
  await db.close()
})
