import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  ensureRuntimeDir,
  isRunning,
  ownIdentity,
  runtimeDir,
  withLock,
} from '../../recorder/runtime-dir.ts'

const root = mkdtempSync(join(tmpdir(), 'traceduck-run-'))
t.teardown(() => rmSync(root, { recursive: true }))

t.test('where journals are', async (t) => {
  const xdg = { XDG_RUNTIME_DIR: '/run/user/7' }
  const isRoot = process.getuid?.() === 0
  t.equal(runtimeDir({ TRACEDUCK_RUNTIME_DIR: '/x', ...xdg }), '/x')
  t.equal(runtimeDir(xdg), isRoot ? '/run/traceduck' : '/run/user/7/traceduck')
})

t.test('the folder is for its user only', async (t) => {
  const dir = join(root, 'a/b')
  ensureRuntimeDir(dir)
  ensureRuntimeDir(dir)
  chmodSync(dir, 0o777)
  t.throws(() => ensureRuntimeDir(dir), {
    code: 'ERR_TRACEFS_DENIED',
    message: /writable by others/,
  })
  writeFileSync(join(root, 'file'), '')
  t.throws(() => ensureRuntimeDir(join(root, 'file/x')), { code: 'ERR_TRACEFS_DENIED' })
})

t.test('a process is not a later one with its pid', async (t) => {
  const own = ownIdentity()
  t.equal(isRunning(own), process.platform === 'linux')
  t.notOk(isRunning({ ...own, started: '1' }))
  t.notOk(isRunning({ pid: 1073741824, started: '1' }))
})

t.test('the lock is one at a time, and does not outlive its owner', async (t) => {
  const dir = join(root, 'lock')
  mkdirSync(dir)
  t.equal(
    withLock(dir, () => {
      t.ok(existsSync(join(dir, 'lock')))
      return 7
    }),
    7,
  )
  t.throws(() =>
    withLock(dir, () => {
      throw new Error('inside')
    }),
  )
  for (const stale of ['{"pid":1073741824,"started":"1"}', 'torn']) {
    writeFileSync(join(dir, 'lock'), stale)
    t.equal(
      withLock(dir, () => 8),
      8,
      stale,
    )
  }
  t.same(readdirSync(dir), [])
})
