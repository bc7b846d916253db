// The examples of docs/library.md run as they stand, and print what the page says.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../helpers/paths.ts'

t.setTimeout(120_000)

const PAGE = join(root, 'docs/library.md')
const EXAMPLE = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g

/** What a program prints; a package may import itself by name. */
function run(program: string): { readonly status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    { cwd: root, encoding: 'utf8' },
  )
  return { status, out: stdout, err: stderr }
}

t.test('each example runs and prints what is below it', async (t) => {
  const page = readFileSync(PAGE, 'utf8')
  const examples = [...page.matchAll(EXAMPLE)]
  t.equal(examples.length, page.split('```js').length - 1, 'every example has its output')
  let current = page
  for (const [whole, program = '', output] of examples) {
    const ran = run(program)
    t.equal(ran.status, 0, ran.err)
    current = current.replace(whole, () => whole.replace(`text\n${output}`, `text\n${ran.out}`))
    if (process.env.TAP_SNAPSHOT !== '1') t.equal(ran.out, output)
  }
  if (process.env.TAP_SNAPSHOT === '1') writeFileSync(PAGE, current)
})
