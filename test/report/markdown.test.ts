import t from 'tap'
import { writeMarkdown } from '../../report/markdown.ts'
import { chunked, render, textColumn } from '../helpers/rows.ts'

t.test('escapes what would end a cell', async (t) => {
  const columns = [textColumn('name'), textColumn('n', 'right')]
  const values = [
    ['a|b', 'x\ny', null],
    ['1', '<b>', '3'],
  ]
  t.equal(
    await render((sink) => writeMarkdown(chunked(columns, values, 2), sink)),
    '| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| x<br>y | &lt;b> |\n|  | 3 |\n',
  )
})
