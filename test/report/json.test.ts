import t from 'tap'
import { uniqueNames, writeJson, writeNdjson } from '../../report/json.ts'
import { integerJson, rowsInMemory } from '../../report/rows.ts'
import { chunked, render, textColumn } from '../helpers/rows.ts'

const columns = [textColumn('a'), textColumn('a')]

t.test('an array of objects, one to a line', async (t) => {
  const text = await render((sink) =>
    writeJson(
      chunked(
        columns,
        [
          ['x', 'y'],
          [null, '"'],
        ],
        1,
      ),
      sink,
    ),
  )
  t.equal(text, '[{"a":"x","a_1":null},\n{"a":"y","a_1":"\\""}]\n')
  t.equal(await render((sink) => writeJson(chunked(columns, [[], []], 1), sink)), '[]\n')
})

t.test('one object to a line', async (t) => {
  const text = await render((sink) =>
    writeNdjson(
      chunked(
        columns,
        [
          ['x', 'y'],
          [null, '"'],
        ],
        1,
      ),
      sink,
    ),
  )
  t.equal(text, '{"a":"x","a_1":null}\n{"a":"y","a_1":"\\""}\n')
  t.equal(await render((sink) => writeNdjson(chunked(columns, [[], []], 1), sink)), '')
})

t.test('integers beyond a double are strings', async (t) => {
  t.equal(integerJson(9007199254740991n), '9007199254740991')
  t.equal(integerJson(9007199254740992n), '"9007199254740992"')
  t.equal(integerJson(-9007199254740992n), '"-9007199254740992"')
  const rows = rowsInMemory(['n'], [[1n], [2n ** 64n - 1n], [null]])
  t.equal(
    await render((sink) => writeJson(rows, sink)),
    '[{"n":1},\n{"n":"18446744073709551615"},\n{"n":null}]\n',
  )
})

t.test('names are made unique without taking another one’s', async (t) => {
  t.same(uniqueNames(['a', 'a', 'a_1', 'a']), ['a', 'a_1', 'a_1_1', 'a_2'])
})
