// Symbols as batches: against the lines of kallsyms, taken apart here.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { columnValue } from '../../parser/batch/column-value.ts'
import { openTrace } from '../../parser/index.ts'
import { symbolRelation } from '../../parser/symbol-relation.ts'
import { makeTrace } from '../helpers/make-trace.ts'

/** More than one batch; ends with names that are odd. */
const LINES = [
  ...Array.from({ length: 5000 }, (_, i) => {
    const address = (0xffffffff81000000n + BigInt(i) * 16n).toString(16)
    return `${address} ${'tTdA'[i % 4]} name_${i % 1000}${i % 3 === 0 ? `\t[module_${i % 7}]` : ''}`
  }),
  'ffffffffffffffff t größe',
  '0000000000000000 A $x',
]

t.test('every line becomes a row, whatever columns are asked for', async (t) => {
  const path = `${t.testdir()}/t.dat`
  writeFileSync(
    path,
    makeTrace({ kallsyms: `${LINES.join('\n')}\n`, buffers: [{ name: '', cpus: [] }] }),
  )
  const traces = [await openTrace(path), await openTrace(path, { firstSource: 1 })]
  const expected = [0n, 1n].flatMap((source) =>
    LINES.map((line) => {
      const [, address, type, name, module = ''] =
        /^(\w+) (\w) ([^\t]+)(?:\t\[(.*)\])?$/.exec(line) ?? []
      return [BigInt(`0x${address}`), name, type, module, Number(source)]
    }),
  )
  const relation = symbolRelation(traces)
  for (const projection of [[0, 1, 2, 3, 4], [3], [1, 0]]) {
    const reader = relation.scan(projection)
    const rows: unknown[][] = []
    for (let batch = reader.next(); batch; batch = reader.next())
      for (let row = 0; row < batch.rows; row++)
        rows.push(projection.map((_, k) => columnValue(batch, k, row)))
    t.same(
      rows,
      expected.map((row) => projection.map((i) => row[i])),
    )
  }
  for (const trace of traces) trace.close()
})
