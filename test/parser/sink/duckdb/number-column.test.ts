import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { readNumberColumn } from '../../../../parser/sink/duckdb/number-column.ts'

const TYPES = 'tinyint utinyint smallint usmallint integer uinteger bigint ubigint'.split(' ')

t.test(
  'integers are read as the node API has them, in every width, with and without NULL',
  async (t) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    for (const type of TYPES) {
      for (const nulls of ['', ' when i % 3 = 0 then null when i > 2040 then null']) {
        const edge = type.startsWith('u')
          ? '0'
          : `-1 - (2::hugeint ** (8 * ${bytesOf(type)} - 1) - 1)`
        const sql = `select (case${nulls} when i % 5 = 0 then ${edge} else i % 100 end)::${type} as n from range(2050) t(i)`
        const result = await connection.stream(sql)
        const { typeId } = result.columnType(0)
        for (
          let chunk = await result.fetchChunk();
          chunk?.rowCount;
          chunk = await result.fetchChunk()
        )
          t.same(
            readNumberColumn(chunk.chunk, 0, chunk.rowCount, typeId),
            chunk.getColumnValues(0),
            `${type}${nulls}`,
          )
      }
    }
    const other = await connection.stream('select 1.5::double')
    const chunk = (await other.fetchChunk())!
    t.equal(readNumberColumn(chunk.chunk, 0, 1, other.columnType(0).typeId), undefined)
    connection.closeSync()
  },
)

function bytesOf(type: string): number {
  const plain = type.replace(/^u/, '')
  return { tinyint: 1, smallint: 2, integer: 4, bigint: 8 }[plain] ?? 0
}
