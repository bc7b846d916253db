// Handlers of interrupts and soft interrupts, by hand-made entries and exits.
import t from 'tap'
import { type Given, makeDatabase, select } from '../../queries/given.ts'

const ENTRY = { irq: 'integer', name: 'varchar' }
const EXIT = { irq: 'integer', ret: 'integer' }
const VEC = { vec: 'uinteger' }

const given: Given = {
  tables: {
    'irq.irq_handler_entry': {
      columns: ENTRY,
      rows: [
        { ts: 10, irq: 5, name: 'disk' },
        { ts: 12, irq: 6, name: 'nested' },
        { ts: 22, irq: 5, name: 'shared' },
        { ts: 40, irq: 5, name: 'disk' },
        { ts: 50, irq: 5, name: 'disk' },
        { ts: 60, irq: 5, name: 'disk', cpu: 1 },
        { ts: 90, irq: 5, name: 'disk', cpu: 2 },
      ],
    },
    'irq.irq_handler_exit': {
      columns: EXIT,
      rows: [
        { ts: 3, irq: 9, ret: 1 },
        { ts: 15, irq: 6, ret: 1 },
        { ts: 20, irq: 5, ret: 0 },
        { ts: 25, irq: 5, ret: 1 },
        { ts: 52, irq: 5, ret: 1 },
        { ts: 80, irq: 5, ret: 1, cpu: 1 },
      ],
    },
    'irq.softirq_entry': {
      columns: VEC,
      rows: [
        { ts: 30, vec: 1 },
        { ts: 50, vec: 1 },
        { ts: 60, vec: 9 },
      ],
    },
    'irq.softirq_exit': {
      columns: VEC,
      rows: [
        { ts: 36, vec: 1 },
        { ts: 55, vec: 1 },
        { ts: 70, vec: 9 },
      ],
    },
    'irq.softirq_raise': {
      columns: VEC,
      rows: [
        { ts: 24, vec: 1 },
        { ts: 28, vec: 1 },
        { ts: 29, vec: 1, cpu: 1 },
        { ts: 33, vec: 1 },
      ],
    },
  },
  lost: [{ cpu: 1, from: 60, to: 75, count: null }],
  sql: [
    `insert into meta.print_values values (0, 'irq', 'softirq_entry', 'vec', 'symbolic', 0, 255, '', 0, 1, 'TIMER')`,
  ],
}

t.test('handlers from entry to exit, each interrupt for itself', async (t) => {
  const db = await makeDatabase(given)
  t.same(
    await select(
      db,
      'select cpu, irq, ts, dur, name, handled, state from irq_spans order by cpu, ts',
    ),
    [
      { cpu: 0, irq: 9, ts: 3, dur: null, name: null, handled: true, state: 'no_entry' },
      { cpu: 0, irq: 5, ts: 10, dur: 10, name: 'disk', handled: false, state: 'complete' },
      { cpu: 0, irq: 6, ts: 12, dur: 3, name: 'nested', handled: true, state: 'complete' },
      { cpu: 0, irq: 5, ts: 22, dur: 3, name: 'shared', handled: true, state: 'complete' },
      { cpu: 0, irq: 5, ts: 40, dur: null, name: 'disk', handled: null, state: 'no_exit' },
      { cpu: 0, irq: 5, ts: 50, dur: 2, name: 'disk', handled: true, state: 'complete' },
      { cpu: 1, irq: 5, ts: 60, dur: null, name: 'disk', handled: null, state: 'lost' },
      { cpu: 2, irq: 5, ts: 90, dur: null, name: 'disk', handled: null, state: 'open' },
    ],
  )
  await db.close()
})

t.test('soft interrupts and since when they were raised', async (t) => {
  const db = await makeDatabase(given)
  t.same(
    await select(db, 'select vec, name, ts, dur, raised_ts, state from softirq_spans order by ts'),
    [
      { vec: 1, name: 'TIMER', ts: 30, dur: 6, raised_ts: 24, state: 'complete' },
      { vec: 1, name: 'TIMER', ts: 50, dur: 5, raised_ts: 33, state: 'complete' },
      { vec: 9, name: null, ts: 60, dur: 10, raised_ts: null, state: 'complete' },
    ],
  )
  await db.close()
})

t.test('a raise before a gap is not the first that is known', async (t) => {
  const db = await makeDatabase({ ...given, lost: [{ cpu: 0, from: 24, to: 28, count: 2 }] })
  t.same(await select(db, 'select raised_ts, state from softirq_spans where ts = 30'), [
    { raised_ts: null, state: 'complete' },
  ])
  await db.close()
})
