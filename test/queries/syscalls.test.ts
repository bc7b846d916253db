// Reports of system calls and programs, held against what strace counted in the same run.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import type { DuckDB } from '../../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { fixture } from '../helpers/paths.ts'
import { answer } from './given.ts'

t.setTimeout(240_000)

interface Exec {
  readonly pid: number
  readonly path: string
  readonly errno: string | null
}

function known(name: string): { readonly [key: string]: unknown } {
  return JSON.parse(readFileSync(fixture('reports', `${name}.json`), 'utf8')).expect
}

async function open(t: Test, name: string): Promise<DuckDB> {
  const objects = analysisObjects
  const { database, trace } = await openTraceDatabase(fixture('reports', `${name}.dat`), {
    objects,
  })
  t.teardown(async () => {
    await database.close()
    trace.close()
  })
  return database
}

const sorted = (rows: readonly Record<string, unknown>[]): string[] =>
  rows.map(({ syscall, calls, errors }) => `${syscall} ${calls} ${errors}`).sort()

t.test('calls and errors by name are those of strace -c', async (t) => {
  const database = await open(t, 'syscall-summary')
  const expected = known('syscall-summary')
  const rows = await answer(database, 'syscall-summary', ['program=sh'])
  // exit_group never returns; strace does not count it.
  const returned = rows.filter(({ syscall }) => syscall !== 'exit_group')
  t.same(sorted(returned), sorted(expected.rows as Record<string, unknown>[]))
  t.equal(
    returned.reduce((sum, { calls }) => sum + Number(calls), 0),
    expected.total_calls,
  )
  const errors = await answer(database, 'syscall-errors', ['program=sh'])
  const failed = (expected.rows as { errors: number }[]).reduce((sum, row) => sum + row.errors, 0)
  t.equal(
    errors.reduce((sum, row) => sum + Number(row.failed), 0),
    failed,
  )
  const ratio = await answer(database, 'syscall-ratio', ['calls=getxattr, pread64'])
  t.match(ratio, [
    { syscall: 'getxattr', ok: 0, failed: 40, percent: 100 },
    { syscall: 'pread64', failed: 0, ratio: null, text: /^no failures \(\d+ ok\)$/ },
    { syscall: 'all', failed: 40 },
  ])
})

t.test('calls of files, and programs started', async (t) => {
  const database = await open(t, 'files-small')
  const expected = known('files-small')
  const errors = expected.errors_by_name as Record<string, number>
  const calls = Object.entries(expected.calls_by_name as Record<string, number>)
  const rows = await answer(database, 'syscall-summary', ['program=/usr/bin/sh'])
  t.same(sorted(rows), calls.map(([name, count]) => `${name} ${count} ${errors[name] ?? 0}`).sort())
  const execs = expected.execs_in_order as readonly Exec[]
  const started = await answer(database, 'exec-snoop', ['failed=true'])
  const pids = new Set(execs.map(({ pid }) => pid))
  const found = started
    .filter(({ pid }) => pids.has(Number(pid)))
    .map(({ pid, args, error }) => ({ pid, path: args, errno: error }))
  const order = (list: readonly object[]): string[] => list.map((one) => JSON.stringify(one)).sort()
  t.same(order(found), order(execs.map(({ pid, path, errno }) => ({ pid, path, errno }))))
  const worked = await answer(database, 'exec-snoop', ['path=%/cat'])
  t.match(worked, [{ pcomm: 'sh', ppid: 9010, ret: 0, args: '/usr/bin/cat' }])
})

t.test('calls as strace writes them', async (t) => {
  const database = await open(t, 'files-small')
  const lines = async (params: string[]): Promise<string[]> =>
    (await answer(database, 'syscall-trace', params)).map(({ line }) => String(line))
  t.match(await lines(['tid=9011', 'match=^openat$', 'path=/etc']), [
    / 9011 cat openat\(AT_FDCWD, "\/etc\/ld\.so\.cache", O_RDONLY\|O_CLOEXEC\) = 3 <0\.0\d+>$/,
    / openat\(AT_FDCWD, "\/etc\/hostname", O_RDONLY\) = 3 /,
    / openat\(AT_FDCWD, "\/etc\/nonexistent", O_RDONLY\) = -1 ENOENT /,
  ])
  const closes = await lines(['tid=9011', 'match=^close$', 'path=/etc/hostname'])
  t.match(closes, [/ close\(3<\/etc\/hostname>\) = 0 /])
  t.match((await lines(['tid=9011', 'path=/etc/hostname', 'strsize=4']))[0], /"\/etc"\.\.\./)
  t.ok((await lines(['class=%desc'])).every((line) => !/ (execve|access)\(/.test(line)))
  t.equal((await lines(['class=%net'])).length, 0)
  const failed = await answer(database, 'syscall-trace', ['failed=true', 'class=file'])
  t.ok(
    failed.length > 10 && failed.every(({ ret, err }) => Number(err) > 0 && ret === -Number(err)),
  )
})

t.test('writes above a size, and the events of the file', async (t) => {
  const database = await open(t, 'syscall-summary')
  const over = async (bytes: number): Promise<number[]> =>
    (await answer(database, 'large-writes', [`over=${bytes}`])).map(({ count }) => Number(count))
  t.same(await over(1264), [2258])
  t.same((await over(1263)).sort(), [1264, 2258])
  t.same(await over(10000), [])
  const events = await answer(database, 'event-catalogue', ['match=sched:*'])
  t.same(events.map(({ event, rows }) => `${event} ${rows}`).sort(), [
    'sched:sched_process_exec 6',
    'sched:sched_process_exit 8',
    'sched:sched_process_fork 7',
  ])
  const fields = await answer(database, 'event-catalogue', ['match=*exec', 'verbose=true'])
  t.match(fields, [{ fields: 'filename' }, { fields: 'pid' }, { fields: 'old_pid' }])
})

t.test('stacks below their calls, also where no exit was recorded', async (t) => {
  const database = await openTraceDatabase(fixture('traces', 's390x-7.2-userstack.dat'), {
    objects: analysisObjects,
  })
  t.teardown(async () => {
    await database.database.close()
    database.trace.close()
  })
  const rows = await answer(database.database, 'syscall-trace', ['stacks=true'])
  // The kernel's own records: a user_stack follows each sys_enter.
  const known = await database.database.all(
    `select ts, printf('0x%x', caller[1]) from ftrace.user_stack order by ts`,
  )
  t.equal(known.rows.length, rows.length)
  t.same(
    rows.map(({ line }) => /\n > (.*)/.exec(String(line))?.[1]),
    known.rows.map(([, address]) => address),
  )
  t.match(rows[0]!.line, /\) = \?\n > 0x3ff986ec636$/)
  const [plain] = await answer(database.database, 'syscall-trace')
  t.equal(plain!.stack, null, 'not asked for')
})
