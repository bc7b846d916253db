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
 * Runs the compiler and copies SQL; exits with the compiler's status when it fails. `dist/.built`
 * marks a complete build.
 */
export function build() {
  rmSync(join(root, 'dist/.built'), { force: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit', cwd: root })
  if (done.status !== 0) process.exit(done.status ?? 1)
  for (const folder of ['analysis', 'queries']) {
    if (!existsSync(join(root, folder))) continue
    for (const file of readdirSync(join(root, folder), { recursive: true })) {
      if (!file.endsWith('.sql')) continue
      const target = join(root, 'dist', folder, file)
      mkdirSync(dirname(target), { recursive: true })
      cpSync(join(root, folder, file), target)
    }
  }
  const main = join(root, 'dist/cli/main.js')
  if (existsSync(main)) chmodSync(main, 0o755)
  writeFileSync(join(root, 'dist/.built'), '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build()
