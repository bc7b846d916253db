import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileDestination, PendingFile } from '../../cli/destination.ts'

const noPipes = spawnSync('mkfifo', ['--version']).error ? 'needs mkfifo' : false

t.test('a file has its name only when it is whole', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'out.csv')
  const destination = fileDestination(path, false)
  await destination.write('a\n')
  await destination.write(new Uint8Array([98, 10]))
  t.notOk(existsSync(path))
  await destination.finish()
  destination.discard()
  t.equal(readFileSync(path, 'utf8'), 'a\nb\n')
  t.same(readdirSync(folder), ['out.csv'])
})

t.test('an unfinished file leaves nothing', async (t) => {
  const folder = t.testdir({})
  const destination = fileDestination(join(folder, 'out.csv'), false)
  await destination.write('a\n')
  destination.discard()
  t.same(readdirSync(folder), [])
})

t.test('an existing file is kept unless forced, and until the new one is whole', async (t) => {
  const path = join(t.testdir({ 'out.csv': 'old' }), 'out.csv')
  t.throws(() => fileDestination(path, false), { code: 'ERR_OUTPUT_EXISTS' })
  const destination = fileDestination(path, true)
  await destination.write('new')
  t.equal(readFileSync(path, 'utf8'), 'old')
  await destination.finish()
  t.equal(readFileSync(path, 'utf8'), 'new')
})

t.test('a file that appears meanwhile is not overwritten', async (t) => {
  const path = join(t.testdir({}), 'out.csv')
  const destination = fileDestination(path, false)
  await destination.write('new')
  writeFileSync(path, 'theirs')
  await t.rejects(destination.finish(), { code: 'ERR_OUTPUT_EXISTS' })
  destination.discard()
  t.equal(readFileSync(path, 'utf8'), 'theirs')
})

t.test('a folder that is not there', async (t) => {
  t.throws(() => fileDestination(join(t.testdir({}), 'no', 'out.csv'), false), {
    code: 'ERR_SINK_WRITE',
  })
})

t.test('a device or a pipe is written to, not replaced', { skip: noPipes }, async (t) => {
  const path = join(t.testdir({}), 'pipe')
  spawnSync('mkfifo', [path])
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] })
  let got = ''
  reader.stdout.on('data', (data) => (got += data))
  const destination = fileDestination(path, false)
  await destination.write('a\n')
  await destination.finish()
  await once(reader, 'close')
  t.equal(got, 'a\n')
  t.ok(statSync(path).isFIFO())
  t.throws(() => new PendingFile(path, true), { code: 'ERR_OUTPUT_EXISTS' }, 'not by a rename')
  t.ok(statSync(path).isFIFO())
})
