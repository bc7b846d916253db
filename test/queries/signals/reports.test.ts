// Reports of signals on events made by hand. A given row's comm is the sender's and the receiver's.
import t from 'tap'
import { answer, type Given, makeDatabase } from '../given.ts'

const more = { code: 0, comm: 'pair', pid: 200, '"group"': 1 }
const given: Given = {
  tables: {
    'signal.signal_generate': {
      columns: {
        sig: 'integer',
        code: 'integer',
        comm: 'varchar',
        pid: 'integer',
        '"group"': 'integer',
        result: 'integer',
      },
      rows: [
        { ts: 0, sig: 10, ...more, result: 0 },
        { ts: 10_000, sig: 10, ...more, result: 2 },
        { ts: 20_000, sig: 12, ...more, result: 1 },
        { ts: 30_000, sig: 14, ...more, code: 128, result: 0 },
        { ts: 40_000, sig: 15, ...more, result: 0 },
      ],
    },
    'signal.signal_deliver': {
      columns: { sig: 'integer', code: 'integer', sa_handler: 'ubigint' },
      rows: [
        { ts: 15_000, tid: 200, comm: 'pair', sig: 10, code: 0, sa_handler: 4096 },
        { ts: 42_000, tid: 200, comm: 'pair', sig: 9, code: 0, sa_handler: 0 },
        { ts: 50_000, tid: 300, comm: 'other', sig: 1, code: 0, sa_handler: 1 },
      ],
    },
  },
}

async function rows(name: string, params: string[] = []): Promise<unknown[][]> {
  const database = await makeDatabase(given)
  const answered = await answer(database, name, params)
  await database.close()
  // Times are decimals, which JavaScript has as objects.
  return answered.map((row) =>
    Object.values(row).map((cell) => (cell instanceof Object ? Number(String(cell)) : cell)),
  )
}

t.test('each signal', async (t) => {
  t.same(await rows('killsnoop'), [
    [0, 'pair 100', 'pair 200', 'SIGUSR1', 'kill', 'delivered', 15, 'handler', false, null],
    [0.00001, 'pair 100', 'pair 200', 'SIGUSR1', 'kill', 'coalesced', null, null, false, null],
    [0.00002, 'pair 100', 'pair 200', 'SIGUSR2', 'kill', 'ignored', null, null, false, null],
    [0.00003, 'kernel', 'pair 200', 'SIGALRM', 'kernel', 'pending', null, null, false, null],
    [0.00004, 'pair 100', 'pair 200', 'SIGTERM', 'kill', 'delivered', 2, 'default', true, null],
    [
      0.00005,
      '<unknown>',
      'other 300',
      'SIGHUP',
      'kill',
      'no_generate',
      null,
      'ignore',
      false,
      null,
    ],
  ])
  t.same(
    (await rows('signals', ['sig=SIGUSR%', 'from=0.000005'])).map((row) => row[5]),
    ['coalesced', 'ignored'],
  )
  t.same((await rows('signals', ['tid=300'])).length, 1)
  t.same((await rows('signals', ['from_comm=kernel'])).length, 1)
})

t.test('from whom to whom', async (t) => {
  t.same(await rows('signal-matrix'), [
    ['pair', 'pair', 'SIGUSR1', 2, 1, 0, 1, 0, 0, 0, 15],
    ['kernel', 'pair', 'SIGALRM', 1, 0, 0, 0, 1, 0, 0, null],
    ['pair', 'pair', 'SIGTERM', 1, 1, 0, 0, 0, 0, 1, 2],
    ['pair', 'pair', 'SIGUSR2', 1, 0, 1, 0, 0, 0, 0, null],
    ['<unknown>', 'other', 'SIGHUP', 0, 1, 0, 0, 0, 0, 0, null],
  ])
  t.same((await rows('signal-matrix', ['by=tid', 'sig=SIGTERM']))[0]!.slice(0, 2), [
    '100 pair',
    '200 pair',
  ])
})
