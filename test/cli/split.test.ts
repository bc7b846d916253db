import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main, traceduck } from '../helpers/cli.ts'
import { recordsIn } from '../helpers/new-traces.ts'
import { fixture } from '../helpers/paths.ts'
import { readReference } from '../helpers/reference-reader.ts'

t.setTimeout(120_000)

const trace = fixture('traces/s390x-7.2-buffers-v6.dat')

t.test('split writes a part, and says how much', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'part.dat')
  const whole = recordsIn(readFileSync(trace))
  const wanted = whole.filter(({ key }) => key.endsWith('/1'))
  const done = traceduck(['split', trace, '--cpu', '1', '-o', out])
  t.equal(done.status, 0)
  t.equal(done.out, '')
  const bytes = statSync(out).size.toLocaleString('en-US')
  t.equal(done.err, `${out}: ${wanted.length} events, ${bytes} bytes\n`)
  t.same(recordsIn(readFileSync(out)), wanted)

  const again = traceduck(['split', trace, '--cpu', '0', '-o', out])
  t.equal(again.status, 2)
  t.match(again.err, /exists\n.*--force/)
  t.same(recordsIn(readFileSync(out)), wanted, 'it was left alone')

  const [first, last] = [whole[0]!.ts, whole[3]!.ts]
  const args = ['--from', `${first}ns`, '--to', `${last}ns`, '-e', 'sched', '-t']
  const forced = traceduck(['split', trace, ...args, '-o', out, '--force', '--file-version', '7'])
  t.equal(forced.status, 0)
  t.match(forced.err, /: \d+ of \d+ events, /)
  t.equal(readReference(readFileSync(out)).compression, 'zstd')
  t.same(readdirSync(folder), ['part.dat'], 'nothing else is left')
})

t.test('convert, from stdin and to stdout too', async (t) => {
  const out = join(t.testdir(), 'new.dat')
  t.equal(traceduck(['convert', trace, '-o', out, '-q']).err, '')
  t.match(readReference(readFileSync(out)), { version: 7, compression: 'zstd' })
  const piped = spawnSync(process.execPath, [main, 'convert', '-', '-o', '-'], {
    input: readFileSync(trace),
  })
  t.same(piped.stdout, readFileSync(out))
  t.match(String(piped.stderr), /^standard output: \d+ events, /)
  t.match(traceduck(['convert', out, '-o', out, '--force', '--compression', 'none']).status, 0)
  t.match(readReference(readFileSync(out)), { version: 7, compression: 'none' })
})

t.test('what cannot be done', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'new.dat')
  const refused = (args: string[], status: number, message: RegExp): void => {
    const done = traceduck([...args, '-o', out])
    t.equal(done.status, status, args.join(' '))
    t.match(done.err, message)
    t.notOk(existsSync(out))
  }
  refused(['split', trace], 2, /what to take\n.*--from/)
  refused(['split', trace, '--cpu', 'x'], 2, /not a list of CPUs/)
  refused(['split', trace, '--from', 'x'], 2, /not a time/)
  refused(['split', trace, '-e', 'nothing'], 1, /no event of this file is called nothing/)
  refused(['split', trace, '-B', 'nothing'], 1, /no buffer nothing\n.*two/)
  refused(['convert', trace, '--file-version', '6', '--compression', 'zstd'], 2, /no compression/)
  refused(['convert', main], 3, /not a trace.dat/)
  const cut = join(folder, 'cut.dat')
  writeFileSync(cut, readFileSync(trace).subarray(0, 3000))
  refused(['convert', cut], 3, /traceduck: .*cut.dat/)
  const none = traceduck(['convert', trace])
  t.equal(none.status, 2)
  t.match(none.err, /-o, --output/)
  const nowhere = traceduck(['convert', trace, '-o', join(folder, 'no', 'where.dat')])
  t.equal(nowhere.status, 5)
  t.same(readdirSync(folder), ['cut.dat'])
})

t.test('what is lost and damaged is said', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'new.dat')
  const lossy = traceduck(['convert', fixture('traces/amd64-6.12-lost-v7.dat'), '-o', out])
  t.match(lossy.err, /^warning: CPU \d lost \d+ events/)
  const damaged = join(folder, 'damaged.dat')
  copyFileSync(trace, damaged)
  const bytes = readFileSync(damaged)
  const { offset } = readReference(bytes).buffers[0]!.cpus[0]!
  bytes.writeUInt32BE(0xffffff, offset + 12)
  writeFileSync(damaged, bytes)
  for (const args of [['convert'], ['split', '--from', '0.1']]) {
    const [command = '', ...rest] = args
    const done = traceduck([command, damaged, ...rest, '-o', out, '--force'])
    t.equal(done.status, 0)
    t.match(done.err, /^warning: CPU 0: \d sub-buffers written in part, \d left out/m)
  }
  const strict = traceduck(['split', damaged, '--from', '0.1', '-o', out, '--force', '--strict'])
  t.equal(strict.status, 3)
  t.match(strict.err, /leave out --strict/)
})

t.test('statistics', async (t) => {
  const text = traceduck(['info', trace, '--stat'])
  t.match(text.out, /^cpus=2\n\nKernel buffer statistics:\n/)
  t.match(text.out, /CPU1 data recorded at offset=0x21000\n {4}4096 bytes in size\n$/)
  const facts = JSON.parse(traceduck(['info', trace, '--stat', '--json']).out)
  t.match(facts.buffers[0].cpus[0], { cpu: 0, stats: { entries: '23', overrun: '0' } })
  t.match(traceduck(['info', trace, '--stat', '--format', 'csv']).out, /^property,value\n/)
})
