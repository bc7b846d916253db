// What `npm start` and `npm test` share: a bare checkout and Node are all they may count on.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const SOURCES = [
  'parser',
  'cli',
  'analysis',
  'queries',
  'recorder',
  'report',
  'export',
  'library',
  'elf',
  'writer',
  'wasm',
  'test',
  'bench',
]

/** Runs a command in the checkout with its output on stderr; returns whether it succeeded. */
export function run(what, command, args) {
  process.stderr.write(`${what}\n`)
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status === 0) return true
  process.stderr.write(`${what}: ${done.error?.message ?? `exit status ${done.status}`}\n`)
  return false
}

/** The same for what nothing can be done without: ends this process when it fails. */
export function must(what, command, args) {
  if (!run(what, command, args)) process.exit(1)
}

/** Ends the process with one line when this Node is older than package.json asks for. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  process.stderr.write(`Node ${process.versions.node} is too old: 20.19 or newer is needed\n`)
  process.exit(1)
}

/** Installs the packages of the lock file unless exactly these are there already. */
export function ensureInstalled() {
  if (isInstalled()) return
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const npm = process.env.npm_execpath
  if (npm !== undefined && basename(npm) === 'npm-cli.js')
    must('installing packages (npm ci)', process.execPath, [npm, ...args])
  else must('installing packages (npm ci)', 'npm', args)
}

/** Compiles when a source is newer than the last build without errors; returns if there were none. */
export async function ensureBuilt() {
  const stamp = join(root, 'dist/.built')
  if (existsSync(stamp) && newestSource() <= statSync(stamp).mtimeMs) return true
  process.stderr.write('compiling\n')
  const { build } = await import('./build.mjs')
  return build()
}

/** npm keeps what it installed in a hidden lock file; optional packages may be left out. */
function isInstalled() {
  const hidden = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(hidden)) return false
  const have = JSON.parse(readFileSync(hidden, 'utf8')).packages
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(want).every(([path, entry]) => {
    if (path === '') return true
    if (have[path] === undefined) return entry.optional === true
    return have[path].version === entry.version && existsSync(join(root, path))
  })
}

function newestSource() {
  let newest = 0
  for (const file of ['tsconfig.json', 'package-lock.json', 'scripts/build.mjs'])
    newest = Math.max(newest, statSync(join(root, file)).mtimeMs)
  for (const folder of SOURCES) {
    const path = join(root, folder)
    if (!existsSync(path)) continue
    newest = Math.max(newest, statSync(path).mtimeMs)
    for (const name of readdirSync(path, { recursive: true }))
      newest = Math.max(newest, statSync(join(path, name)).mtimeMs)
  }
  return newest
}
