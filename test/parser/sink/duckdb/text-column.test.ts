import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { readTextColumn } from '../../../../parser/sink/duckdb/text-column.ts'

/** Short, long, empty, repeated, not ASCII, and NULL, in every neighbourhood. */
const TEXTS = `
  select case (i * 7919) % 11
    when 0 then null when 1 then '' when 2 then 'same' when 3 then 'a string longer than twelve'
    when 4 then 'exactly12byt' when 5 then 'thirteen byte' when 6 then 'é' || i when 7 then repeat('日本', i % 40)
    when 8 then repeat(chr(97 + (i % 26)::int), i % 300) else 'number ' || i * 1000003 end as text
  from range(20000) t(i)`

t.test('texts are those that the engine has', async (t) => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  t.teardown(() => {
    connection.closeSync()
    instance.closeSync()
  })
  await connection.run(`create table texts as ${TEXTS}`)
  for (const sql of [
    TEXTS,
    'from texts',
    'from texts order by text desc nulls first',
    'from texts where text is null',
  ]) {
    const result = await connection.stream(sql)
    let rows = 0
    let wrong = 0
    for (
      let chunk = await result.fetchChunk();
      chunk?.rowCount;
      chunk = await result.fetchChunk()
    ) {
      const expected = chunk.getColumnValues(0)
      const { typeId } = result.columnType(0)
      const found = readTextColumn(chunk.chunk, 0, chunk.rowCount, typeId)!
      for (const [i, text] of found.entries()) if (text !== expected[i]) wrong++
      rows += found.length
    }
    t.equal(wrong, 0, sql.slice(0, 40))
    t.ok(rows > 1000)
  }
})
