import t from 'tap'
import { TraceError } from '../../parser/error.ts'
import { parseRenders } from '../../queries/render.ts'

const fail = (what: string): TraceError => new TraceError('ERR_QUERY_SYNTAX', what)

t.test('ways to draw, with columns and settings', async (t) => {
  t.same(parseRenders('table', fail), [{ kind: 'table', columns: [] }])
  t.same(parseRenders('table, histogram(low, high, n, unit=usecs, by=comm),lines( text )', fail), [
    { kind: 'table', columns: [] },
    { kind: 'histogram', columns: ['low', 'high', 'n'], unit: 'usecs', by: 'comm' },
    { kind: 'lines', columns: ['text'] },
  ])
})

t.test('what cannot be drawn is refused', async (t) => {
  for (const text of [
    '',
    'pie(n)',
    'histogram',
    'histogram(low, n)',
    'histogram(low, high, n, by=)',
    'bars(a, n, unit=x)',
    'lines(a, b)',
    'table(a)',
    'lines(a',
    'sparkline(x, "y")',
  ])
    t.throws(() => parseRenders(text, fail), { code: 'ERR_QUERY_SYNTAX' }, text)
})
