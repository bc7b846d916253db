import t from 'tap'
import { doubleJson, doubleText, floatJson, floatText } from '../../report/number.ts'

t.test('doubles read back the same', async (t) => {
  for (const value of [
    0.1,
    1,
    1e15,
    1e16,
    1e-4,
    1e-5,
    5e-324,
    1.7976931348623157e308,
    -123456789.123,
    2 ** 53,
  ]) {
    t.equal(Number(doubleText(value)), value, doubleText(value))
    t.equal(JSON.parse(doubleJson(value)), value)
  }
  t.same([Number.NaN, Infinity, -Infinity, -0].map(doubleText), ['nan', 'inf', '-inf', '-0.0'])
  t.same([Number.NaN, Infinity].map(doubleJson), ['"nan"', '"inf"'])
})

t.test('floats have no more digits than they hold', async (t) => {
  t.equal(floatText(Math.fround(0.1)), '0.1')
  t.equal(floatText(Math.fround(3.4e38)), '3.4e+38')
  t.equal(floatText(16777216), '16777216.0')
  t.equal(floatJson(Math.fround(1e-5)), '1e-05')
  for (let i = 0; i < 1000; i++) {
    const value = Math.fround((i - 500) * 1.1 ** (i % 97))
    t.equal(Math.fround(Number(floatText(value))), value) || t.comment(value)
  }
})
