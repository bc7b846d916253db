import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fixture, root } from '../helpers/paths.ts'

// Installing unpacks DuckDB's 68 MB.
t.setTimeout(280_000)

const CONSUMER = `
import { ERROR_EXIT, openTrace, readBatches, TraceError, type ErrorCode } from 'traceduck'
import { openDatabase, runReport, type ReportResult, type Row } from 'traceduck'
import { readEvents, type Trace, type TraceEvent } from 'traceduck/parser'

export async function countRows(path: string): Promise<number> {
  const trace: Trace = await openTrace(path, { strict: true })
  let rows = 0
  for await (const batch of readBatches(trace, { events: ['kmem:*'] })) rows += batch.rows
  for await (const event of readEvents(trace)) {
    const seen: TraceEvent = event
    const ts: bigint = seen.ts
    rows += ts > 0n ? 1 : 0
  }
  trace.close()
  return rows
}

export async function ask(path: string): Promise<[Row | undefined, ReportResult]> {
  const database = await openDatabase(path)
  const rows: Row[] = await database.all('select 1')
  await database.close()
  return [rows[0], await runReport(path, 'icmp-allocs', { top: 3 })]
}

export const status = (error: unknown): number => {
  if (!(error instanceof TraceError)) return 70
  const code: ErrorCode = error.code
  return ERROR_EXIT[code]
}

// @ts-expect-error the path is a string: types are checked, not any
export const wrong = openTrace(42)
`

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })

const folder = t.testdir({ 'a consumer': {} })
const consumer = join(folder, 'a consumer')

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

t.test('the package holds what it needs and nothing else', async (t) => {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder)) as [Packed]
  const paths = packed.files.map((file) => file.path)
  for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', 'dist/cli/main.js'])
    t.ok(paths.includes(path), path)
  t.ok(paths.includes('dist/parser/index.d.ts'))
  t.ok(paths.includes('dist/queries/network/icmp-allocs.sql'), 'reports are files')
  t.ok(paths.includes('dist/parser/wasm/loops.wasm'), 'loops are compiled')
  t.ok(paths.includes('dist/parser/container/ahead-worker.js'), 'threads have their files')
  t.same(
    paths.filter((path) => /\.dat$|^dist\/(test|bench)|^(test|fixtures)\/|node_modules/.test(path)),
    [],
  )
  t.ok(packed.size < 2_000_000, `${packed.size} bytes`)
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  )
  const tarball = join(folder, packed.filename)
  npm(consumer, 'install', '--ignore-scripts', '--prefer-offline', tarball)
})

t.test('the installed command runs', async (t) => {
  const traceduck = (...args: string[]): { status: number | null; stdout: string } => {
    const done = spawnSync(join(consumer, 'node_modules/.bin/traceduck'), args, {
      cwd: consumer,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return { status: done.status, stdout: done.stdout }
  }
  const help = traceduck('--help')
  t.equal(help.status, 0)
  t.match(help.stdout, /Usage: traceduck/)
  const recording = fixture('reports', 'icmp-ping-default.dat')
  const info = traceduck('info', recording, '--json')
  t.equal(info.status, 0)
  t.match(info.stdout, /6\.18\.44/)
  const sql = 'select count(*) as n from syscalls.sys_enter_sendto'
  const answer = traceduck('sql', recording, sql, '--format', 'csv')
  t.equal(answer.status, 0)
  t.equal(answer.stdout.replaceAll('\r', ''), 'n\n1\n')
  const report = traceduck('run', 'icmp-allocs', recording, '--format', 'json')
  t.equal(report.status, 0)
  t.ok(Array.isArray(JSON.parse(report.stdout)))
})

t.test('types resolve for a consumer', async (t) => {
  writeFileSync(join(consumer, 'use.ts'), CONSUMER)
  const readme = readFileSync(`${root}README.md`, 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  t.match(example, 'openTrace')
  writeFileSync(
    join(consumer, 'readme.ts'),
    `declare const console: { log(...values: unknown[]): void }\n${example}`,
  )
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    types: [],
  }
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  // Without a test runner's preload, which the compiler's start script cannot bear.
  const compile = ['-u', 'NODE_OPTIONS', process.execPath, tsc, '-p', consumer]
  const done = spawnSync('env', compile, { encoding: 'utf8' })
  t.equal(done.stdout + done.stderr, '')
  t.equal(done.status, 0)
})

t.test('the manifest promises only what is there', async (t) => {
  const installed = join(consumer, 'node_modules/traceduck')
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string; default: string }>
  }
  for (const [name, target] of Object.entries(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : Object.values(target)
    if (typeof target !== 'string') t.equal(Object.keys(target)[0], 'types', `${name}: types first`)
    for (const file of files) t.ok(readFileSync(join(installed, file)).length > 0, file)
  }
})
