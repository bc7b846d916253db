// System calls of a command under strace -c, recorded in the same run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'
import { answer } from '../queries/given.ts'

const found = liveTracefs()
const missing = ['strace', 'env'].find((name) => spawnSync(name, ['--version']).error)
if ('skip' in found || missing !== undefined) {
  t.plan(0, 'skip' in found ? found.skip : `${missing} is not installed`)
  process.exit()
}
holdTracefs(t)
t.setTimeout(240_000)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-calls-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = 'cat /etc/hostname /nonexistent; ls -l / > /dev/null; (exec /bin/true); exit 0'

t.test('calls, errors and programs are those that strace counts', async (t) => {
  const [counts, out] = ['counts', 'calls.dat'].map((name) => join(folder, name)) as [
    string,
    string,
  ]
  const ran = traceduck([
    ...['record', '--preset', 'syscalls', '-e', 'sched:sched_process_*', '-b', '8192', '-q'],
    ...['-o', out, '--', 'strace', '-f', '-c', '-o', counts, '/bin/sh', '-c', SCRIPT],
  ])
  t.equal(ran.status, 0, ran.err)
  const { database, trace } = await openTraceDatabase(out, { objects: analysisObjects })
  const rows = await answer(database, 'syscall-summary', ['program=/bin/sh'])
  const recorded = new Map(rows.map((row) => [row.syscall, row]))
  // The events spell a few calls otherwise than strace, which call_name undoes.
  const lines = [
    ...readFileSync(counts, 'utf8').matchAll(
      /^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(\d+)? +([a-z]\w+)$/gm,
    ),
  ].filter(([, , , name]) => name !== 'total')
  t.ok(lines.length > 15, 'strace counted')
  for (const [, calls, errors, name] of lines) {
    const row = recorded.get(name!)
    t.equal(row?.calls, Number(calls), `${name}: calls`)
    // The register of interrupted code may look like an error to strace.
    if (name !== 'rt_sigreturn') t.equal(row?.errors, Number(errors ?? 0), `${name}: errors`)
  }
  const programs = (await answer(database, 'exec-snoop')).map(({ args }) => String(args))
  for (const name of ['/bin/sh', '/cat', '/ls', '/bin/true'])
    t.ok(
      programs.some((path) => path.endsWith(name)),
      `${name} was started`,
    )
  await database.close()
  trace.close()
})
