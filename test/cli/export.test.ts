import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { exportFiles } from '../../cli/export-files.ts'
import { FORMATS } from '../../cli/export-formats.ts'
import { openDatabase, type Row } from '../../library/index.ts'
import { ERROR_EXIT } from '../../parser/error.ts'
import { importTraces } from '../../parser/import.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'
import { withoutSymbols } from '../helpers/without-symbols.ts'

t.setTimeout(280_000)

const require = createRequire(import.meta.url)
const { tableFromIPC } = require('apache-arrow') as typeof import('apache-arrow')

const trace = withoutSymbols(fixture('reports', 'icmp-ping-default.dat'))
const other = withoutSymbols(fixture('reports', 'http-small.dat'))

/** Exports without a process of its own. */
async function exported(
  files: readonly string[],
  format: string,
  output: string,
  force = false,
): Promise<void> {
  const common = { selection: {}, memory: undefined, quiet: true, profile: undefined }
  await exportFiles(files, { ...common, format: FORMATS[format]!, output, force })
}

async function rowsOf(path: string, sql: string): Promise<Row[]> {
  const database = await openDatabase(path)
  try {
    return await database.all(sql)
  } finally {
    await database.close()
  }
}

/** Text of a file; of an Arrow file, what is in it: nulls have any bytes. */
function contents(path: string): string {
  if (!path.endsWith('.arrow')) return readFileSync(path, 'utf8')
  const table = tableFromIPC(readFileSync(path))
  return [table.schema, ...table.schema.metadata, ...table.toArray()].join('\n')
}

t.test('a folder that answers as the file does, whatever its path', async (t) => {
  const folder = join(t.testdir({ "it's [a] {folder}*": {} }), "it's [a] {folder}*", 'out')
  const done = traceduck(['export', trace, '--to', 'parquet', '-o', folder])
  t.equal(done.status, 0, done.err)
  t.match(done.err, /: \d+ events in \d+ event tables\n$/)
  t.ok(existsSync(join(folder, 'system=kmem', 'event=kmalloc', 'part-00000.parquet')))
  t.ok(existsSync(join(folder, 'meta', 'sources.parquet')))
  t.same(readdirSync(join(folder, '..')), ['out'], 'nothing else is left')
  for (const args of [
    ['run', 'icmp-allocs'],
    ['run', 'alloc-sizes', '--format', 'json'],
  ]) {
    const [verb, name, ...more] = args as [string, string]
    t.equal(
      traceduck([verb, name, folder, ...more]).out,
      traceduck([verb, name, trace, ...more]).out,
    )
  }
  const sql = 'select system, event, count(*) from events group by all order by all'
  t.equal(traceduck(['sql', folder, sql]).out, traceduck(['sql', trace, sql]).out)
  t.match(traceduck(['sql', folder, 'from cpu_slices']).err, /needs sched:sched_switch - not in/)
})

t.test('several recordings make a tree that answers as their import does', async (t) => {
  const root = t.testdir({})
  const [tree, database] = [join(root, 'tree'), join(root, 'both.duckdb')]
  await exported([trace, other], 'parquet', tree)
  t.same(readdirSync(tree), ['host=vm'])
  t.same(readdirSync(join(tree, 'host=vm')).sort(), ['trace=http-small', 'trace=icmp-ping-default'])
  await importTraces([trace, other], { out: database })
  for (const sql of [
    'select common_source, * from net.net_dev_queue',
    'from meta.sources',
    'from meta.cpus',
  ])
    t.same(await rowsOf(tree, sql), await rowsOf(database, sql), sql)

  // One more, exported by itself into the tree: sources of the same number are told apart.
  await exported([trace], 'parquet', join(tree, 'host=vm', 'trace=again'))
  const counts =
    'select common_source as source, count(*) as n from net.net_dev_queue group by all order by all'
  const rows = await rowsOf(tree, counts)
  t.same(
    rows.map(({ source }) => source),
    [0, 1, 2],
  )
  t.equal(rows[0]!.n, rows[1]!.n)
  await exported([trace], 'csv', tree, true)
  t.notOk(existsSync(join(tree, 'host=vm')), 'a tree is replaced as one folder is')
})

t.test('CSV, NDJSON and Arrow are what sql writes in that format', async (t) => {
  const root = t.testdir({})
  const database = join(root, 'it.duckdb')
  await importTraces([trace], { out: database })
  const file = ['system=net', 'event=net_dev_queue', 'part-00000']
  for (const format of ['csv', 'ndjson', 'arrow']) {
    const [direct, stored] = [join(root, `direct.${format}`), join(root, `stored.${format}`)]
    await exported([trace], format, direct)
    await exported([database], format, stored)
    const paths = [
      join(...file),
      ...readdirSync(join(direct, 'meta')).map((name) => `meta/${name}`),
    ]
    for (const path of paths) {
      const [a, b] = [direct, stored].map((folder) =>
        contents(join(folder, path.includes('.') ? path : `${path}.${format}`)),
      )
      t.same(a, b, path)
    }
    if (format === 'arrow') continue
    const sql = ['sql', database, 'from net.net_dev_queue', '--format', format]
    t.equal(contents(`${join(direct, ...file)}.${format}`), traceduck(sql).out, format)
  }
  t.same(readdirSync(root).length, 7)
})

t.test('a part of a recording', async (t) => {
  const root = t.testdir({})
  const out = join(root, 'part')
  const only = ['-e', 'net:*', '--cpu', '1']
  const done = traceduck(['export', trace, '--to', 'parquet', '-o', out, ...only])
  t.equal(done.status, 0, done.err)
  t.ok(readdirSync(out).every((name) => ['meta', 'system=net'].includes(name)))
  const cpus = await rowsOf(out, 'select distinct common_cpu as cpu from net.net_dev_queue')
  t.same(cpus, [{ cpu: 1 }])
  t.equal(traceduck(['export', out, '--to', 'csv', '-o', join(root, 'x'), ...only]).status, 2)
  const stdout = traceduck(['export', trace, '--to', 'arrow', '-o', '-'])
  t.equal(stdout.status, 2)
  t.match(stdout.err, /cannot be written to stdout/)
  t.same(readdirSync(root), ['part'])
})

t.test('folders that are there are kept, unless an export made them', async (t) => {
  const root = t.testdir({ mine: { 'a.txt': 'x' } })
  const mine = join(root, 'mine')
  const out = join(root, 'out')
  const run = (folder: string, ...more: string[]) =>
    traceduck(['export', trace, '--to', 'parquet', '-o', folder, '-q', ...more])
  t.equal(run(mine).status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.equal(run(mine, '--force').status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.same(readdirSync(mine), ['a.txt'])
  t.equal(run(out).status, 0)
  t.equal(run(out).status, ERROR_EXIT.ERR_OUTPUT_EXISTS)
  t.equal(run(out, '--force').err, '')
  t.equal(run(join(root, 'no', 'such')).status, ERROR_EXIT.ERR_SINK_WRITE)
  t.same(readdirSync(root).sort(), ['mine', 'out'])
})

t.test('what cannot be exported or opened', async (t) => {
  const root = t.testdir({ 'text.dat': 'hello' })
  const bad = traceduck(['export', join(root, 'text.dat'), '--to', 'parquet', '-o', `${root}/o`])
  t.equal(bad.status, ERROR_EXIT.ERR_TRACE_BAD_MAGIC)
  t.same(readdirSync(root), ['text.dat'], 'nothing is left of it')
  mkdirSync(join(root, 'other'))
  const other = traceduck(['run', 'icmp-allocs', join(root, 'other')])
  t.equal(other.status, ERROR_EXIT.ERR_TRACE_OPEN)
  t.match(other.err, /folder made by export --to parquet\n$/)
  t.equal(traceduck(['export', trace, '-o', `${root}/o`]).status, 2)
})
