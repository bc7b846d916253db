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
  return answered.map((row) => Object.values(row))
}

t.test('each signal', async (t) => {
  const ok = [0, null]
  t.same(await rows('killsnoop'), [
    [
      ...['0.000000', 'pair 100', 'pair 200', 'SIGUSR1', 'kill', 'delivered', 15, 'handler', false],
      ...[...ok, 100, 200, 200, 0],
    ],
    [
      ...['0.000010', 'pair 100', 'pair 200', 'SIGUSR1', 'kill', 'coalesced', null, null, false],
      ...[...ok, 100, 200, null, 10_000],
    ],
    [
      ...['0.000020', 'pair 100', 'pair 200', 'SIGUSR2', 'kill', 'ignored', null, null, false],
      ...[...ok, 100, 200, null, 20_000],
    ],
    [
      ...['0.000030', 'kernel', 'pair 200', 'SIGALRM', 'kernel', 'pending', null, null, false],
      ...[...ok, null, 200, null, 30_000],
    ],
    [
      ...['0.000040', 'pair 100', 'pair 200', 'SIGTERM', 'kill', 'delivered', 2, 'default', true],
      ...[...ok, 100, 200, 200, 40_000],
    ],
    [
      ...['0.000050', '<unknown>', 'other 300', 'SIGHUP', 'kill', 'no_generate', null, 'ignore'],
      ...[false, ...ok, null, 300, 300, 50_000],
    ],
  ])
  t.same(
    (await rows('signals', ['sig=SIGUSR%', 'from=0.000005'])).map((row) => row[5]),
    ['coalesced', 'ignored'],
  )
  t.same((await rows('signals', ['tid=300'])).length, 1)
  t.same((await rows('signals', ['from_comm=kernel'])).length, 1)
})

t.test('processes where they are known, and calls that failed', async (t) => {
  const threads: Given = {
    tasks: [
      { pid: 101, tgid: 100 },
      { pid: 201, tgid: 200 },
    ],
    tables: {
      ...given.tables,
      'signal.signal_generate': {
        ...given.tables['signal.signal_generate']!,
        rows: [{ ts: 0, tid: 101, sig: 10, ...more, pid: 201, '"group"': 0, result: 0 }],
      },
      'signal.signal_deliver': { ...given.tables['signal.signal_deliver']!, rows: [] },
      'syscalls.sys_enter_kill': {
        columns: { pid: 'integer', sig: 'integer' },
        rows: [{ ts: 60_000, tid: 101, pid: 9999, sig: 15 }],
      },
      'syscalls.sys_exit_kill': {
        columns: { ret: 'bigint' },
        rows: [{ ts: 61_000, tid: 101, ret: -3 }],
      },
    },
  }
  const keys = ['from', 'to', 'result', 'err', 'error', 'from_tid', 'to_tid']
  const sent = ['pair 100', 'pair 200', 'pending', 0, null, 101, 201]
  const failed = ['ping 100', '<unknown> 9999', 'failed', 3, 'ESRCH', 101, 9999]
  const database = await makeDatabase(threads)
  const of = async (params: string[]): Promise<unknown[][]> =>
    (await answer(database, 'signals', params)).map((row) => keys.map((key) => row[key]))
  t.match(await of([]), [
    [/ 100$/, ...sent.slice(1)],
    [/ 100$/, ...failed.slice(1)],
  ])
  t.equal((await of(['pid=100'])).length, 2, 'the process that sends')
  t.equal((await of(['pid=200'])).length, 1, 'the process that receives')
  t.equal((await of(['pid=101'])).length, 2, 'a thread')
  t.equal((await of(['pid=7'])).length, 0)
  await database.close()
})

t.test('from whom to whom', async (t) => {
  t.same(await rows('signal-matrix'), [
    ['pair', 'pair', 'SIGUSR1', 2, 0, 1, 1, 0, 0, 0, 15],
    ['kernel', 'pair', 'SIGALRM', 1, 0, 0, 0, 1, 0, 0, null],
    ['pair', 'pair', 'SIGTERM', 1, 0, 0, 1, 0, 0, 1, 2],
    ['pair', 'pair', 'SIGUSR2', 1, 1, 0, 0, 0, 0, 0, null],
    ['<unknown>', 'other', 'SIGHUP', 0, 0, 0, 1, 0, 0, 0, null],
  ])
  t.same((await rows('signal-matrix', ['by=tid', 'sig=SIGTERM']))[0]!.slice(0, 2), [
    '100 pair',
    '200 pair',
  ])
})
