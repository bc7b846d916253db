import t from 'tap'
import { makeDatabase, select } from '../../queries/given.ts'

t.test('losses that overlap are one, those of other buffers are not', async (t) => {
  const lost = [
    { cpu: 0, from: 10, to: 20, count: 1 },
    { cpu: 1, from: 15, to: 30, count: null },
    { cpu: 0, from: 30, to: 40, count: 1 },
    { cpu: 1, from: 50, to: 60, count: 1 },
    { cpu: 2, from: 52, to: 54, count: 1 },
    { cpu: 0, from: 55, to: 58, count: 1 },
    { cpu: 0, from: 12, to: 14, count: 1, source: 1 },
    { cpu: 0, from: null, to: 5, count: null, source: 1 },
  ]
  const database = await makeDatabase({ tables: {}, lost })
  t.same(await select(database, 'from loss_windows order by source, to_ts'), [
    { source: 0, from_ts: 10, to_ts: 40 },
    { source: 0, from_ts: 50, to_ts: 60 },
    { source: 1, from_ts: null, to_ts: 5 },
    { source: 1, from_ts: 12, to_ts: 14 },
  ])
  await database.close()
})
