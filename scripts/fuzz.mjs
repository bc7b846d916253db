// `npm run fuzz`: hostile inputs for as long as asked for; see docs/reliability.md.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, requireNode, root } from './setup.mjs'

requireNode()
ensureInstalled()
if (!(await ensureBuilt())) process.exit(1)
const args = [join(root, 'dist/test/fuzz/main.js'), ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
process.exit(status ?? 1)
