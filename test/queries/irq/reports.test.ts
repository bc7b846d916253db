// Reports of interrupts on entries and exits made by hand.
import t from 'tap'
import { answer, type Given, makeDatabase } from '../given.ts'

const VEC = { vec: 'uinteger' }
const given: Given = {
  tables: {
    'irq.irq_handler_entry': {
      columns: { irq: 'integer', name: 'varchar' },
      rows: [
        { ts: 0, irq: 5, name: 'disk' },
        { ts: 20_000, irq: 5, name: 'disk', cpu: 1 },
        { ts: 50_000, irq: 7, name: 'net' },
        { ts: 100_000, irq: 7, name: 'net' },
      ],
    },
    'irq.irq_handler_exit': {
      columns: { irq: 'integer', ret: 'integer' },
      rows: [
        { ts: 4_000, irq: 5, ret: 1 },
        { ts: 28_000, irq: 5, ret: 0, cpu: 1 },
        { ts: 51_000, irq: 7, ret: 1 },
      ],
    },
    'irq.softirq_entry': {
      columns: VEC,
      rows: [
        { ts: 10_000, vec: 1 },
        { ts: 30_000, vec: 1 },
        { ts: 60_000, vec: 9, cpu: 1 },
      ],
    },
    'irq.softirq_exit': {
      columns: VEC,
      rows: [
        { ts: 12_000, vec: 1 },
        { ts: 34_000, vec: 1 },
      ],
    },
    'irq.softirq_raise': { columns: VEC, rows: [{ ts: 9_500, vec: 1 }] },
  },
}

async function rows(name: string, params: string[] = []): Promise<unknown[][]> {
  const database = await makeDatabase(given)
  const answered = await answer(database, name, params)
  await database.close()
  return answered.map((row) => Object.values(row))
}

t.test('handlers', async (t) => {
  t.same(await rows('hardirqs'), [
    ['disk', 12, 2, 5, null, 12, 6, 8, 1, 0],
    ['net', 1, 2, 7, null, 1, 1, 1, 0, 1],
  ])
  t.same(
    (await rows('irq-time', ['by=cpu', 'to=0.00003'])).map((row) => row.slice(0, 5)),
    [
      ['disk', 8, 1, 5, 1],
      ['disk', 4, 1, 5, 0],
    ],
    'by CPU and in a window',
  )
})

t.test('soft interrupts', async (t) => {
  t.same(await rows('softirqs'), [
    ['1', 6, 2, null, 6, 3, 4, 0.5, 0.5, 0],
    ['9', 0, 1, null, null, null, null, null, null, 1],
  ])
})
