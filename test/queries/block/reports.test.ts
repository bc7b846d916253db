// Reports of block devices on requests made by hand.
import t from 'tap'
import { answer, type Given, makeDatabase } from '../given.ts'

const disk = 8388608
const given: Given = {
  tasks: [{ pid: 7, tgid: 5 }],
  tables: {
    'block.block_rq_issue': {
      columns: {
        dev: 'uinteger',
        sector: 'ubigint',
        nr_sector: 'uinteger',
        bytes: 'uinteger',
        rwbs: 'varchar',
        comm: 'varchar',
      },
      rows: [
        { ts: 0, tid: 7, dev: disk, sector: 1, nr_sector: 8, bytes: 4096, rwbs: 'RA', comm: 'cat' },
        {
          ts: 10e6,
          tid: 7,
          dev: disk,
          sector: 9,
          nr_sector: 8,
          bytes: 8192,
          rwbs: 'R',
          comm: 'cat',
        },
        { ts: 20e6, tid: 8, dev: 1, sector: 1, nr_sector: 8, bytes: 1024, rwbs: 'FWS', comm: 'dd' },
        { ts: 30e6, tid: 8, dev: 1, sector: 8, nr_sector: 8, bytes: 512, rwbs: 'WS', comm: 'dd' },
      ],
    },
    'block.block_rq_insert': {
      columns: { dev: 'uinteger', sector: 'ubigint' },
      rows: [{ ts: 8e6, dev: disk, sector: 9 }],
    },
    'block.block_rq_complete': {
      columns: {
        dev: 'uinteger',
        sector: 'ubigint',
        nr_sector: 'uinteger',
        rwbs: 'varchar',
        error: 'integer',
      },
      rows: [
        { ts: 1e6, dev: disk, sector: 1, nr_sector: 8, rwbs: 'RA', error: 0 },
        { ts: 13e6, dev: disk, sector: 9, nr_sector: 8, rwbs: 'R', error: -5 },
        { ts: 20.1e6, dev: 1, sector: 1, nr_sector: 8, rwbs: 'FWS', error: 0 },
      ],
    },
  },
}

async function rows(name: string, params: string[] = []): Promise<unknown[][]> {
  const database = await makeDatabase(given)
  const answered = await answer(database, name, params)
  await database.close()
  return answered.map((row) => Object.values(row))
}

t.test('latency', async (t) => {
  t.same(await rows('biolatency'), [
    ['all', 64, 127, 1],
    ['all', 512, 1023, 1],
    ['all', 2048, 4095, 1],
  ])
  t.same(await rows('block-latency', ['by=op', 'queued=true']), [
    ['FWS', 64, 127, 1],
    ['R', 4096, 8191, 1],
    ['RA', 512, 1023, 1],
  ])
  t.same(await rows('block-latency', ['by=disk', 'comm=dd']), [['0:1', 64, 127, 1]])
})

t.test('requests one by one', async (t) => {
  t.same(await rows('biosnoop', ['comm=cat']), [
    ['0.000000', 'cat', 5, '8:0', 'R', 1, 4096, null, 1, 0, null, 'complete', 'RA', 7, 0],
    ['0.010000', 'cat', 5, '8:0', 'R', 9, 8192, 2, 3, 5, 'EIO', 'complete', 'R', 7, 10e6],
  ])
  t.same(
    (await rows('block-io', ['pid=5'])).map((row) => row.at(-1)),
    [0, 10e6],
    'a process',
  )
  t.same(
    (await rows('block-io', ['pid=8'])).map((row) => [row[4], row.at(-3)]),
    [
      ['F', 'FWS'],
      ['W', 'WS'],
    ],
    'a thread of which no more is known',
  )
  t.same((await rows('block-io', ['min_ms=2'])).length, 1)
  t.same(
    (await rows('block-io', ['tid=8'])).map((row) => row.at(-4)),
    ['complete', 'open'],
  )
})

t.test('who makes most of them', async (t) => {
  t.same(await rows('biotop'), [
    [5, 'cat', 'R', '8:0', 2, 12, 2, 3, 1, 0, 7],
    [8, 'dd', 'F', '0:1', 1, 1, 0.1, 0.1, 0, 0, 8],
    [8, 'dd', 'W', '0:1', 1, 0.5, null, null, 0, 1, 8],
  ])
})
