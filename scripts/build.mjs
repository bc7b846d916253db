// Compiles TypeScript to dist/, the loops of wasm/ to WebAssembly, and puts each .sql file beside the compiled file
// that loads it.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs the compiler and copies SQL; returns whether there were no errors. `dist/.built` marks a build
 * without errors.
 */
export function build() {
  rmSync(join(root, 'dist/.built'), { force: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit', cwd: root })
  const withLoops = buildLoops()
  for (const folder of ['analysis', 'queries']) copySql(folder)
  const main = join(root, 'dist/cli/main.js')
  if (existsSync(main)) chmodSync(main, 0o755)
  const isDone = done.status === 0 && withLoops
  if (isDone) writeFileSync(join(root, 'dist/.built'), '')
  return isDone
}

/** Compiles wasm/ where it has changed since; the parser has the same loops in JavaScript, so nothing breaks meanwhile. */
function buildLoops() {
  const target = join(root, 'dist/parser/wasm/loops.wasm')
  const sources = readdirSync(join(root, 'wasm')).map((name) => join(root, 'wasm', name))
  const newest = Math.max(...sources.map((source) => statSync(source).mtimeMs))
  if (existsSync(target) && statSync(target).mtimeMs > newest) return true
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--outFile', target]
  const done = spawnSync(process.execPath, [asc, 'wasm/index.ts', ...options], {
    stdio: 'inherit',
    cwd: root,
  })
  return done.status === 0
}

/** Copies what is new or changed and removes what is gone: others may be reading the rest. */
function copySql(folder) {
  const from = join(root, folder)
  const to = join(root, 'dist', folder)
  const files = new Set(sqlFilesOf(from))
  for (const file of files) {
    const text = readFileSync(join(from, file))
    const target = join(to, file)
    if (existsSync(target) && readFileSync(target).equals(text)) continue
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  for (const file of sqlFilesOf(to)) if (!files.has(file)) rmSync(join(to, file))
}

function sqlFilesOf(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.sql'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1)
