import t from 'tap'
import type { Render } from '../../queries/index.ts'
import { writeDrawings } from '../../report/drawing.ts'
import { chunked, render, textColumn } from '../helpers/rows.ts'

const options = { maxRows: 40, types: false, color: false }

function draw(
  renders: readonly Render[],
  columns: readonly string[],
  values: readonly unknown[][],
): Promise<string> {
  const rows = chunked(
    columns.map((name) => textColumn(name)),
    values,
    2,
  )
  return render((sink) => writeDrawings(rows, renders, sink, options))
}

const HISTOGRAM = { kind: 'histogram', columns: ['low', 'high', 'n'], unit: 'usecs' }

t.test('a histogram has a bar per bucket and shows the empty ones between', async (t) => {
  const text = await draw(
    [HISTOGRAM],
    ['low', 'high', 'n'],
    [
      [0, 4, 32],
      [1, 7, 63],
      [20, 40, 1],
    ],
  )
  t.equal(
    text,
    `     usecs               : count    distribution
         0 -> 1          : 20       |********************                    |
         2 -> 3          : 0        |                                        |
         4 -> 7          : 40       |****************************************|
         8 -> 15         : 0        |                                        |
        16 -> 31         : 0        |                                        |
        32 -> 63         : 1        |*                                       |
`,
  )
})

t.test(
  'buckets of other widths, unknown counts and huge numbers are drawn as they are',
  async (t) => {
    const text = await draw(
      [HISTOGRAM],
      ['low', 'high', 'n'],
      [
        [0, 100, '9223372036854775808'],
        [9, 109, '18446744073709551615'],
        [null, 2, 1],
      ],
    )
    t.match(text, /^ +0 -> 9 +: NULL {5}\| +\|$/m)
    t.match(text, /^ +100 -> 109 +: 2 +\|\*{40}\|$/m)
    t.match(text, /^ *9223372036854775808 -> 18446744073709551615 : 1 +\|\*{20} {20}\|$/m)
    t.equal(text.split('\n').length, 5)
  },
)

t.test('one drawing for each value of a column', async (t) => {
  const text = await draw(
    [{ kind: 'bars', columns: ['size', 'n'], by: 'comm' }],
    ['comm', 'size', 'n'],
    [
      ['a', 'b\n', 'a'],
      [8, 64, 1024],
      [2, 1, 4],
    ],
  )
  t.equal(
    text,
    `comm = a
8    : 2 |${'*'.repeat(20)}${' '.repeat(20)}|
1024 : 4 |${'*'.repeat(40)}|

comm = b\\n
64 : 1 |${'*'.repeat(40)}|
`,
  )
})

t.test('a sparkline shows the highest value of each stretch', async (t) => {
  const spark = [{ kind: 'sparkline', columns: ['x', 'y'] }]
  t.equal(
    await draw(
      spark,
      ['x', 'y'],
      [
        [1, 2, 3, 4],
        [0, 7, 3, null],
      ],
    ),
    '▁█▄  0 to 7\n',
  )
  const wide = Array.from({ length: 600 }, (_, i) => i)
  const text = await draw(spark, ['x', 'y'], [wide, wide.map((i) => (i === 300 ? 9 : 1))])
  t.match(text, /^[▁▂]{30}█[▁▂]{29} {2}1 to 9\n$/)
  t.equal(await draw(spark, ['x', 'y'], [[5], [2]]), '█  2 to 2\n')
  t.equal(await draw(spark, ['x', 'y'], [[null], [2]]), 'no values\n')
})

t.test('stacks and lines; control characters do not reach the terminal', async (t) => {
  const stacks = [{ kind: 'stacks', columns: ['stack', 'n'] }]
  const text = await draw(
    stacks,
    ['n', 'stack', 'comm'],
    [
      [3, 1],
      ['a;b\u001b', null],
      ['x', null],
    ],
  )
  t.equal(text, '  a\n  b\\x1b\n    3  comm x\n\n  <unknown>\n    1\n\n')
  const lines = [{ kind: 'lines', columns: ['line'] }]
  t.equal(
    await draw(
      lines,
      ['n', 'line'],
      [
        [1, 2],
        ['a', 'b\u001b[2J'],
      ],
    ),
    'a\nb\\x1b[2J\n',
  )
})

t.test('several drawings follow each other; no rows are said', async (t) => {
  const both = [
    { kind: 'table', columns: [] },
    { kind: 'bars', columns: ['a', 'n'] },
  ]
  t.match(await draw(both, ['a', 'n'], [['x'], [1]]), /1 row\n\nx : 1 \|\*{40}\|\n$/)
  t.equal(await draw([HISTOGRAM], ['low', 'high', 'n'], [[], [], []]), 'no rows\n')
})

t.test('a column that the answer does not have is named', async (t) => {
  await t.rejects(draw([HISTOGRAM], ['low', 'n'], [[1], [1]]), {
    code: 'ERR_QUERY_SYNTAX',
    message: /"high"/,
  })
})
