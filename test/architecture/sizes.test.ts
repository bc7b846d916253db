import { readFileSync } from 'node:fs'
import t from 'tap'
import { listSources } from '../helpers/import-graph.ts'
import { root } from '../helpers/paths.ts'

const MOST_LINES = 800
const REASON_ABOVE = 400
const MEDIAN = 200

/** Files of more than 400 lines, and why they are not two files. */
const REASONS: Readonly<Record<string, string>> = {}

const folders = [
  'parser',
  'analysis',
  'queries',
  'report',
  'elf',
  'recorder',
  'writer',
  'cli',
  'test',
  'bench',
]
const lines = new Map(
  listSources(root, folders).map((file) => [
    file,
    readFileSync(`${root}${file}`, 'utf8').split('\n').length - 1,
  ]),
)

t.test(`no file has more than ${MOST_LINES} lines`, async (t) => {
  t.ok(lines.size > 50, 'files were found')
  t.same(
    [...lines].filter(([, count]) => count > MOST_LINES),
    [],
  )
})

t.test(`a file of more than ${REASON_ABOVE} lines has a reason`, async (t) => {
  const long = [...lines].filter(([, count]) => count > REASON_ABOVE).map(([file]) => file)
  t.same(long, Object.keys(REASONS).sort())
})

t.test('most files are short', async (t) => {
  const counts = [...lines.values()].sort((a, b) => a - b)
  t.ok(counts[counts.length >> 1]! <= MEDIAN)
})
