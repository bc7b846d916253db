import { readFileSync } from 'node:fs'
import t from 'tap'
import { root } from '../helpers/paths.ts'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

interface LockEntry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(`${root}${path}`, 'utf8'))
const manifest = readJson('package.json') as Manifest
const lock = (readJson('package-lock.json') as { packages: Record<string, LockEntry> }).packages
const direct = { ...manifest.dependencies, ...manifest.devDependencies }

t.test('every dependency is pinned, and documented with its version', async (t) => {
  const document = readFileSync(`${root}docs/architecture.md`, 'utf8')
  const rows = [...document.matchAll(/^\| `([^`]+)` \| (\d[\w.-]*) \|/gm)]
  const documented = Object.fromEntries(rows.map(([, name, version]) => [name!, version!]))
  t.same(documented, direct)
  for (const [name, version] of Object.entries(direct)) {
    t.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
    t.equal(lock[`node_modules/${name}`]?.version, version, `${name} in the lock file`)
  }
})

t.test('the lock file names the packages of every platform', async (t) => {
  for (const [path, { optionalDependencies }] of Object.entries(lock)) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      const found = lock[`${path}/node_modules/${name}`] ?? lock[`node_modules/${name}`]
      t.ok(found?.version, `${path}: ${name}`)
    }
  }
})

t.test('nothing that is installed with the package runs a script', async (t) => {
  const scripts = (readJson('package.json') as { scripts: Record<string, string> }).scripts
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    t.notOk(name in scripts, name)
})
