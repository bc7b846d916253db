import t from 'tap'
import { writeCsv } from '../../report/csv.ts'
import { chunked, render, textColumn } from '../helpers/rows.ts'

const columns = [textColumn('a'), textColumn('b "c"')]

t.test('quotes what RFC 4180 says, tells NULL from an empty string', async (t) => {
  const values = [
    ['plain', 'com,ma', 'tab\there'],
    ['quo"te', null, ''],
  ]
  t.equal(
    await render((sink) => writeCsv(chunked(columns, values, 2), sink, ',')),
    'a,"b ""c"""\nplain,"quo""te"\n"com,ma",\ntab\there,""\n',
  )
  t.equal(
    await render((sink) => writeCsv(chunked(columns, values, 2), sink, '\t')),
    'a\t"b ""c"""\nplain\t"quo""te"\ncom,ma\t\n"tab\there"\t""\n',
  )
})

t.test('an empty result still has a header', async (t) => {
  t.equal(
    await render((sink) => writeCsv(chunked(columns, [[], []], 2), sink, ',')),
    'a,"b ""c"""\n',
  )
})

t.test('writes in pieces and waits for each', async (t) => {
  const values = [Array.from({ length: 50_000 }, (_, i) => `row ${i}`)]
  let waiting = 0
  let most = 0
  let largest = 0
  let lines = 0
  await writeCsv(
    chunked([textColumn('a')], values, 2048),
    {
      async write(text) {
        most = Math.max(most, ++waiting)
        largest = Math.max(largest, text.length)
        lines += text.split('\n').length - 1
        await new Promise(setImmediate)
        waiting--
      },
    },
    ',',
  )
  t.equal(most, 1)
  t.ok(largest < 70_000, `pieces are small: ${largest}`)
  t.equal(lines, 50_001)
})
