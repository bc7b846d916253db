// Recordings whose answers are known from strace of the same run, asked as a file and as its import.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { importTraces } from '../../../parser/import.ts'
import { type DuckDB, openDuckDB } from '../../../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'
import { answer, select } from '../given.ts'

interface Call {
  readonly pid: number
  readonly call: string
  readonly path: string
  readonly ret: number
  readonly errno: string | null
}

/** What the JSON file beside a recording expects. */
interface Files {
  readonly opens_in_order: readonly Call[]
  readonly stats_in_order: readonly Call[]
  readonly execs_in_order: readonly object[]
  readonly calls_by_name: Readonly<Record<string, number>>
  readonly errors_by_name: Readonly<Record<string, number>>
  readonly etc_paths_opened_ok: readonly string[]
}

interface Options {
  readonly calls_in_order: readonly Option[]
  readonly sockopt_calls_total: number
  readonly on_unix_sockets: number
  readonly unix_ok: number
  readonly unix_failed: number
  readonly all_ok: number
  readonly all_failed: number
}

interface Option {
  readonly pid: number
  readonly call: string
  readonly fd: number
  readonly socket: string
  readonly level: string
  readonly opt: string
  readonly ret: number
  readonly errno: string | null
}

const folder = mkdtempSync(join(tmpdir(), 'traceduck-files-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a test on a recording as a file and as its import. */
async function both<Expected>(
  name: string,
  test: (t: Test, database: DuckDB, expect: Expected) => Promise<void>,
): Promise<void> {
  const text = readFileSync(fixture('reports', `${name}.json`), 'utf8')
  const { expect } = JSON.parse(text) as { expect: Expected }
  const path = fixture('reports', `${name}.dat`)
  await t.test(`${name}.dat`, async (t) => {
    const { database, trace } = await openTraceDatabase(path, { objects: analysisObjects })
    await test(t, database, expect)
    await database.close()
    trace.close()
  })
  await t.test(`${name}.duckdb`, async (t) => {
    const out = join(folder, `${name}.duckdb`)
    const { failedObjects } = await importTraces([path], { out, objects: analysisObjects })
    t.same(failedObjects, [])
    const database = await openDuckDB(out, { readOnly: true })
    await test(t, database, expect)
    await database.close()
  })
}

/** Rows of the workload's processes, in the form of the known answer. */
function calls(rows: readonly Record<string, unknown>[], pids: ReadonlySet<number>): Call[] {
  return rows.flatMap(({ tid, call, path, ret, error }) => {
    if (!pids.has(Number(tid)) || path === '<unknown>') return []
    const failed = error !== null
    return [
      {
        pid: Number(tid),
        call: String(call),
        path: String(path),
        ret: failed ? -1 : Number(ret),
        errno: failed ? String(error) : null,
      },
    ]
  })
}

await both<Files>('files-small', async (t, database, expect) => {
  const opens = expect.opens_in_order
  const stats = expect.stats_in_order
  const pids = new Set(opens.map(({ pid }) => pid))
  const own = `tid in (${[...pids].join(', ')})`
  t.same(
    calls(
      await select(
        database,
        `select tid, call, path, ret, error from file_opens where ${own} order by ts`,
      ),
      pids,
    ),
    opens,
    'file_opens',
  )
  const opened = await answer(database, 'files-opened')
  t.same(
    calls(
      opened.map((row) => ({ ...row, call: 'openat', ret: row.fd })),
      pids,
    ),
    opens,
    'files-opened',
  )
  t.ok(opened.every(({ source }) => source === 'uprobe'))

  const looked = await answer(database, 'stat-calls')
  const kernelName = (call: unknown): unknown => (call === 'fstatat' ? 'newfstatat' : call)
  t.same(
    calls(
      looked.map((row) => ({ ...row, call: kernelName(row.call), ret: row.fd })),
      pids,
    ),
    stats,
    'stat-calls',
  )
  const unnamed = looked.filter(({ path, tid }) => path === '<unknown>' && pids.has(Number(tid)))
  t.same(
    [...new Set(unnamed.map(({ call, error, note }) => `${call} ${error} ${note}`))],
    ['statfs ENOENT path not recorded'],
    'calls without a probe have no name',
  )
  t.equal(unnamed.length, expect.calls_by_name.statfs)

  t.same(
    await select(
      database,
      `select name, count(*) as calls, count(error) as errors from syscall_paths where ${own}
       group by name order by name`,
    ),
    ['access', 'execve', 'newfstatat', 'openat', 'statfs', 'statx'].map((name) => ({
      name,
      calls: expect.calls_by_name[name],
      errors: expect.errors_by_name[name] ?? 0,
    })),
    'as many calls as strace saw',
  )
  t.same(
    await select(
      database,
      `select tid as pid, path, error as errno, case when ret < 0 then -1 else ret end as ret
       from syscall_paths where ${own} and name = 'execve' order by ts`,
    ),
    expect.execs_in_order,
    'execs',
  )

  const etc = await answer(database, 'files-opened', ['under=/etc', 'distinct=true'])
  t.same(
    etc
      .filter(
        ({ path, count, failed }) => String(path)[0] === '/' && Number(count) > Number(failed),
      )
      .map(({ path }) => path)
      .sort(),
    expect.etc_paths_opened_ok,
    'below /etc',
  )
  t.match(
    etc.filter(({ path }) => String(path)[0] !== '/'),
    [{ path: '<relative>', count: 1, note: 'relative to directories that are not known' }],
    'paths that may be below are counted',
  )
  t.match(await answer(database, 'files-opened', ['failed=true', 'comm=cat']), [
    { path: '/etc/nonexistent', fd: -1, error: 'ENOENT' },
  ])
  const [first] = opened
  t.same(await answer(database, 'files-opened', ['under=/etc/', `to=${first?.ts}ns`]), [first])
  t.same(await answer(database, 'files-opened', ['marker=nothing']), [])
})

await both<Options>('sockopt-mixed', async (t, database, expect) => {
  const expected = expect.calls_in_order
  const rows = await answer(database, 'sockopt-calls')
  // strace's text has the level and the option one column late where it prints a socket's name.
  const isShifted = ({ level }: Option): boolean => level.startsWith('@')
  t.same(
    rows.map(({ pid, call, fd, family, level, opt, ret, err, error }, i) => ({
      pid,
      call,
      fd,
      socket: family === 'AF_UNIX' ? 'UNIX-STREAM' : 'TCP',
      ...(isShifted(expected[i]!) ? { opt: level } : { level, opt }),
      // strace prints -1 for what the kernel returns as the error's number below 0.
      ret: error !== null && ret === -Number(err) ? -1 : ret,
      errno: error,
    })),
    expected.map((one) => {
      const { level, ...rest } = one
      return isShifted(one) ? rest : { level, ...rest }
    }),
  )
  t.equal(rows.length, expect.sockopt_calls_total)

  const ratio = await answer(database, 'sockopt-ratio')
  t.match(ratio, [
    {
      family: 'AF_UNIX',
      calls: expect.on_unix_sockets,
      ok: expect.unix_ok,
      failed: expect.unix_failed,
      unknown: 0,
    },
    { family: 'AF_INET', calls: expect.sockopt_calls_total - expect.on_unix_sockets, failed: 0 },
    {
      family: 'total',
      calls: expect.sockopt_calls_total,
      ok: expect.all_ok,
      failed: expect.all_failed,
      errors: `${expect.all_failed} EOPNOTSUPP`,
      ratio: '4.8 : 1, 17.2 % failed',
    },
  ])
  t.equal(ratio[1]?.ratio, 'no failures (3 ok)')
  t.equal(ratio[0]?.inferred, 5)
  t.match(await answer(database, 'sockopt-ratio', ['family=AF_INET']), [
    { family: 'AF_INET' },
    { family: 'total', calls: 3 },
  ])
  t.equal((await answer(database, 'sockopt-calls', ['family=AF_UNIX'])).length, 26)
})
