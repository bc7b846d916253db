/** Names from a file are never SQL, a path, or a command to the terminal. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { safeOutput, safeText } from '../../cli/safe-text.ts'
import { quoteName } from '../../parser/sink/duckdb/binding.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { HOSTILE_NAMES } from '../fuzz/seeds.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { formatText } from '../helpers/format-text.ts'
import { makeTrace, OPTION, textOption } from '../helpers/make-trace.ts'
import { PageBuilder } from '../helpers/page-builder.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(120_000)
const SYSTEMS = [
  ...HOSTILE_NAMES.filter((name) => name.length < 300 && !name.includes('\ud800')),
  ...['MAIN', 'temp', 'system', 'memory', 'pg_catalog', 'traceduck import', 'traceduck file', ''],
]

/** Two records of an event of each system: names of events and fields are hostile too. */
const hostile = (): Uint8Array => {
  const page = new PageBuilder(1000n)
  const formats = SYSTEMS.map((system, i) => {
    const evil = SYSTEMS[(i + 1) % SYSTEMS.length]!
    const id = 300 + i
    for (const pid of [1, 2])
      page.data(10, Uint8Array.of(id & 255, id >> 8, 0, 0, pid, 0, 0, 0, 5, 0, 0, 0))
    const fields = [{ declaration: `u32 ${evil}`, size: 4 }]
    return { system, text: formatText({ system, name: evil, id, fields, printFmt: '"x"' }) }
  })
  const [evil] = SYSTEMS
  return makeTrace({
    formats,
    cmdlines: `1 \u001b[31mred\n2 ${evil}\n`,
    options: [
      textOption(OPTION.uname, 'Linux \u001b[31mhost 6.1 x86_64'),
      textOption(OPTION.cpustat, 'CPU: 0\nentries: \u0007\n'),
    ],
    buffers: [
      { name: '', cpus: [{ cpu: 0, pages: [page.finish()] }] },
      { name: '../\u001b[2Jx', cpus: [{ cpu: 1, pages: [new PageBuilder(5n).finish()] }] },
    ],
  })
}

const folder = t.testdir()
const path = join(folder, 'evil.dat')
writeFileSync(path, hostile())

t.test(
  'every event has its table, from the file and imported, and no other is touched',
  async (t) => {
    const { database, trace, tables } = await openTraceDatabase(path, { objects: analysisObjects })
    t.equal(tables.size, SYSTEMS.length)
    const known = await database.all(
      `select table_schema, table_name from information_schema.tables
     where table_schema not in ('main', 'meta') order by all`,
    )
    t.equal(known.rows.length, SYSTEMS.length)
    for (const [schema, name] of known.rows) {
      const full = `${quoteName(String(schema))}.${quoteName(String(name))}`
      t.same((await database.all(`select count(*)::integer from ${full}`)).rows, [[2]], full)
    }
    await database.close()
    trace.close()

    t.match(traceduck(['import', path]), { status: 0 })
    const answer = traceduck([
      'sql',
      path,
      `select (select count(*) from events) as events, (select count(*) from meta.sources) as sources,
       (select count(*) from information_schema.tables
        where table_schema not in ('main', 'meta')) as tables`,
    ])
    t.equal(answer.out, `events,sources,tables\n${2 * SYSTEMS.length},2,${SYSTEMS.length}\n`)
  },
)

t.test('names of files are made safe', async (t) => {
  const out = join(folder, 'parquet')
  const made = traceduck(['export', path, '--to', 'parquet', '-o', out])
  t.equal(made.status, 0, made.err)
  t.same(readdirSync(folder).sort(), ['evil.dat', 'evil.duckdb', 'parquet'])
  const top = readdirSync(out)
  t.ok(
    top.every((name) => name === 'meta' || /^system=[\w%-]+$/.test(name)),
    top.join(' '),
  )
  const asked = traceduck(['sql', out, 'select count(*) as n from events'])
  t.equal(asked.out, `n\n${2 * SYSTEMS.length}\n`, asked.err)
})

t.test('a database may be called as a system', async (t) => {
  const trace = join(folder, 'sched.dat')
  copyFileSync(fixture('traces', 'amd64-6.1-follow-children.dat'), trace)
  t.match(traceduck(['import', trace]), { status: 0 })
  for (const relation of ['sched.sched_switch', 'thread_states']) {
    const { out, err } = traceduck(['sql', trace, `select count(*) > 50 as many from ${relation}`])
    t.equal(out, 'many\ntrue\n', err)
  }
})

const noTerminal = spawnSync('script', ['--version']).error ? 'needs script(1)' : false

t.test('a terminal gets no control characters', { skip: noTerminal }, async (t) => {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  const shown = (...args: string[]): string =>
    spawnSync(
      'script',
      ['-qec', [process.execPath, main, ...args].map(quoted).join(' '), '/dev/null'],
      {
        env: { ...process.env, NO_COLOR: '1' },
        encoding: 'utf8',
        input: '',
      },
    ).stdout.replaceAll('\r\n', '\n')
  for (const args of [
    ['info', path],
    ['info', '--stat', path],
    ['report', path],
    ['sql', path, 'select * from events', '--format', 'csv'],
    ['sql', path, 'select * from events', '--format', 'json'],
    ['sql', path, "select error('a' || chr(27) || '[2J')"],
    ['run', 'event-catalogue', path],
  ]) {
    const text = shown(...args)
    t.match(text, /\\x|\\u00/, `${args.join(' ')}: spelled out`)
    t.notMatch(text, /[^\P{Cc}\n\t]|\u202e/u, args.join(' '))
  }
})

t.test('what a message repeats is spelled out', async (t) => {
  const { err } = traceduck(['sql', path, "select error('a' || chr(27) || '[2J')"])
  t.match(err, 'a\\x1b[2J')
  t.equal(safeText('a\tb\n\u001b[2m\u009b\u202e€'), 'a\tb\n\\x1b[2m\\x9b\\u202e€')
  t.equal(safeOutput('\u001b[2m│\u001b[22m \u001b[31m\r'), '\u001b[2m│\u001b[22m \\x1b[31m\\x0d')
})
