import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { buildProgram } from '../../cli/program.ts'
import { ERROR_EXIT } from '../../parser/error.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { fixture, root } from '../helpers/paths.ts'

t.setTimeout(280_000)

const trace = fixture('reports', 'icmp-ping-default.dat')

t.test('help and version', async (t) => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  t.same(traceduck(['--version']), { status: 0, out: `${version}\n`, err: '' })
  const help = traceduck(['--help'])
  t.equal(help.status, 0)
  for (const command of (await buildProgram()).commands) t.match(help.out, `\n  ${command.name()} `)
  t.equal(traceduck(['help', 'sql']).out, traceduck(['sql', '--help']).out)
})

t.test('usage errors are two lines and status 2', async (t) => {
  const cases: [string[], RegExp][] = [
    [['sqk'], /^traceduck: unknown command 'sqk'\ndid you mean sql\?\n$/],
    [['sql'], /^traceduck: missing required argument 'file'\n.+\n$/],
    [
      ['sql', trace, '--formt', 'csv'],
      /^traceduck: unknown option '--formt'\ndid you mean --format\?\n$/,
    ],
    [['sql', trace, 'select 1', '--format', 'xml'], /xml.*csv[^\n]*\n[^\n]+\n$/],
    [
      ['sql', trace, 'select 1', '--max-rows', 'x'],
      /^traceduck: --max-rows x: not a whole number\n/,
    ],
    [['run'], /^traceduck: run needs a file\n/],
    [['run', 'icmp-allocs'], /^traceduck: run icmp-allocs needs a file\n/],
    [['import', trace, '--cpu', 'x'], /^traceduck: --cpu x: not a list of CPUs\n/],
    [['import', trace, '--from', 'x'], /^traceduck: --from x: not a time\n/],
    [['completion', 'ksh'], /ksh/],
  ]
  for (const [args, message] of cases) {
    const { status, out, err } = traceduck(args)
    t.equal(status, ERROR_EXIT.ERR_USAGE, args.join(' '))
    t.equal(out, '')
    t.match(err, message)
    t.equal(err.split('\n').length, 3, 'two lines')
  }
  const nothing = traceduck([])
  t.equal(nothing.status, 2)
  t.match(nothing.err, /^Usage: traceduck/)
})

t.test('nothing heavy is loaded before it is needed', async (t) => {
  const hook = join(t.testdir({}), 'list-modules.mjs')
  // Native libraries show in the process report; scripts in the list of files that were resolved.
  writeFileSync(
    hook,
    `import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs'
      export async function resolve(name, context, next) {
        const found = await next(name, context)
        writeSync(2, 'resolved ' + found.url + '\\\\n')
        return found
      }\`))
    process.on('exit', () => {
      for (const path of process.report.getReport().sharedObjects) process._rawDebug('library ' + path)
    })`,
  )
  const heavy = /duckdb|apache-arrow|koffi|fzstd/
  const loaded = (args: string[]): string[] => {
    const done = spawnSync(
      process.execPath,
      ['--import', pathToFileURL(hook).href, main, ...args],
      { encoding: 'utf8' },
    )
    t.equal(done.status, 0, args.join(' '))
    const lines = done.stderr.split('\n')
    t.ok(
      lines.some((line) => line.startsWith('resolved ') && line.endsWith('/cli/program.js')),
      'the list is complete',
    )
    t.ok(
      lines.some((line) => line.startsWith('library ')),
      'libraries are listed',
    )
    return lines.filter(
      (line) => /^(resolved|library) /.test(line) && heavy.test(line.replace(root, '')),
    )
  }
  for (const args of [
    ['--help'],
    ['--version'],
    ['sql', '--help'],
    ['completion', 'bash'],
    ['run', '--list'],
  ]) {
    t.same(loaded(args), [], args.join(' '))
  }
  const info = loaded(['info', trace]).filter((line) => !/fzstd/.test(line))
  t.same(info, [], 'info loads no engine and no native library')
  t.ok(
    loaded(['sql', trace, 'select 1']).some((line) => /^library .*duckdb/.test(line)),
    'the test can fail',
  )
})

t.test('a reader that has enough is no error', async (t) => {
  const done = spawnSync(
    'bash',
    [
      '-c',
      `'${process.execPath}' '${main}' sql '${trace}' 'select a.ts from events a, events b, range(100)' | head -n 3; echo "$\{PIPESTATUS[0]}"`,
    ],
    { encoding: 'utf8' },
  )
  t.match(done.stdout, /^ts\n\d+\n\d+\n0\n$/)
  t.notMatch(done.stderr, /EPIPE|bug/)
})

t.test('a signal ends with its status and leaves no file', async (t) => {
  const folder = t.testdir({})
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const args = [
      main,
      'sql',
      trace,
      "select 'begun'; select count(*) from range(1000000000000) a",
      '-o',
      join(folder, 'x.csv'),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve(code ?? by)))
    // The first statement's rows are in the unfinished file once the second one runs.
    await new Promise<void>((resolve) => child.stderr.once('data', () => setTimeout(resolve, 1000)))
    child.kill(signal)
    t.equal(await ended, status, signal)
    t.same(await import('node:fs').then((fs) => fs.readdirSync(folder)), [])
  }
})

t.test(
  'no output is possible',
  { skip: process.platform !== 'linux' && 'needs /dev/full' },
  async (t) => {
    const done = spawnSync(
      'bash',
      ['-c', `'${process.execPath}' '${main}' sql '${trace}' 'from kmem.kfree' > /dev/full`],
      { encoding: 'utf8' },
    )
    t.equal(done.status, ERROR_EXIT.ERR_SINK_WRITE)
    t.match(done.stderr, /ENOSPC/)
  },
)

t.test('stacks only on request', async (t) => {
  const env = { TRACEDUCK_DEBUG: '1' }
  t.match(traceduck(['sql', trace, 'selct'], { env }).err, /\n {4}at /)
  t.notMatch(traceduck(['sql', trace, 'selct']).err, /\n {4}at /)
})
