/** What goes wrong around a command: killed, hindered by others, no room, no permission. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { importTraces } from '../../parser/import.ts'
import { openDuckDB } from '../../parser/sink/duckdb/database.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(240_000)
const trace = fixture('traces', 'i386-6.1-marker.dat')
const large = fixture('reports', 'files-small.dat')

t.test('of two importers of one database one is told that the other was faster', async (t) => {
  const out = join(t.testdir(), 't.duckdb')
  const ends = await Promise.allSettled([
    importTraces([trace], { out }),
    importTraces([trace], { out }),
  ])
  const codes = ends.map((end) => (end.status === 'fulfilled' ? 'made' : end.reason.code))
  t.same(codes.sort(), ['ERR_OUTPUT_EXISTS', 'made'])
  t.same(readdirSync(join(out, '..')), ['t.duckdb'])
  const ask = traceduck(['sql', out, 'select count(*) > 0 as some from events'])
  t.equal(ask.out, 'some\ntrue\n', ask.err)
})

t.test('a killed import leaves no database, and the next one cleans up', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 't.duckdb')
  let killed = false
  while (!killed) {
    const child = spawn(process.execPath, [main, 'import', large, '-o', out, '--force', '-q'])
    const ended = once(child, 'exit')
    while (readdirSync(folder).every((name) => !name.endsWith('.part')) && child.exitCode === null)
      await setTimeout(2)
    child.kill('SIGKILL')
    await ended
    killed = child.signalCode === 'SIGKILL'
  }
  t.equal(existsSync(out), false)
  t.ok(readdirSync(folder).length > 0, 'something is left')
  // What others write, or wrote on another machine, is not ours to remove.
  const [dead, alive] = [spawnSync('true').pid, process.pid]
  const part = (host: string, pid: number): string => `.t.duckdb.${host}-${pid}-0.part`
  const kept = [part(encodeURIComponent(hostname()), alive), part('elsewhere', dead)]
  const gone = part(encodeURIComponent(hostname()), dead)
  for (const name of [...kept, gone]) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, `${gone}.spill`))
  const done = traceduck(['import', large, '-o', out])
  t.equal(done.status, 0, done.err)
  t.same(readdirSync(folder).sort(), [...kept, 't.duckdb'].sort())
})

t.test('a database that another process writes', async (t) => {
  const folder = t.testdir()
  const [dat, out] = [join(folder, 't.dat'), join(folder, 't.duckdb')]
  copyFileSync(trace, dat)
  t.match(traceduck(['import', dat]), { status: 0 })
  const writer = await openDuckDB(out)
  await writer.execute('create table x as select 1')
  const locked = traceduck(['sql', out, 'select 1'])
  t.equal(locked.status, 3, locked.err)
  t.match(locked.err, /lock/)
  t.match(locked.err, /another process may be writing it/)
  const beside = traceduck(['sql', dat, 'select count(*) > 0 as some from events'])
  t.equal(beside.out, 'some\ntrue\n', 'the trace itself answers')
  t.match(beside.err, /answering from .*t\.dat: .*t\.duckdb cannot be read/)
  const anew = traceduck(['import', dat, '--force'])
  t.equal(anew.status, 0, anew.err)
  await writer.close()
})

/** A file system with next to no room; undefined where none can be had. */
const mountSmall = (): string | undefined => {
  const path = mkdtempSync(join(tmpdir(), 'traceduck-faults-'))
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', path])
  t.teardown(() => {
    if (done.status === 0) spawnSync('umount', [path])
    rmSync(path, { recursive: true })
  })
  return done.status === 0 ? path : undefined
}
const small = mountSmall()
const skip = small === undefined ? 'no tmpfs can be mounted' : false
/** A way to write of each kind. */
const writers = (file: string): string[][] => [
  ['import', file],
  ['report', file],
  [
    'sql',
    file,
    'select repeat(md5(i::text), 10) as x from range(9999) t(i)',
    '--format',
    'parquet',
  ],
]

const refuses = (t: Test, commands: readonly (readonly string[])[], folder: string): void => {
  for (const args of commands) {
    const { status, err } = traceduck([...args, '-o', join(folder, 'out')])
    t.equal(status, 5, `${args.join(' ')}: ${err}`)
    t.same(readdirSync(small!), [], `${args[0]}: nothing is left`)
  }
}

t.test('the disk is full', { skip }, async (t) => {
  const more = [
    ['export', large, '--to', 'parquet'],
    ['convert', large, '--compression', 'none'],
  ]
  refuses(t, [...writers(large), ...more], small!)
})

t.test('the folder is not there', { skip }, async (t) => {
  refuses(t, writers(trace), join(small!, 'none'))
})

t.test('the folder cannot be written', { skip }, async (t) => {
  spawnSync('mount', ['-o', 'remount,ro', small!])
  refuses(t, writers(trace), small!)
})
