import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { root } from '../helpers/paths.ts'

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'bench', 'fixtures'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
]

/** The anchor that a heading gets on the usual sites. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

t.ok(documents.length > 8, 'documents were found')

for (const path of documents) {
  t.test(path, async (t) => {
    const text = readFileSync(join(root, path), 'utf8').replace(/```[\s\S]*?```/g, '')
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue
      const [file = '', hash] = target!.split('#', 2)
      const linked = file === '' ? join(root, path) : join(root, dirname(path), file)
      t.ok(existsSync(linked), `${target} is there`)
      if (hash === undefined) continue
      const headings = readFileSync(linked, 'utf8').matchAll(/^#+ (.*)$/gm)
      t.ok(
        [...headings].some(([, heading]) => anchor(heading!) === hash),
        `${target} has a heading`,
      )
    }
  })
}
