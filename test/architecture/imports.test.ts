import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  findClosure,
  findComputedImports,
  findCycles,
  findImports,
  type Import,
  listSources,
  readImports,
} from '../helpers/import-graph.ts'
import { root } from '../helpers/paths.ts'

const FOLDERS = [
  'parser',
  'analysis',
  'queries',
  'report',
  'export',
  'library',
  'elf',
  'recorder',
  'writer',
  'cli',
]

/** Loaded on demand only: each costs more than the rest of a `--help` run. */
const HEAVY = ['@duckdb/node-api', '@duckdb/node-bindings', 'apache-arrow', 'koffi', 'fzstd']

const ERRORS = ['parser/error.ts', 'parser/diagnostics.ts']
const FILES = ['node:fs', 'node:fs/promises', 'node:os', 'node:path']

interface Rule {
  /** Importing files, by path prefix; the first rule that fits decides. */
  readonly area: string
  /** Local files they may import besides their own area, by path prefix. */
  readonly local: readonly string[]
  readonly packages: readonly string[]
}

/** "Who may import whom" of docs/architecture.md, the most particular areas first. */
const RULES: readonly Rule[] = [
  { area: 'parser/error.ts', local: [], packages: [] },
  { area: 'parser/diagnostics.ts', local: ['parser/error.ts'], packages: [] },
  {
    area: 'parser/container/source.ts',
    local: ['parser/container/', ...ERRORS],
    packages: FILES,
  },
  {
    area: 'parser/container/zstd-native.ts',
    local: ['parser/container/', ...ERRORS],
    packages: ['koffi', 'node:module'],
  },
  {
    area: 'parser/container/zstd-js.ts',
    local: ['parser/container/', ...ERRORS],
    packages: ['fzstd', 'node:module'],
  },
  {
    area: 'parser/container/ahead',
    local: ['parser/container/', ...ERRORS],
    packages: ['node:os', 'node:worker_threads'],
  },
  { area: 'parser/container/', local: ERRORS, packages: ['node:zlib'] },
  { area: 'parser/wasm/', local: [], packages: FILES },
  {
    area: 'parser/ring/',
    local: ['parser/container/', 'parser/wasm/', ...ERRORS],
    packages: [],
  },
  {
    area: 'parser/event/',
    local: ['parser/container/', 'parser/ring/', ...ERRORS],
    packages: [],
  },
  {
    area: 'parser/text/',
    local: ['parser/container/', 'parser/ring/', 'parser/event/', ...ERRORS],
    packages: [],
  },
  {
    area: 'parser/batch/',
    local: [
      'parser/container/',
      'parser/ring/',
      'parser/event/',
      'parser/text/',
      'parser/wasm/',
      ...ERRORS,
    ],
    packages: [],
  },
  {
    area: 'parser/sink/duckdb/',
    local: ['parser/part-file.ts', 'parser/batch/', ...ERRORS],
    packages: [
      '@duckdb/node-api',
      '@duckdb/node-bindings',
      'node:module',
      'node:v8',
      'node:vm',
      ...FILES,
    ],
  },
  { area: 'parser/sink/', local: ['parser/batch/', ...ERRORS], packages: FILES },
  {
    area: 'parser/report-',
    local: ['parser/'],
    packages: ['node:worker_threads', ...FILES],
  },
  { area: 'parser/', local: [], packages: FILES },
  {
    area: 'analysis/',
    local: ['elf/', 'parser/error.ts'],
    packages: ['@duckdb/node-api', ...FILES],
  },
  {
    area: 'queries/',
    local: ['analysis/', 'parser/error.ts'],
    packages: ['@duckdb/node-api', ...FILES],
  },
  {
    area: 'report/',
    local: ['queries/', 'parser/error.ts'],
    packages: ['@duckdb/node-api', 'apache-arrow', 'node:module', ...FILES],
  },
  {
    area: 'export/',
    local: ['parser/', 'analysis/', 'queries/', 'report/'],
    packages: ['@duckdb/node-api', 'apache-arrow', ...FILES],
  },
  {
    area: 'library/',
    local: ['parser/', 'analysis/', 'queries/', 'report/', 'export/'],
    packages: ['@duckdb/node-api', ...FILES],
  },
  { area: 'writer/zstd.ts', local: [], packages: ['koffi', 'node:module'] },
  { area: 'writer/', local: ['parser/'], packages: ['node:timers', 'node:zlib', ...FILES] },
  {
    area: 'elf/',
    local: ['parser/container/', ...ERRORS],
    packages: ['node:zlib', ...FILES],
  },
  {
    area: 'recorder/',
    local: ['elf/', 'parser/container/', 'parser/part-file.ts', 'writer/', ...ERRORS],
    packages: [
      'koffi',
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:stream',
      'node:timers',
      'node:url',
      'node:worker_threads',
      'node:zlib',
      ...FILES,
    ],
  },
  {
    area: 'cli/',
    local: [
      'parser/',
      'analysis/',
      'queries/',
      'report/',
      'export/',
      'library/',
      'recorder/',
      'writer/',
    ],
    packages: ['commander', '@duckdb/node-api', 'node:events', 'node:readline', ...FILES],
  },
]

function isAllowed({ from, to, local }: Import): boolean {
  const rule = RULES.find(({ area }) => from.startsWith(area))
  if (rule === undefined) return false
  if (!local) return rule.packages.includes(to)
  return [rule.area, ...rule.local].some((prefix) => to.startsWith(prefix))
}

const sources = listSources(root, FOLDERS)
const imports = readImports(root, sources)

t.test('the reader of imports sees every shape', async (t) => {
  const text = `
    // import a from './comment.ts'
    import type { B } from './type.ts'
    import { c, type D } from '../static.ts' /* import('./no.ts') */
    import './effect.ts'
    export * from '@scope/name/sub'
    const f: typeof import('./typeof.ts') = await import('./dynamic.ts')
    const url = 'http://x' + /['"]/.source
    const g = require('koffi')
    new Worker(new URL('./worker.ts', import.meta.url))`
  t.same(
    findImports('x/y.ts', text)
      .map(({ to, moment }) => `${moment} ${to}`)
      .sort(),
    [
      'dynamic koffi',
      'dynamic x/dynamic.ts',
      'static @scope/name',
      'static static.ts',
      'static x/effect.ts',
      'type x/type.ts',
      'type x/typeof.ts',
      'worker x/worker.ts',
    ],
  )
  t.same(findComputedImports('x.ts', 'await import(name)'), ['x.ts: import(name)'])
})

t.test('the rules reject what they are for', async (t) => {
  const found = (from: string, to: string): boolean =>
    isAllowed({ from, to, local: to.endsWith('.ts'), moment: 'static' })
  t.notOk(found('parser/container/v6.ts', 'parser/ring/clock.ts'), 'to the right')
  t.notOk(found('parser/event/format.ts', 'node:fs'), 'files outside source.ts')
  t.notOk(found('parser/batch/merge.ts', '@duckdb/node-api'), 'an engine in the decoder')
  t.notOk(found('report/table.ts', 'parser/trace.ts'), 'reports know rows, not traces')
  t.notOk(found('parser/trace.ts', 'cli/output.ts'), 'nothing imports cli')
  t.notOk(found('cli/output.ts', 'koffi'), 'FFI outside its files')
  const loop = [
    { from: 'a.ts', to: 'b.ts', local: true, moment: 'static' },
    { from: 'b.ts', to: 'a.ts', local: true, moment: 'dynamic' },
  ] as const
  t.same(findCycles(loop), [['a.ts', 'b.ts', 'a.ts']])
})

t.test('docs/architecture.md has the same table', async (t) => {
  const text = readFileSync(`${root}docs/architecture.md`, 'utf8')
  const section = text.split('## Who may import whom')[1]!.split('\n## ')[0]!
  const areas = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, area]) => area)
  t.same(
    areas,
    RULES.map(({ area }) => area),
  )
})

t.test('every import is one that the table allows', async (t) => {
  t.ok(imports.length > sources.length, 'imports were found')
  t.same(
    imports.filter((entry) => !isAllowed(entry)).map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

t.test('every local import is there, and no name is computed', async (t) => {
  const known = new Set(sources)
  t.same(
    imports.filter(({ to, local }) => local && !known.has(to)).map((i) => `${i.from}: ${i.to}`),
    [],
  )
  const computed = sources.flatMap((file) =>
    findComputedImports(file, readFileSync(`${root}${file}`, 'utf8')),
  )
  t.same(computed, [])
})

t.test('no cycles', async (t) => {
  t.same(
    findCycles(imports).map((cycle) => cycle.join(' > ')),
    [],
  )
})

t.test('starting the command loads no engine and no stage', async (t) => {
  const commands = sources.filter((name) => name.startsWith('cli/commands/'))
  const closure = ['cli/main.ts', ...commands].flatMap((entry) => findClosure(imports, entry))
  t.ok(closure.includes('cli/program.ts') && closure.includes('cli/output.ts'))
  t.same(
    closure.filter((name) => HEAVY.includes(name)),
    [],
  )
  t.same(
    closure.filter(
      (name) => name.endsWith('.ts') && !/^(cli\/|parser\/(error|part-file)\.ts$)/.test(name),
    ),
    [],
  )
})

t.test('opening a trace or starting a recording loads no engine', async (t) => {
  for (const entry of sources.filter((name) => /^(parser|library)\/index|^recorder\//.test(name))) {
    const engines = findClosure(imports, entry).filter((name) => HEAVY.includes(name))
    t.same(
      engines.filter((name) => name !== 'koffi' || !entry.startsWith('recorder/')),
      [],
      entry,
    )
  }
})

t.test('the low-level bindings stay in their corner', async (t) => {
  const users = (name: string): string[] => [
    ...new Set(imports.filter(({ to }) => to === name).map(({ from }) => from)),
  ]
  t.same(
    users('koffi').filter(
      (file) =>
        !['parser/container/zstd-native.ts', 'writer/zstd.ts', 'recorder/syscalls.ts'].includes(
          file,
        ),
    ),
    [],
  )
  t.same(
    users('@duckdb/node-bindings').filter((file) => !file.startsWith('parser/sink/duckdb/')),
    [],
  )
})
