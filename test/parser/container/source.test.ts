import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { memorySource, openFileSource } from '../../../parser/container/source.ts'
import type { ByteSource } from '../../../parser/container/types.ts'
import { fixture, root } from '../../helpers/paths.ts'

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff)
const directory = mkdtempSync(join(tmpdir(), 'source-test-'))
const path = join(directory, 'x.dat')
writeFileSync(path, BYTES)
t.teardown(() => rmSync(directory, { recursive: true }))

const sources: readonly [string, () => ByteSource][] = [
  ['a file', () => openFileSource(path)],
  ['memory', () => memorySource(BYTES, path)],
]
for (const [what, open] of sources) {
  t.test(what, async (t) => {
    const source = open()
    t.equal(source.size, 1000)
    t.equal(source.name, path)
    const target = new Uint8Array(20)
    t.equal(source.readAt(target, 5, 10, 100), 10)
    t.same([...target], [0, 0, 0, 0, 0, ...BYTES.subarray(100, 110), 0, 0, 0, 0, 0])
    t.equal(source.readAt(target, 0, 20, 995), 5, 'fewer at the end')
    t.equal(source.readAt(target, 0, 20, 1000), 0)
    t.equal(source.readAt(target, 0, 20, 99_999), 0)
    t.equal(source.readAt(target, 15, 20, 0), 5, 'never beyond the target')
    source.close()
    source.close()
  })
}

t.test('what cannot be opened', async (t) => {
  t.throws(() => openFileSource(join(directory, 'none')), {
    code: 'ERR_TRACE_OPEN',
    message: /ENOENT/,
    where: { file: join(directory, 'none') },
  })
  t.throws(() => openFileSource(directory), { code: 'ERR_TRACE_OPEN', message: /regular/ })
})

const SCRIPT = `
  const { spoolStdin } = await import(process.argv[1])
  const source = await spoolStdin()
  const target = new Uint8Array(source.size)
  source.readAt(target, 0, target.length, 0)
  const { createHash } = await import('node:crypto')
  const again = new Uint8Array(4)
  source.readAt(again, 0, 4, 0)
  source.close()
  console.log(source.size, createHash('sha1').update(target).digest('hex'), again.join())`

t.test('standard input, a pipe or a file, can be read at any place', async (t) => {
  const trace = fixture('traces', 'i386-6.1-sys-v7-none.dat')
  const input = readFileSync(trace)
  const script = `${root}dist/parser/container/source.js`
  const temporary = mkdtempSync(join(directory, 'tmp-'))
  const run = (stdio: { input: Buffer } | { stdio: ['inherit' | number, 'pipe', 'inherit'] }) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, script], {
      ...stdio,
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: temporary },
    }).stdout
  const piped = run({ input })
  t.match(piped, /^69835 [0-9a-f]{40} 23,8,68,116\n$/)
  t.equal(run({ stdio: [openSync(trace, 'r'), 'pipe', 'inherit'] }), piped)
  t.same(readdirSync(temporary), [], 'nothing is left behind')
})
