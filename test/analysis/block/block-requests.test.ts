// Requests to block devices, by hand-made events of old and new kernels.
import t from 'tap'
import { type Given, makeDatabase, select } from '../../queries/given.ts'

const ISSUE = {
  dev: 'uinteger',
  sector: 'ubigint',
  nr_sector: 'uinteger',
  bytes: 'uinteger',
  rwbs: 'varchar',
  comm: 'varchar',
}
const COMPLETE = {
  dev: 'uinteger',
  sector: 'ubigint',
  nr_sector: 'uinteger',
  rwbs: 'varchar',
  error: 'integer',
}
const PLACE = { dev: 'uinteger', sector: 'ubigint' }
const disk = 8388608

function issue(ts: number, sector: number, more: object = {}): object {
  return { ts, dev: disk, sector, nr_sector: 8, bytes: 4096, rwbs: 'R', comm: 'cat', ...more }
}
function complete(ts: number, sector: number, more: object = {}): object {
  return { ts, cpu: 1, dev: disk, sector, nr_sector: 8, rwbs: 'R', error: 0, ...more }
}

type Rows = Given['tables'][string]['rows']

t.test('requests by device and sector', async (t) => {
  const db = await makeDatabase({
    tables: {
      'block.block_rq_issue': {
        columns: ISSUE,
        rows: [
          issue(20, 100, { rwbs: 'WS', bytes: 0 }),
          issue(21, 100, { dev: disk + 16 }),
          issue(50, 100),
          issue(70, 100),
          issue(80, 300),
          issue(85, 300),
          issue(90, 500),
          issue(95, 600, { cpu: 2 }),
        ] as Rows,
      },
      'block.block_rq_complete': {
        columns: COMPLETE,
        rows: [
          complete(5, 700, { error: -5 }),
          complete(30, 100, { error: -5 }),
          complete(40, 100, { dev: disk + 16 }),
          complete(75, 100),
          complete(88, 300),
          complete(110, 600),
        ] as Rows,
      },
      'block.block_rq_requeue': { columns: PLACE, rows: [{ ts: 60, dev: disk, sector: 100 }] },
      'block.block_io_start': { columns: PLACE, rows: [{ ts: 12, dev: disk, sector: 100 }] },
      'block.block_rq_insert': {
        columns: PLACE,
        rows: [
          { ts: 15, dev: disk, sector: 100 },
          { ts: 45, dev: disk, sector: 100 },
        ],
      },
    },
    lost: [{ cpu: 2, from: 95, to: 99, count: 1 }],
  })
  t.same(
    await select(
      db,
      'select ts, dur, dev_name(dev) as disk, sector, bytes, rwbs, queue_dur, end_cpu, error, state from block_requests order by ts',
    ),
    [
      [5, null, '8:0', 700, 4096, 'R', null, 1, -5, 'no_issue'],
      [20, 10, '8:0', 100, 4096, 'WS', 8, 1, -5, 'complete'],
      [21, 19, '8:16', 100, 4096, 'R', null, 1, 0, 'complete'],
      [50, null, '8:0', 100, 4096, 'R', 5, null, null, 'requeued'],
      [70, 5, '8:0', 100, 4096, 'R', null, 1, 0, 'complete'],
      [80, null, '8:0', 300, 4096, 'R', null, null, null, 'no_complete'],
      [85, 3, '8:0', 300, 4096, 'R', null, 1, 0, 'complete'],
      [90, null, '8:0', 500, 4096, 'R', null, null, null, 'open'],
      [95, null, '8:0', 600, 4096, 'R', null, null, null, 'lost'],
    ].map(([ts, dur, name, sector, bytes, rwbs, queue, endCpu, error, state]) => ({
      ts,
      dur,
      disk: name,
      sector,
      bytes,
      rwbs,
      queue_dur: queue,
      end_cpu: endCpu,
      error,
      state,
    })),
  )
  await db.close()
})

t.test('kernels that call it errors', async (t) => {
  const { error: _, ...columns } = COMPLETE
  const db = await makeDatabase({
    tables: {
      'block.block_rq_issue': { columns: ISSUE, rows: [issue(20, 100)] as Rows },
      'block.block_rq_complete': {
        columns: { ...columns, errors: 'integer' },
        rows: [complete(30, 100, { errors: -28 })] as Rows,
      },
    },
  })
  t.same(await select(db, 'select dur, error from block_requests'), [{ dur: 10, error: -28 }])
  await db.close()
})
