// Arguments that a probe on execve read: those before the one that ends them, and no more.
import t from 'tap'
import { answer, type GivenTable, makeDatabase } from './given.ts'

const execve: GivenTable = {
  columns: {
    __probe_ip: 'ubigint',
    path: 'varchar',
    arg1: 'varchar',
    arg2: 'varchar',
    arg3: 'varchar',
  },
  rows: [
    { ts: 10, arg1: '/etc/hostname', arg3: 'HOME=/root' },
    { ts: 20, arg2: 'HOME=/root', arg3: 'PATH=/bin' },
    { ts: 30, arg1: '-n', arg2: '', arg3: 'x' },
    { ts: 40, arg1: 'one', arg2: 'two' },
  ],
}
const exec: GivenTable = {
  columns: { filename: 'varchar', pid: 'integer', old_pid: 'integer' },
  rows: execve.rows.map(({ ts }) => ({ ts: ts + 1, filename: '/bin/x', pid: 100, old_pid: 100 })),
}

t.test('what stands behind the arguments is not theirs', async (t) => {
  const database = await makeDatabase({
    tables: { 'td.execve': execve, 'sched.sched_process_exec': exec },
    sql: [1, 2, 3].map(
      (n) => `insert into meta.fields values ('td', 'execve', ${n}, 'arg${n}', 0)`,
    ),
  })
  t.teardown(() => database.close())
  t.same(
    (await answer(database, 'exec-snoop')).map(({ args }) => args),
    ['/bin/x /etc/hostname', '/bin/x', '/bin/x -n  x …', '/bin/x one two'],
  )
})
