import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openTrace, readRecords } from '../../parser/index.ts'
import { traceduck } from '../helpers/cli.ts'
import { noTraceCmd, reportedEvents } from '../helpers/live.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const folder = mkdtempSync(join(tmpdir(), 'traceduck-disk-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** A file system of that size, which cannot cut ranges out of files; undefined where none can be had. */
const mount = (name: string, size: string): string | undefined => {
  const path = join(folder, name)
  mkdirSync(path)
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path])
  if (done.status !== 0) return undefined
  t.teardown(() => spawnSync('umount', [path]))
  return path
}

const found = liveTracefs()
const small = mount('small', '32m')
const large = mount('large', '100m')
const skip =
  'skip' in found ? found.skip : small === undefined || large === undefined ? 'no tmpfs' : false
t.setTimeout(290_000)
if (!skip) holdTracefs(t)
const env = { TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
const EVENTS = ['-e', 'raw_syscalls', '-b', '4096']
const load = (count: number): string[] => {
  const more = ['if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${count}`, 'status=none']
  return ['--', 'dd', ...more]
}

const digest = (lines: readonly string[]): string =>
  createHash('sha1').update(lines.join('\n')).digest('hex')

/** Events in the order of time, by us; trace-cmd, where it is, must have the same. */
const checkFile = async (t: Test, path: string): Promise<number> => {
  const trace = await openTrace(path, { strict: true })
  const own: string[] = []
  for (const { cpu, ts, format } of readRecords(trace)) {
    const ns = ts.toString().padStart(10, '0')
    own.push(`${cpu} ${ns.slice(0, -9)}.${ns.slice(-9)} ${format?.name}`)
  }
  trace.close()
  if (!noTraceCmd()) t.equal(digest(reportedEvents(path)), digest(own), 'the same by trace-cmd')
  return own.length
}

const numberBefore = (text: string, what: RegExp): number =>
  Number(new RegExp(`([\\d,]+) ${what.source}`).exec(text)?.[1]?.replaceAll(',', ''))

for (const way of [
  ['--compression', 'zstd'],
  ['--compression', 'none'],
  ['--file-version', '6'],
]) {
  t.test(`the disk is full, ${way.join(' ')}`, { skip }, async (t) => {
    const path = join(small!, 't.dat')
    const args = ['record', '-o', path, '--force', ...EVENTS, ...way, ...load(500_000)]
    const ran = traceduck(args, { env })
    t.equal(ran.status, 4, ran.err)
    t.match(ran.err, /reading CPU \d+ ended early: .*ENOSPC/)
    t.match(ran.err, /it ended early because the disk is full/)
    t.same(readdirSync(small!), ['t.dat'])
    const events = await checkFile(t, path)
    t.ok(events > 1000)
    t.equal(numberBefore(ran.err, /events, /), events, 'the summary counts what is there')
    t.ok(numberBefore(ran.err, /events besides were not written/) > 0, 'and what is not')
    rmSync(path)
  })

  t.test(`holes cannot be cut out, ${way.join(' ')}`, { skip }, async (t) => {
    const path = join(large!, 't.dat')
    const ran = traceduck(['record', '-o', path, ...EVENTS, ...way, ...load(30_000)], { env })
    t.equal(ran.status, 0, ran.err)
    t.same(readdirSync(large!), ['t.dat'])
    t.equal(numberBefore(ran.err, /events, /), await checkFile(t, path))
    t.equal(statSync(path).blocks * 512 >= statSync(path).size - 8192, true, 'without holes')
    rmSync(path)
  })
}

t.test('there is no room to begin with', { skip }, async (t) => {
  const filler = join(small!, 'filler')
  for (const mb of [20, 30]) {
    writeFileSync(filler, Buffer.alloc(mb * 2 ** 20))
    const path = join(small!, 't.dat')
    const ran = traceduck(['record', '-o', path, ...EVENTS, '--', 'true'], { env })
    t.equal(ran.status, 5, ran.err)
    t.match(ran.err, /cannot write .*no space left/)
    t.same(readdirSync(small!), ['filler'], 'nothing is left')
  }
  rmSync(filler)
})
