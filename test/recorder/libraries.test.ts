import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import t from 'tap'
import { openElf } from '../../elf/elf.ts'
import { findProgram } from '../../recorder/find-program.ts'
import { findBinary } from '../../recorder/libraries.ts'
import { parseLoaderCache } from '../../recorder/loader-cache.ts'
import { makeElf } from '../helpers/make-elf.ts'

/** The machine of this test, so that made libraries fit it. */
const own = openElf(realpathSync('/proc/self/exe'))
own.close()
const { machine, wide, littleEndian } = own

function makeCache(entries: readonly (readonly [string, string])[], little: boolean): Buffer {
  const head = Buffer.alloc(48 + 24 * entries.length)
  head.write('glibc-ld.so.cache1.1')
  head[28] = little ? 2 : 3
  const u32 = (value: number, at: number): unknown =>
    little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at)
  u32(entries.length, 20)
  let strings = ''
  const place = (text: string): number => {
    const at = head.length + strings.length
    strings += `${text}\0`
    return at
  }
  for (const [index, [name, path]] of entries.entries()) {
    u32(place(name), 48 + 24 * index + 4)
    u32(place(path), 48 + 24 * index + 8)
  }
  return Buffer.concat([head, Buffer.from(strings)])
}

t.test('the loader cache, in both byte orders and behind the older table', async (t) => {
  const entries = [
    ['liba.so.1', '/lib/liba.so.1'],
    ['libb.so.2', '/opt/b/libb.so.2'],
  ] as const
  const expected = entries.map(([name, path]) => ({ name, path }))
  for (const little of [true, false]) {
    const bytes = makeCache(entries, little)
    t.same(parseLoaderCache(bytes), expected)
    const old = Buffer.concat([Buffer.from('ld.so-1.7.0\0\0\0\0\0'), bytes])
    t.same(parseLoaderCache(old), expected, 'offsets are from the newer table')
    for (let size = 0; size < bytes.length; size++) {
      const found = parseLoaderCache(bytes.subarray(0, size)).length
      if (found > entries.length) t.fail(`${size} bytes gave ${found} libraries`)
    }
  }
  t.same(parseLoaderCache(Buffer.from('something else')), [])
})

const ldconfig = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' })
const skip = ldconfig.error !== undefined && 'ldconfig is not installed'

t.test('the cache of this machine is as ldconfig prints it', { skip }, async (t) => {
  const printed = [...ldconfig.stdout.matchAll(/^\t(\S+) \(.*\) => (.*)$/gm)].map(
    ([, name, path]) => ({ name, path }),
  )
  t.same(parseLoaderCache(readFileSync('/etc/ld.so.cache')), printed)
})

t.test('libraries are searched as the loader does', async (t) => {
  const other = machine === 62 ? 183 : 62
  const code = makeElf({ machine, wide, littleEndian })
  const folder = t.testdir({
    env: { 'libtdx.so.1': code },
    cached: { 'libtdx.so.1': code, 'libtdy.so.2': code, 'libtdy.so.3': code },
    foreign: { 'libtdz.so.1': makeElf({ machine: other, wide, littleEndian }) },
  })
  const cacheFile = `${folder}/cache`
  const cached = [
    ['libtdx.so.1', `${folder}/cached/libtdx.so.1`],
    ['libtdy.so.3', `${folder}/cached/libtdy.so.3`],
    ['libtdy.so.2', `${folder}/cached/libtdy.so.2`],
    ['libtdz.so.1', `${folder}/foreign/libtdz.so.1`],
    ['libgone.so.1', `${folder}/cached/libgone.so.1`],
  ] as const
  writeFileSync(cacheFile, makeCache(cached, true))
  const find = (name: string, path = ''): string =>
    findBinary(name, { cacheFile, env: { LD_LIBRARY_PATH: path, PATH: folder } })
  t.equal(find('libtdx.so.1'), `${folder}/cached/libtdx.so.1`)
  t.equal(find('tdx'), `${folder}/cached/libtdx.so.1`, 'short name')
  t.equal(find('libtdx'), `${folder}/cached/libtdx.so.1`)
  t.equal(find('libtdx.so.1', `${folder}/env`), `${folder}/env/libtdx.so.1`, 'LD_LIBRARY_PATH')
  t.equal(find('tdy'), `${folder}/cached/libtdy.so.3`, "the cache's order, newest first")
  t.throws(() => find('tdz'), { code: 'ERR_PROBE_TARGET' }, 'for another machine')
  t.throws(() => find('libgone.so.1'), { code: 'ERR_PROBE_TARGET' }, 'in the cache only')
  t.throws(() => find('libtdx'.slice(0, 5)), { code: 'ERR_PROBE_TARGET' })
  t.throws(() => find(`${folder}/none`), { code: 'ERR_PROBE_TARGET', hint: 'check the path' })
})

t.test('programs are searched in PATH', async (t) => {
  const folder = t.testdir({ a: { prog: 'x', text: 'x' }, b: { prog: 'x' } })
  const env = { PATH: `${folder}/a:${folder}/b` }
  chmodSync(`${folder}/b/prog`, 0o755)
  chmodSync(`${folder}/a/prog`, 0o644)
  t.equal(findProgram('prog', env), `${folder}/b/prog`, 'what is not executable is passed over')
  t.equal(findProgram('text', env), undefined)
  t.equal(findProgram(`${folder}/a`, env), undefined, 'a folder')
})

t.test('a library that a process has mapped comes first', async (t) => {
  const mapped = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*\/libc\.so\.6$/m)?.[0]
  if (mapped === undefined) return t.pass('this Node maps no libc.so.6')
  const path = findBinary('libc.so.6', { pids: [process.pid], cacheFile: '/nonexistent' })
  t.equal(path, mapped)
  t.ok(existsSync(findBinary('ld')), 'the loader')
})

t.test('links are left as they are', async (t) => {
  const folder = t.testdir({ 'real.so': makeElf({ machine, wide, littleEndian }) })
  symlinkSync('real.so', `${folder}/link.so`)
  t.equal(findBinary(`${folder}/link.so`), `${folder}/link.so`)
})
