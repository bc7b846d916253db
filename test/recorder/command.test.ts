import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { startCommand } from '../../recorder/command.ts'

const skip = existsSync('/proc/self/limits') ? false : 'needs Linux'

/** Runs a shell script as the traced command, its output into a file. */
async function run(t: Test, script: string, env: NodeJS.ProcessEnv = process.env) {
  const folder = t.testdir({})
  const out = `${folder}/out`
  const command = startCommand({ argv: ['sh', '-c', script, 'zero', out], env })
  command.release()
  const status = await command.ended
  return { status, pid: command.pid, text: existsSync(out) ? readFileSync(out, 'utf8') : '' }
}

t.test('nothing runs before the release, and the pid stays', { skip }, async (t) => {
  const folder = t.testdir({})
  const argv = ['sh', '-c', 'echo $$ > "$1"', 'sh', `${folder}/pid`]
  const command = startCommand({ argv })
  await command.ready
  t.equal(readFileSync(`/proc/${command.pid}/comm`, 'utf8'), 'traceduck\n')
  t.notOk(existsSync(`${folder}/pid`))
  command.release()
  t.equal(await command.ended, 0)
  t.equal(readFileSync(`${folder}/pid`, 'utf8'), `${command.pid}\n`)
})

t.test('the status is its own', { skip }, async (t) => {
  t.equal((await run(t, 'exit 0')).status, 0)
  t.equal((await run(t, 'exit 3')).status, 3)
  t.equal((await run(t, 'exit 127')).status, 127)
  t.equal((await run(t, 'kill -TERM $$')).status, 128 + 15)
  const command = startCommand({ argv: ['sleep', '60'] })
  command.release()
  setTimeout(() => command.forward('SIGTERM'), 50)
  t.equal(await command.ended, 128 + 15, 'signals are passed on')
  const unborn = startCommand({ argv: ['sleep', '60'] })
  await unborn.ready
  unborn.kill()
  t.equal(await unborn.ended, 128 + 9, 'a recording that does not start')
  const aborted = startCommand({ argv: ['sleep', '60'] })
  aborted.kill()
  await t.rejects(aborted.ready, { code: 'ERR_COMMAND_EXEC' }, 'or is given up at once')
})

t.test('environment, descriptors, signals and limits are as without us', { skip }, async (t) => {
  const env = {
    PATH: process.env.PATH,
    'odd.name': 'kept\nwith a newline',
    EMPTY: '',
    NODE_OPTIONS: '--no-warnings',
  }
  const plain = spawnSync('cat', ['/proc/self/environ'], { env, encoding: 'utf8' }).stdout
  const names = (environ: string): string[] =>
    environ
      .split('\0')
      .filter((line) => /^(?:PATH|odd|EMPTY)/.test(line))
      .sort()
  const direct = t.testdir({})
  const argv = ['cp', '/proc/self/environ', `${direct}/environ`]
  const copy = startCommand({ argv, env })
  copy.release()
  t.equal(await copy.ended, 0)
  const copied = readFileSync(`${direct}/environ`, 'utf8')
  t.same(names(copied), names(plain))
  // A test runner may add to what `cat` got.
  t.match(copied, /(^|\0)NODE_OPTIONS=--no-warnings\0/)

  const state = await run(
    t,
    'exec > "$1"; grep -E "^Sig(Ign|Blk)" /proc/self/status; ulimit -Sn; ls /proc/$$/fd',
  )
  const [ignored, blocked] = [...state.text.matchAll(/^Sig\w+:\s*(\w+)/gm)].map(([, bits]) => bits)
  t.equal(ignored, '0000000000000000')
  t.equal(blocked, '0000000000000000')
  const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/limits`, 'utf8'))
  t.ok(state.text.split('\n').includes(soft![1]!), 'Node raises this limit for itself')
  t.notMatch(state.text, /^[3-9]$/m, 'no descriptor of ours')
})

t.test('a mask of file modes that is not ours', { skip }, async (t) => {
  const folder = t.testdir({})
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  const argv = ['sh', '-c', 'umask > "$1"', 'sh', `${folder}/umask`]
  const command = startCommand({ argv, umask: 0o027 })
  command.release()
  t.equal(await command.ended, 0)
  t.equal(readFileSync(`${folder}/umask`, 'utf8'), '0027\n')
})

t.test('what cannot be run is said before the recording', { skip }, async (t) => {
  const folder = t.testdir({ plain: 'x', broken: '#!/no/such/interpreter\n', script: 'exit 9\n' })
  for (const name of ['broken', 'script']) chmodSync(`${folder}/${name}`, 0o755)
  const failing = { code: 'ERR_COMMAND_EXEC' }
  const missing = { code: 'ERR_COMMAND_MISSING' }
  t.throws(() => startCommand({ argv: ['no-such-program-here'] }), missing)
  t.throws(() => startCommand({ argv: [folder] }), missing)
  t.throws(() => startCommand({ argv: ['true'], user: 'no-such-user' }), { code: 'ERR_COMMAND' })
  const broken = startCommand({ argv: [`${folder}/broken`] })
  broken.release()
  await t.rejects(broken.ended, failing)
  const plain = startCommand({ argv: [`${folder}/plain`] })
  plain.release()
  await t.rejects(plain.ended, failing, 'not executable')
  const script = startCommand({ argv: [`${folder}/script`] })
  script.release()
  t.equal(await script.ended, 9, 'a text without an interpreter is for the shell')
})

const asRoot = process.getuid?.() === 0 ? false : 'needs root'

t.test('another user, with its groups and home', { skip: skip || asRoot }, async (t) => {
  const folder = t.testdir({})
  chmodSync(folder, 0o777)
  for (let at = folder; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
    const mode = spawnSync('stat', ['-c', '%A', at], { encoding: 'utf8' }).stdout
    if (!mode.startsWith('d') || mode[9] !== 'x') return t.pass('the user cannot reach this folder')
  }
  const script = '{ id -un; id -Gn; echo "$HOME $USER"; } > "$1"'
  const argv = ['sh', '-c', script, 'sh', `${folder}/out`]
  const command = startCommand({ argv, user: 'nobody' })
  command.release()
  t.equal(await command.ended, 0)
  const groups = spawnSync('id', ['-Gn', 'nobody'], { encoding: 'utf8' }).stdout
  const [name, ids, home] = readFileSync(`${folder}/out`, 'utf8').split('\n')
  t.equal(name, 'nobody')
  t.equal(`${ids}\n`, groups)
  t.match(home, / nobody$/)
})
