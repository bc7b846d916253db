// Files, reads and socket options of programs that strace, or the program itself, accounts for in
// the same run. The recording is asked as a file and as its import.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { importTraces } from '../../parser/import.ts'
import { type DuckDB, openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'
import { answer, select } from '../queries/given.ts'

const found = liveTracefs()
const missing = ['strace', 'python3'].find((name) => spawnSync(name, ['-V']).error)
if ('skip' in found || missing !== undefined) {
  t.plan(0, 'skip' in found ? found.skip : `${missing} is not installed`)
  process.exit()
}
holdTracefs(t)
t.setTimeout(240_000)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-files-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Records a command with a preset; gives what it printed. */
function record(t: Test, name: string, preset: string, command: readonly string[]): string {
  const out = join(folder, `${name}.dat`)
  const ran = traceduck(['record', '--preset', preset, '-q', '-o', out, '--', ...command])
  t.equal(ran.status, 0, ran.err)
  return ran.out
}

/** Runs a test on the recording as a file and as its import. */
async function both(
  t: Test,
  name: string,
  test: (t: Test, database: DuckDB) => Promise<void>,
): Promise<void> {
  const path = join(folder, `${name}.dat`)
  await t.test('as a file', async (t) => {
    const { database, trace } = await openTraceDatabase(path, { objects: analysisObjects })
    await test(t, database)
    await database.close()
    trace.close()
  })
  await t.test('as an import', async (t) => {
    const out = join(folder, `${name}.duckdb`)
    await importTraces([path], { out, objects: analysisObjects })
    const database = await openDuckDB(out, { readOnly: true })
    await test(t, database)
    await database.close()
  })
}

interface Line {
  readonly pid: number
  readonly call: string
  /** Everything between the parentheses. */
  readonly args: string
  readonly ret: number
  readonly error: string | null
}

/** What strace wrote, a file for each process. */
function straced(prefix: string): Line[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${prefix}.`))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line): Line[] => {
          const [, call, args, ret, error] =
            /^(\w+)\((.*)\)\s+= (-?\d+)\S*(?: (E[A-Z]+))?/.exec(line) ?? []
          if (call === undefined) return []
          const pid = Number(file.slice(prefix.length + 1))
          return [{ pid, call, args: args!, ret: Number(ret), error: error ?? null }]
        }),
    )
}

const CALLS =
  'open,openat,creat,stat,lstat,newfstatat,statx,execve,' +
  'read,write,pread64,pwrite64,copy_file_range'

t.test('a shell script under strace', async (t) => {
  const data = join(folder, 'data')
  mkdirSync(data)
  for (let i = 1; i <= 4; i++) writeFileSync(join(data, `in${i}`), 'x'.repeat(5000 * i))
  const script = join(folder, 'script.sh')
  writeFileSync(
    script,
    `cd ${data}
cat in1 in2 > sum
cat in3 nothing in4 > /dev/null 2>&1
ls -l /etc/hostname ${data} > /dev/null
cd /etc && head -c 5 passwd > ${data}/head
stat ${data}/sum ${data}/absent > /dev/null 2>&1
exit 0
`,
  )
  const trace = ['strace', '-ff', '-s', '400', '-o', join(folder, 'st'), '-y', '-e', CALLS]
  record(t, 'script', 'io', [...trace, 'sh', script])
  const lines = straced('st')
  t.ok(lines.length > 100, `${lines.length} lines of strace`)
  const pids = [...new Set(lines.map(({ pid }) => pid))].sort((a, b) => a - b)

  /** `pid call path result`, in order for each process. */
  const named = lines
    .filter(({ call, args }) => !isTransfer(call) && !isFstat(call, args))
    .map(({ pid, call, args, ret, error }) => {
      const [, path = ''] = /"((?:[^"\\]|\\.)*)"/.exec(args) ?? []
      return `${pid} ${call} ${path} ${error ?? ret}`
    })
  t.ok(named.some((line) => line.endsWith(`openat nothing ENOENT`)))

  const moved = byFile(lines)
  await both(t, 'script', async (t, database) => {
    const rows = await select(
      database,
      `select tid, name, coalesce(path, '?') as path, coalesce(error, ret::varchar) as result from file_paths
       where tid in (${pids.join(', ')}) and name in ('open', 'openat', 'creat', 'newstat', 'newlstat', 'newfstatat',
         'statx', 'execve')
         and not (name in ('newfstatat', 'statx') and as_int(if(name = 'statx', arg3, arg4)) & 4096 <> 0
           and coalesce(path, '') = '') order by tid, ts`,
    )
    // The first exec of the script is strace's own doing: only its exit is on record.
    t.same(
      rows.map(({ tid, name, path, result }) => `${tid} ${plain(name)} ${path} ${result}`),
      [...named].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
      'paths and results',
    )
    const below = await answer(database, 'files-opened', [`under=${data}`, 'distinct=true'])
    t.same(
      below
        .flatMap(({ path, count, failed }) =>
          String(path).startsWith('/') ? [`${path} ${count} ${failed}`] : [],
        )
        .sort(),
      [
        ...['in1', 'in2', 'in3', 'in4', 'sum', 'head'].map((name) => `${data}/${name} 1 0`),
        `${data} 1 0`,
        `${data}/nothing 1 1`,
      ].sort(),
      'relative paths are known by the working directory',
    )
    const top = await answer(database, 'file-top', ['top=1000'])
    t.same(
      top
        .filter(({ pid, file }) => pids.includes(Number(pid)) && String(file).startsWith('/'))
        .map((row) =>
          [row.pid, real(row.file), row.reads, row.writes, row.read_bytes, row.write_bytes].join(
            ' ',
          ),
        )
        .sort(),
      moved,
      'reads and writes of each file',
    )
  })
})

function isFstat(call: string, args: string): boolean {
  return (
    (call === 'newfstatat' || call === 'statx') && /AT_EMPTY_PATH/.test(args) && /, ""/.test(args)
  )
}

function plain(name: unknown): string {
  return String(name).replace(/^new(l?stat)$/, '$1')
}

function isTransfer(call: string): boolean {
  return /^(p?read|p?write|copy_file_range)(64)?$/.test(call)
}

/** `pid file reads writes bytes bytes` of what strace says of descriptors that are files. */
function byFile(lines: readonly Line[]): string[] {
  const totals = new Map<string, number[]>()
  for (const { pid, call, args, ret } of lines.filter(({ call }) => isTransfer(call))) {
    // copy_file_range reads its first descriptor and writes its second one.
    const paths = [...args.matchAll(/(?:^|, )\d+<(\/[^>]*)>/g)].map(([, path]) => path!)
    for (const [i, path] of paths.entries()) {
      const total = totals.get(`${pid} ${path}`) ?? [0, 0, 0, 0]
      totals.set(`${pid} ${path}`, total)
      const place = call.includes('read') || (call === 'copy_file_range' && i === 0) ? 0 : 1
      total[place]! += 1
      total[place + 2]! += Math.max(ret, 0)
    }
  }
  return [...totals].map(([key, total]) => `${key} ${total.join(' ')}`).sort()
}

/** strace shows where symbolic links lead to, a recording the path as it was given. */
function real(path: unknown): string {
  return existsSync(String(path)) ? realpathSync(String(path)) : String(path)
}

const SOCKETS = `
import errno, json, os, socket
said = []
def option(s, family, level, name, value=None):
    call, error = ('getsockopt' if value is None else 'setsockopt'), None
    try:
        s.getsockopt(level, name) if value is None else s.setsockopt(level, name, value)
    except OSError as e:
        error = errno.errorcode[e.errno].replace('ENOTSUP', 'EOPNOTSUPP')
    said.append([os.getpid(), s.fileno(), family, call, level, name, error])
u = socket.socket(socket.AF_UNIX); i = socket.socket(socket.AF_INET); v = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
a, b = socket.socketpair()
d = u.dup()
for s, f in ((u, 'AF_UNIX'), (i, 'AF_INET'), (v, 'AF_INET6'), (a, 'AF_UNIX'), (b, 'AF_UNIX'), (d, 'AF_UNIX')):
    option(s, f, socket.SOL_SOCKET, socket.SO_SNDBUF, 40000)
    option(s, f, socket.SOL_SOCKET, socket.SO_TYPE)
    option(s, f, socket.SOL_TCP, socket.TCP_NODELAY)
    option(s, f, socket.SOL_SOCKET, 9999)
l = socket.socket(socket.AF_INET); l.bind(('127.0.0.1', 0)); l.listen()
i.connect(l.getsockname()); c, _ = l.accept()
option(c, 'AF_INET', socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
print(json.dumps(said))
`

t.test('socket options of a program that knows', async (t) => {
  const program = join(folder, 'sockets.py')
  writeFileSync(program, SOCKETS)
  const said = JSON.parse(record(t, 'sockets', 'sockets', ['python3', '-I', '-S', program])) as [
    number,
    ...unknown[],
  ][]
  t.ok(said.length === 25 && said.some((row) => row.at(-1) === 'ENOPROTOOPT'))
  const NAMES: Readonly<Record<string, string>> = {
    '1 7': 'SO_SNDBUF',
    '1 3': 'SO_TYPE',
    '6 1': 'TCP_NODELAY',
    '1 9999': '9999',
    '1 9': 'SO_KEEPALIVE',
  }
  await both(t, 'sockets', async (t, database) => {
    const [[pid]] = said as [[number]]
    const rows = await answer(database, 'sockopt-calls', [`tid=${pid}`])
    t.same(
      rows.map((row) => [row.tid, row.fd, row.family, row.call, row.opt, row.error]),
      said.map(([pid, fd, family, call, level, name, error]) => [
        ...[pid, fd, family, call, NAMES[`${level} ${name}`], error],
      ]),
    )
    const failed = said.filter((row) => row.at(-1) !== null).length
    const ratio = await answer(database, 'sockopt-ratio', [`tid=${pid}`])
    t.match(ratio.at(-1), { family: 'total', calls: 25, ok: 25 - failed, failed })
    t.notOk(ratio.some(({ family }) => family === 'unknown'))
  })
})
