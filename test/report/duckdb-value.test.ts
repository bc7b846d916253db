import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { valueWriter } from '../../report/duckdb-value.ts'

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
t.teardown(() => {
  connection.closeSync()
  instance.closeSync()
})

/** Expressions of every type, nested and with text that needs care. */
const EXPRESSIONS = [
  '1::tinyint',
  '255::utinyint',
  '(-32768)::smallint',
  '65535::usmallint',
  '4294967295::uinteger',
  '-1::integer',
  '9223372036854775807',
  '18446744073709551615::ubigint',
  '(-170141183460469231731687303715884105727)::hugeint',
  '340282366920938463463374607431768211455::uhugeint',
  '123456789012345678901234567890::bignum',
  'true',
  "'text'",
  "''",
  "'ü 日本 \u{1f600}'",
  '1.5::double',
  '1e16::double',
  '1e-5::double',
  "'nan'::double",
  "'-inf'::double",
  '0.1::float',
  '1e8::float',
  '123.450::decimal(10,3)',
  '-0.5::decimal(3,1)',
  '12345678901234567890123456789012345.678::decimal(38,3)',
  '0::decimal(4,4)',
  "'\\x00\\xAAab''\"\\x5C'::blob",
  "''::blob",
  "'1011'::bit",
  "'00000000-0000-0000-0000-0000000000ff'::uuid",
  "'x y'::enum('x', 'x y')",
  "date '2024-02-29'",
  "date 'infinity'",
  "date '-infinity'",
  "date '-4000-01-01'",
  "time '01:02:03.000004'",
  "time '01:02:03'::timetz",
  "time_ns '01:02:03.000000001'",
  "timestamp '1960-01-01 00:00:00.5'",
  "timestamp_s '2024-01-01 00:00:00'",
  "timestamp_ms '2024-01-01 00:00:00.5'",
  "timestamp_ns '2024-01-01 00:00:00.000000001'",
  "timestamp 'infinity'",
  "timestamptz '2024-07-01 00:00:00+02'",
  "interval '1 month 2 days 3.5 seconds'",
  "interval '-1 second'",
  '[1, null, 3]',
  '[]::integer[]',
  '[[1], [], null]',
  '[1.5::double, 2]',
  '[true, false]',
  "['a', 'b c', '', 'NULL', 'null', 'it''s', 'x,y', '[z', null, 'a\"b', 'a\\b', ' lead', 'trail ', '{', 'a=b', 'a:b', '(', ';', '\t', 'a\nb']",
  "[date '2024-01-01']",
  "[timestamp '2024-01-01 01:02:03']",
  "['\\xAA'::blob, 'a b'::blob, ''::blob]",
  "['y z'::enum('x', 'y z')]",
  "[interval '1 day 01:02:03']",
  '[123.45::decimal(10,2)]',
  'array_value(1, 2)',
  "{'a': 1, 'b c': 'x y', 'd''e': null, 'f': [1, 2], 'g': {'h': ' '}}",
  "map {'k v': 1, 'b': null, '': 3}",
  "map {[1]: {'a': 1}}",
  'map {}::map(integer, integer)',
  "union_value(k := 'x y')",
  "[union_value(k := 'x,y')]",
  '\'{"a": [1]}\'::json',
  '[\'{"a": 1}\'::json]',
]

t.test('text is what a cast to varchar gives', async (t) => {
  for (const expression of EXPRESSIONS) {
    const reader = await connection.runAndReadAll(
      `select cast(v as varchar), v from (select ${expression} as v)`,
    )
    const [expected, value] = reader.getRows()[0]!
    t.equal(valueWriter(reader.columnType(1)).text(value), expected, expression)
  }
})

t.test('random text inside lists, structs and maps', async (t) => {
  await connection.run('select setseed(0.5)')
  const reader = await connection.runAndReadAll(`
    with words as (
      select list_aggregate(list_transform(range(1 + floor(random() * 5)::int),
        lambda x: ['a', 'b', ' ', '''', '"', ',', '[', ']', '{', '}', '(', ')', '=', ':', '\\', 'é', '_', '%', '/', '-'][1 + floor(random() * 20)::int]),
        'string_agg', '') as w
      from range(3000)
    )
    select cast([w] as varchar), [w], cast({'k': w} as varchar), {'k': w}, cast(map {w: w} as varchar), map {w: w} from words`)
  const writers = [1, 3, 5].map((i) => valueWriter(reader.columnType(i)))
  const wrong = reader
    .getRows()
    .flatMap((row) =>
      writers.flatMap((writer, i) =>
        writer.text(row[2 * i + 1]) === row[2 * i] ? [] : [row[2 * i]],
      ),
    )
  t.same(wrong, [])
  t.equal(reader.currentRowCount, 3000)
})

t.test('JSON parses, and rounds nothing', async (t) => {
  const cases: [string, unknown][] = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['18446744073709551615::ubigint', '18446744073709551615'],
    ['sum(3)', 3],
    ['12345.6789::decimal(9,4)', 12345.6789],
    ['1234567890123456.5::decimal(18,1)', '1234567890123456.5'],
    ["'\\xAA'::blob", '\\xAA'],
    ["timestamp_ns '2024-01-01 00:00:00.000000001'", '2024-01-01 00:00:00.000000001'],
    [
      "{'a': [1, null], 'b': {'c': 9007199254740993}}",
      { a: [1, null], b: { c: '9007199254740993' } },
    ],
    ["map {1: 'x', 2: null}", { 1: 'x', 2: null }],
    ['union_value(k := 5)', 5],
    ['\'{"a":\n[1]}\'::json', { a: [1] }],
    ["'\"\\\u0001\n'", '"\\\u0001\n'],
    ['true', true],
  ]
  for (const [expression, expected] of cases) {
    const reader = await connection.runAndReadAll(`select ${expression} as v`)
    const json = valueWriter(reader.columnType(0)).json(reader.getRows()[0]![0])
    t.same(JSON.parse(json), expected, expression)
    t.notMatch(json, /[\n\r]/)
  }
})

t.test('fields without names are refused, not dropped', async (t) => {
  const reader = await connection.runAndReadAll('select row(1, 2) as v')
  t.throws(() => valueWriter(reader.columnType(0)), {
    code: 'ERR_SQL',
    hint: /cast the column to varchar/,
  })
})
