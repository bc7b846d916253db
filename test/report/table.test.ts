import t from 'tap'
import { displayWidth, padDisplay, printable } from '../../report/display-width.ts'
import { writeTable } from '../../report/table.ts'
import { fitColumns } from '../../report/table-fit.ts'
import { chunked, render, textColumn } from '../helpers/rows.ts'

const plain = { maxRows: 40, types: false, color: false }

t.test('a box with a count of rows', async (t) => {
  const columns = [textColumn('n', 'right'), textColumn('name')]
  const rows = chunked(
    columns,
    [
      ['1', '22'],
      ['ü', null],
    ],
    1,
  )
  t.equal(
    await render((sink) => writeTable(rows, sink, { ...plain, types: true })),
    `┌─────────┬─────────┐
│       n │ name    │
│ varchar │ varchar │
├─────────┼─────────┤
│       1 │ ü       │
│      22 │ NULL    │
└─────────┴─────────┘
2 rows
`,
  )
})

t.test('first and last rows of a long result', async (t) => {
  const values = [Array.from({ length: 100_000 }, (_, i) => String(i))]
  const rows = chunked([textColumn('n', 'right')], values, 2048)
  const text = await render((sink) => writeTable(rows, sink, { ...plain, maxRows: 5 }))
  const body = text
    .split('\n')
    .slice(3, -3)
    .map((line) => line.slice(1, -1).trim())
  t.same(body, ['0', '1', '2', '·', '·', '·', '99998', '99999'])
  t.match(text, /\n100000 rows \(5 shown\)\n$/)
})

t.test('every limit shows as many rows as it says', async (t) => {
  for (const total of [0, 1, 2, 3, 4, 5, 6, 7, 11]) {
    for (const maxRows of [1, 2, 3, 5, 7]) {
      const values = [Array.from({ length: total }, (_, i) => String(i))]
      const rows = chunked([textColumn('n')], values, 2)
      const text = await render((sink) => writeTable(rows, sink, { ...plain, maxRows }))
      const shown = text.split('\n').filter((line) => /^│ \d/.test(line)).length
      t.equal(shown, Math.min(total, maxRows), `${total} rows, at most ${maxRows}`)
    }
  }
})

t.test('no line is wider than the terminal', async (t) => {
  const columns = Array.from({ length: 12 }, (_, i) => textColumn(`column ${i}`))
  const values = columns.map((_, i) => ['x'.repeat(i * 7), '日本語'.repeat(i)])
  for (const width of [20, 40, 80, 120, 200]) {
    const text = await render((sink) =>
      writeTable(chunked(columns, values, 1), sink, { ...plain, width }),
    )
    const lines = text.split('\n').slice(0, -2)
    t.ok(
      lines.every((line) => displayWidth(line) <= width),
      `fits ${width}`,
    )
    t.equal(new Set(lines.map(displayWidth)).size, 1, 'all lines are equally wide')
  }
})

t.test('columns are narrowed before they are left out', async (t) => {
  t.same(fitColumns([5, 100, 10], 60).columns, [0, 1, 2])
  t.same(fitColumns([5, 100, 10], undefined).widths, [5, 100, 10])
  t.same(fitColumns([20, 20, 20, 20, 20], 40).columns, [0, 1, undefined, 4])
})

t.test('data cannot drive the terminal', async (t) => {
  t.equal(printable('a\u001b[31mb\n\t\u202e'), 'a\\x1b[31mb\\n\\t\\u202e')
  t.equal(printable('plain ü 日本'), 'plain ü 日本')
  const rows = chunked([textColumn('a\u0007')], [['\u001b]0;x\u0007']], 1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  t.notMatch(await render((sink) => writeTable(rows, sink, plain)), /[\u0000-\u0009\u000b-\u001f]/)
})

t.test('widths count terminal cells', async (t) => {
  t.equal(displayWidth('日本'), 4)
  t.equal(displayWidth('e\u0301'), 1)
  t.equal(padDisplay('日本語', 4, false), '日… ')
  t.equal(padDisplay('ab', 4, true), '  ab')
})
