import { readFileSync } from 'node:fs'
import t from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { root } from '../helpers/paths.ts'

const document = readFileSync(`${root}docs/errors.md`, 'utf8')

/** Rows of the tables: code, exit status or severity, words. */
const rows = [...document.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|/gm)].map(
  ([, code, effect, words]) => ({ code: code!, effect: effect!.trim(), words: words!.trim() }),
)

t.test('every error code has a line with its exit status', async (t) => {
  for (const [code, status] of Object.entries(ERROR_EXIT)) {
    const row = rows.find((row) => row.code === code)
    t.equal(row?.effect, String(status), code)
    t.ok((row?.words.length ?? 0) > 20, `${code} is explained`)
  }
})

t.test('every diagnostic code has a line', async (t) => {
  const source = readFileSync(`${root}parser/diagnostics.ts`, 'utf8')
  const union = /export type DiagnosticCode =([^\n]*(?:\n\s+\|[^\n]*)*)/.exec(source)?.[1] ?? ''
  const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code!)
  t.ok(codes.includes('LOST_EVENTS'), 'codes were found')
  for (const code of codes)
    t.ok(
      rows.some((row) => row.code === code),
      code,
    )
})

t.test('no line is about a code that is not there', async (t) => {
  const source = readFileSync(`${root}parser/diagnostics.ts`, 'utf8')
  const unknown = rows.filter(({ code }) => !(code in ERROR_EXIT) && !source.includes(`'${code}'`))
  t.same(unknown, [])
})

t.test('every code is used', async (t) => {
  const { listSources } = await import('../helpers/import-graph.ts')
  const sources = listSources(root, [
    'parser',
    'cli',
    'analysis',
    'queries',
    'report',
    'elf',
    'recorder',
    'writer',
  ])
    .filter((name) => name !== 'parser/error.ts')
    .map((name) => readFileSync(`${root}${name}`, 'utf8'))
    .join('\n')
  for (const code of Object.keys(ERROR_EXIT)) t.ok(sources.includes(`'${code}'`), code)
})
