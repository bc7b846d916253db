// A program's heap against its own account, and calls of its functions against what it was told to make.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import type { DuckDB } from '../../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { root } from '../helpers/paths.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'
import { answer, select } from '../queries/given.ts'

const found = liveTracefs()
const skip =
  'skip' in found
    ? found.skip
    : !found.tracefs.exists('uprobe_events')
      ? 'this kernel has no uprobes'
      : spawnSync('gcc', ['--version']).error
        ? 'gcc is not installed'
        : undefined
if (skip !== undefined) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(240_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-memory-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const CALLS = `
__attribute__((noinline)) int leaf(int n) { return n + 1; }
__attribute__((noinline)) int twice(int n) { int a = leaf(n); return leaf(a) + 0 * a; }
__attribute__((noinline)) int deep(int n) { return n == 0 ? leaf(0) : deep(n - 1) + 1; }
int main(void) {
  volatile int sum = 0;
  for (int i = 0; i < 7; i++) sum += twice(i);
  for (int i = 0; i < 3; i++) sum += deep(4);
  return sum == 0;
}`

function compile(source: string, name: string): string {
  const program = join(folder, name)
  const options = ['-O0', '-fno-builtin', '-o', program, source, '-lpthread']
  const { status, stderr } = spawnSync('gcc', options, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return program
}

/** Records a command and opens what was recorded; gives its standard output too. */
async function record(
  t: Test,
  options: readonly string[],
  command: readonly string[],
): Promise<{ database: DuckDB; out: string }> {
  const file = join(folder, 'x.dat')
  const { status, out, err } = traceduck([
    ...['record', '-q', '-F', '-c', '--force', '-o', file, ...options, '--', ...command],
  ])
  t.equal(status, 0, err)
  const { database, trace } = await openTraceDatabase(file, { objects: analysisObjects })
  t.teardown(async () => {
    await database.close()
    trace.close()
  })
  t.same(await select(database, 'select count(*) as n from meta.lost_events'), [{ n: 0 }])
  return { database, out }
}

for (const leaks of [true, false]) {
  t.test(`a heap ${leaks ? 'that leaks' : 'without leaks'}`, async (t) => {
    const program = compile(join(root, 'test/live/heap-workload.c'), 'heap-workload')
    const command = leaks ? [program, 'leak'] : [program]
    const { database, out } = await record(t, ['--preset', 'malloc'], command)
    const [blocks, bytes] = out.trim().split(' ').map(Number)
    t.equal(Number(blocks) > 0, leaks, out)

    const rows = await answer(database, 'malloc-leaks', ['comm=heap-workload'])
    const total = rows.pop()!
    // The loader keeps what it made for the thread; the program does not count that.
    const own = rows.filter(({ caller }) => !String(caller).startsWith('ld-linux'))
    const known = await select(
      database,
      `select count(*) as n, coalesce(sum(size), 0)::bigint as size from user_allocs
       where state = 'no_result' and call = 'posix_memalign' and comm = 'heap-workload'`,
    )
    const kept = leaks ? known[0]! : { n: 0, size: 0 }
    const sum = (key: string): number => own.reduce((n, row) => n + Number(row[key]), 0)
    t.equal(sum('blocks') + Number(kept.n), blocks)
    t.equal(sum('bytes') + Number(kept.size), bytes)
    t.match(total.note, / missed_free=0 failed=1 /)

    const grows = rows.filter(({ verdict }) => verdict === 'grows')
    t.same(
      grows.map(({ blocks, bytes, call }) => [blocks, bytes, call]),
      leaks ? [[5, 240, 'malloc']] : [],
    )
    if (leaks) t.match(grows[0]!.caller, /^heap-workload:request\+0x[0-9a-f]+$/)
    t.same(
      await select(database, `select count(*) as n from user_frees where state = 'inherited'`),
      [{ n: 1 }],
    )
  })
}

t.test('calls of functions and who made them', async (t) => {
  const source = join(folder, 'calls.c')
  writeFileSync(source, CALLS)
  const program = compile(source, 'calls')
  const probes = ['leaf', 'twice', 'deep'].flatMap((name) => [
    ...['--uprobe', `p:td/${name} ${program}:${name} n=$arg1:s32 caller=$caller:x64`],
    ...['--uprobe', `r:td/${name}_ret ${program}:${name} ret=$retval:s32`],
  ])
  const { database } = await record(t, probes, [program])
  t.same(
    (await answer(database, 'user-call-count')).map((row) => [row.function, row.calls]).sort(),
    [
      ['deep', 15],
      ['leaf', 17],
      ['twice', 7],
    ],
  )
  t.same(
    await select(
      database,
      `select name, depth, count(*) as calls, sum(ret)::integer as ret from uprobe_spans
       where state = 'complete' group by all order by all`,
    ),
    [
      { name: 'deep', depth: 0, calls: 3, ret: 15 },
      { name: 'deep', depth: 1, calls: 3, ret: 12 },
      { name: 'deep', depth: 2, calls: 3, ret: 9 },
      { name: 'deep', depth: 3, calls: 3, ret: 6 },
      { name: 'deep', depth: 4, calls: 3, ret: 3 },
      { name: 'leaf', depth: 1, calls: 14, ret: 63 },
      { name: 'leaf', depth: 5, calls: 3, ret: 3 },
      { name: 'twice', depth: 0, calls: 7, ret: 35 },
    ],
  )
  const callers = await answer(database, 'user-call-count', ['by=caller', 'probe=leaf'])
  t.same(callers.map(({ calls }) => calls).sort(), [3, 7, 7])
  for (const { caller, calls } of callers)
    t.match(caller, calls === 3 ? /^calls:deep\+0x[0-9a-f]+$/ : /^calls:twice\+0x[0-9a-f]+$/)
})
