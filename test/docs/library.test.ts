// The example of docs/library.md runs as it stands.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../helpers/paths.ts'

t.test('the example runs', async (t) => {
  const page = readFileSync(join(root, 'docs/library.md'), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(page)?.[1]
  t.ok(example)
  // A package may import itself by name.
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', example!], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(ran.status, 0, ran.stderr)
  const [head, sum, first] = ran.stdout.split('\n')
  t.match(head, /^7 Linux .* 1$/)
  t.match(sum, /^[1-9]\d* bytes asked of kmem_cache_alloc$/)
  t.match(first, /^\d+n ping net_dev_queue \d+$/)
})
