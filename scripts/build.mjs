// Compiles TypeScript to dist/ and puts each .sql file beside the compiled file that loads it.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
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
  for (const folder of ['analysis', 'queries']) copySql(folder)
  const main = join(root, 'dist/cli/main.js')
  if (existsSync(main)) chmodSync(main, 0o755)
  if (done.status === 0) writeFileSync(join(root, 'dist/.built'), '')
  return done.status === 0
}

function copySql(folder) {
  if (!existsSync(join(root, folder))) return
  rmSqlOf(folder)
  for (const file of readdirSync(join(root, folder), { recursive: true })) {
    if (!file.endsWith('.sql')) continue
    const target = join(root, 'dist', folder, file)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, folder, file), target)
  }
}

/** A report that was removed must not be found any more. */
function rmSqlOf(folder) {
  const compiled = join(root, 'dist', folder)
  if (!existsSync(compiled)) return
  for (const file of readdirSync(compiled, { recursive: true })) {
    if (file.endsWith('.sql')) rmSync(join(compiled, file))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1)
